"""What runs where the hardware is: suites, their guard, environments and the wire protocol."""
