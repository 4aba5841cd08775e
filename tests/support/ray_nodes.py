"""More nodes for a Ray cluster, each a raylet with processes and a temporary folder of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from foreign_ray import RAY, SWIFT, ForeignRay

from orchestrator.dispatch import warden

PATIENCE_SECONDS = 90.0


def node_command(address: str, folder: Path, labels: str, *words: str) -> list[str]:
    """`ray start` of one more node."""
    return [
        *(str(RAY), "start", "--block", f"--address={address}", f"--temp-dir={folder}/r"),
        *("--min-worker-port=0", "--max-worker-port=0", "--dashboard-agent-listen-port=0"),
        *("--disable-usage-stats", "--object-store-memory=80000000", "--num-cpus=2"),
        *(f"--labels={labels}", f"--resources={json.dumps({'coevo_slot': 2})}", *words),
    ]


def node_environment(token: Path) -> dict[str, str]:
    """What every process of a cluster has set."""
    plain = {key: value for key, value in os.environ.items() if not key.startswith("RAY_")}
    return {**plain, **SWIFT, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token)}


@contextmanager
def ray_node(cluster: ForeignRay, folder: Path, labels: str, *words: str) -> Iterator[int]:
    """A node beside the head, on the same loopback, until the block ends; its first pid."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [
                *node_command(cluster.address, folder, labels),
                "--node-ip-address=127.0.0.1",
                *words,
            ],
            env=node_environment(cluster.token),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process.pid
    finally:
        end_all(process.pid)
        process.wait()


def end_all(*pids: int) -> None:
    """Kill processes with everything below them, as a power cut does."""
    family = [pid for one in pids for pid in (*warden.descendants(one), one)]
    for pid in family:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def raylets(pids: Sequence[int]) -> list[int]:
    """Which of them and their descendants are alive."""
    return [pid for one in pids for pid in (one, *warden.descendants(one)) if warden.started(pid)]


def eventually(claim: object, what: str) -> None:
    """Wait until something holds."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not claim():  # type: ignore[operator] # reason: a callable
        assert time.monotonic() < give_up, what
        time.sleep(0.1)
