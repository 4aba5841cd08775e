"""A Ray cluster as somebody else would run it: its own token, folder and labels, none of ours."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from orchestrator.dispatch import warden
from orchestrator.dispatch.ray_embedded import ENVIRONMENT
from orchestrator.dispatch.ray_reach import is_reachable

PATIENCE_SECONDS = 90.0
# Ray's name for a node that stands alone and binds to the loopback.
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
# A dead node is noticed in seconds.
SWIFT = {name: value for name, value in ENVIRONMENT.items() if "_check_" in name or "grpc" in name}
RAY = Path(sys.executable).with_name("ray")


@dataclass(frozen=True, slots=True)
class ForeignRay:
    """A running cluster: where it answers, the file with its token, its own first process."""

    address: str
    token: Path
    pid: int
    alone: bool = True

    def environment(self) -> dict[str, str]:
        """What somebody who was let in has set."""
        own = {"RAY_ADDRESS": self.address, "RAY_AUTH_TOKEN_PATH": str(self.token)}
        return {**own, **(LOOPBACK if self.alone else {})}

    def is_alive(self) -> bool:
        """Whether it still runs and answers."""
        return bool(warden.started(self.pid)) and is_reachable(self.address)


@contextmanager
def foreign_ray(
    labels: str, *words: str, alone: bool = True, secret: str = ""
) -> Iterator[ForeignRay]:
    """`ray start --head --labels=LABELS WORDS…` until the block ends.

    One that does not stand `alone` lets other nodes join; its token is what guards it then. Ray
    reads a token once a process: whoever connects to several clusters gives them one `secret`.
    """
    with tempfile.TemporaryDirectory(prefix="theirs-") as name:
        folder = Path(name)
        token = folder / "token"
        token.write_text(secret or secrets.token_hex(32))
        token.chmod(0o600)
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [*_command(folder, labels), *words],
                env=_environment(token) | (LOOPBACK if alone else SWIFT),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield ForeignRay(_address(folder, process), token, process.pid, alone)
        finally:
            _end(process)


def _command(folder: Path, labels: str) -> list[str]:
    return [
        *(str(RAY), "start", "--head", "--block", "--port=0", f"--temp-dir={folder}/r"),
        *("--min-worker-port=0", "--max-worker-port=0", "--dashboard-agent-listen-port=0"),
        *("--include-dashboard=false", "--disable-usage-stats", "--node-ip-address=127.0.0.1"),
        *("--object-store-memory=80000000", "--num-cpus=4", f"--labels={labels}"),
    ]


def _environment(token: Path) -> dict[str, str]:
    plain = {key: value for key, value in os.environ.items() if not key.startswith("RAY_")}
    own = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token)}
    return {**plain, **own}


def _address(folder: Path, process: subprocess.Popen[bytes]) -> str:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < give_up:
        with suppress(OSError):
            address = (folder / "r" / "ray_current_cluster").read_text().strip()
            if is_reachable(address):
                return address
        time.sleep(0.05)
    raise AssertionError(f"no cluster: {(folder / 'log').read_text()[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill everything below it, and it."""
    family = warden.descendants(process.pid)
    for pid in (process.pid, *family):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    give_up = time.monotonic() + PATIENCE_SECONDS
    while any(warden.started(pid) for pid in family) and time.monotonic() < give_up:
        time.sleep(0.02)
