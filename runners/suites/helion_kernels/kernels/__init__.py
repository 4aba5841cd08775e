"""The kernels themselves, written in Helion's language as its documentation teaches it."""
