"""What every suite of vLLM needs: the settings, its metadata, and a process for each engine."""
