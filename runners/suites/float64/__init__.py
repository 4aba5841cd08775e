"""What suites share that hold a device against float64 on the CPU."""
