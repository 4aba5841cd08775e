"""The dispatcher of one cluster: leases jobs, runs them in slots, hands back what came of it."""
