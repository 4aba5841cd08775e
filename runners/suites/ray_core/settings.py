"""What Ray is told by variables before it is loaded: our own cluster only, with a token."""

from __future__ import annotations

import os
import secrets

MARK = "COEVO_RAY_CORE"  # every process of the cluster inherits it, and is found again by it
_SETTINGS = {
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
    # Ray's name for "this node stands alone": only then it binds gRPC, too, to the loopback.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    # A killed node is seen in seconds; by default it takes half a minute.
    "RAY_health_check_initial_delay_ms": "2000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "3000",
    "RAY_health_check_failure_threshold": "3",
    # A machine that others fill as well is no reason to kill workers of ours.
    "RAY_memory_monitor_refresh_ms": "0",
    "RAY_local_fs_capacity_threshold": "0.999",
}


def make() -> None:
    """Forget what another Ray has left in the environment, and set our own."""
    for name in [name for name in os.environ if name.startswith("RAY_")]:
        del os.environ[name]
    os.environ.update(_SETTINGS)
    os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
    os.environ[MARK] = secrets.token_hex(8)
