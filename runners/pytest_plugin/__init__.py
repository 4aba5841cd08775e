"""A folder of its own, so that what is put on a suite's path is the plug-in alone."""
