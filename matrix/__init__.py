"""The declaration and its rules: pure values, no I/O beyond reading one file."""
