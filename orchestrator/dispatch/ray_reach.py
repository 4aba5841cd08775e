"""Whether a Ray cluster can be reached at all, and whether it lets strangers in."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress

from matrix.errors import CoevoError

PREFLIGHT_SECONDS = 3.0
PROBE_SECONDS = 60.0
REFUSED, ADMITTED = 10, 11
# Run in a process of its own: how a client authenticates is settled once a process.
PROBE = f"""
import sys
from ray._raylet import GcsClient
from ray.exceptions import AuthenticationError
try:
    GcsClient(address=sys.argv[1]).get_all_node_info(timeout=20)
except AuthenticationError:
    sys.exit({REFUSED})
sys.exit({ADMITTED})
"""


def is_reachable(address: str) -> bool:
    """Whether something listens there; Ray itself would hang for minutes."""
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        return False
    with suppress(OSError), socket.create_connection((host, int(port)), PREFLIGHT_SECONDS):
        return True
    return False


def refuse_open(address: str, environment: Mapping[str, str]) -> None:
    """Raises CoevoError unless the cluster turns a client without its token away.

    Whoever reaches an open cluster runs code on it (CVE-2023-48022, "ShadowRay"). Blocks for
    about a second.
    """
    code = _probe(address, environment)
    if code == REFUSED:
        return
    if code == ADMITTED:
        raise CoevoError.because(
            f"the Ray cluster at {address} admits clients without a token",
            "start it with RAY_AUTH_MODE=token; Coevo does not use a cluster that is open",
        )
    raise CoevoError.because(
        f"whether the Ray cluster at {address} asks for a token could not be found out",
        "see that it answers: ray status",
    )


def _probe(address: str, environment: Mapping[str, str]) -> int:
    secret = ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")
    bare = {key: value for key, value in os.environ.items() if key not in secret}
    own = {key: value for key, value in environment.items() if key not in secret}
    try:
        return subprocess.run(
            [sys.executable, "-c", PROBE, address],
            env={**bare, **own, "RAY_AUTH_MODE": "disabled"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_SECONDS,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return -1
