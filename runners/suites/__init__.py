"""The built-in suites: programs that speak JSON lines, each run as a child of its environment."""
