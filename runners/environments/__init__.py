"""Where a suite's dependencies come from: one interface, one provider a file."""
