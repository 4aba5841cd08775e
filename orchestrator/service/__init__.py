"""The server's life: its data folder, and from planning to the last job."""
