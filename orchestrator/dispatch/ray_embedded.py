"""The embedded cluster: one `ray start --head` of our own, found again or started fresh."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from matrix.errors import CoevoError
from orchestrator.dispatch import warden
from orchestrator.dispatch.ray_reach import is_reachable

OBJECT_STORE_BYTES = 78 * 2**20  # Ray refuses less than 75 MiB
SOCKET_PATH_BYTES = 107  # sun_path of Unix sockets
SESSION_BYTES = len("/session_2026-11-23_14-43-22_503272_4194304/sockets/plasma_store")
START_SECONDS = 120.0
PATIENCE_SECONDS = 600.0
ENVIRONMENT = {
    "RAY_health_check_initial_delay_ms": "2000",
    "RAY_health_check_period_ms": "2000",
    "RAY_health_check_timeout_ms": "3000",
    "RAY_health_check_failure_threshold": "3",
    "RAY_grpc_client_keepalive_time_ms": "10000",
    "RAY_grpc_client_keepalive_timeout_ms": "10000",
    "RAY_task_events_max_num_task_in_gcs": "5000",
    "RAY_enable_autoscaler_v2": "1",
    "RAY_enable_infeasible_task_early_exit": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    # Ray's name for "this node stands alone": only then it binds gRPC, too, to the loopback.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_AUTH_MODE": "token",
}


@dataclass(frozen=True, slots=True)
class Size:
    """What the cluster's one node offers: labels, and amounts by Ray's names of resources."""

    labels: Mapping[str, str]
    resources: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Embedded:
    """The cluster whose records lie in `folder`. All methods block.

    `ended` is set by `end`, so that a `start` in another thread gives up.
    """

    folder: Path
    size: Size
    patience_seconds: float = PATIENCE_SECONDS
    ended: threading.Event = field(default_factory=threading.Event, compare=False)

    is_ours = True

    @property
    def record(self) -> Path:
        """Says which process owns the cluster; without it there is none."""
        return self.folder / "cluster.json"

    @property
    def heartbeat(self) -> Path:
        """A server that uses the cluster touches this file."""
        return self.folder / "heartbeat"

    @property
    def temporary(self) -> Path:
        """Where Ray keeps its sessions: here, or where paths of sockets would be too long there."""
        near = (self.folder / "t").absolute()
        if len(os.fsencode(near)) + SESSION_BYTES <= SOCKET_PATH_BYTES:
            return near
        name = hashlib.sha256(os.fsencode(near)).hexdigest()[:10]
        return Path(f"/tmp/coevo-{os.getuid()}-{name}")  # noqa: S108 - its owner is checked

    def environment(self) -> dict[str, str]:
        """What every process of the cluster, and every driver, must have set."""
        return {**ENVIRONMENT, "RAY_AUTH_TOKEN_PATH": str(self.folder.absolute() / "token")}

    def beat(self) -> None:
        """Say that a server is here."""
        self.heartbeat.touch()

    def address(self) -> str | None:
        """Where a living cluster of this folder answers, None where there is none."""
        if self.warden() is None:
            return None
        with suppress(OSError):
            address = (self.temporary / "ray_current_cluster").read_text().strip()
            return address if is_reachable(address) else None
        return None

    def warden(self) -> int | None:
        """The pid of the process that owns the cluster, None where it is gone."""
        try:
            said = json.loads(self.record.read_text())
            pid, began = int(said["pid"]), int(said["started"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return pid if began and warden.started(pid) == began else None

    def start(self) -> str:
        """The address of the cluster, started if need be. Raises CoevoError with Ray's last words.

        An owner whose cluster does not answer is ended first.
        """
        self.ended.clear()
        self._make_folders()
        self.beat()
        if (found := self.address()) is not None:
            return found
        self._end_owner()
        shutil.rmtree(self.temporary, ignore_errors=True)
        _private(self.temporary)
        self._launch()
        return self._awaited()

    def end(self) -> None:
        """End the cluster with everything in it; returns once it is gone."""
        self.ended.set()
        self._end_owner()

    def abandon(self) -> None:
        """Tell the cluster to end, and do not wait for it."""
        self.ended.set()
        self._tell_owner()

    def _tell_owner(self) -> None:
        if (pid := self.warden()) is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def _end_owner(self) -> None:
        self._tell_owner()
        give_up = time.monotonic() + 2 * warden.GUARD_SECONDS
        while self.warden() is not None and time.monotonic() < give_up:
            time.sleep(0.02)
        self.record.unlink(missing_ok=True)

    def _make_folders(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        token = self.folder / "token"
        if not token.exists():
            # Whole or not there: a server that is killed here must not leave an empty token.
            fresh = token.with_suffix(".new")
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
            fresh.replace(token)

    def _launch(self) -> None:
        (self.folder / "ray.log").unlink(missing_ok=True)
        owner = [sys.executable, "-I", "-S", warden.__file__, str(self.record.absolute())]
        watch = [str(self.heartbeat.absolute()), str(self.patience_seconds)]
        log = str((self.folder / "ray.log").absolute())
        subprocess.run(
            [*owner, *watch, log, *self._command()],
            env={**os.environ, **self.environment()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            check=True,
        )

    def _command(self) -> list[str]:
        resources = dict(self.size.resources)
        cpus, gpus = resources.pop("CPU", os.cpu_count() or 1), resources.pop("GPU", 0)
        labels = ",".join(f"{key}={value}" for key, value in self.size.labels.items())
        return [
            *(sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block"),
            *("--port=0", "--min-worker-port=0", "--max-worker-port=0"),
            *("--dashboard-agent-listen-port=0", "--include-dashboard=false"),
            *("--no-monitor", "--include-log-monitor=false", "--disable-usage-stats"),
            *(f"--object-store-memory={OBJECT_STORE_BYTES}", f"--temp-dir={self.temporary}"),
            *(f"--num-cpus={cpus}", f"--num-gpus={gpus}", f"--resources={json.dumps(resources)}"),
            *(f"--labels={labels}", "--log-style=record", "--log-color=false"),
        ]

    def _awaited(self) -> str:
        give_up = time.monotonic() + START_SECONDS
        while self.warden() is not None and time.monotonic() < give_up and not self.ended.is_set():
            if (found := self.address()) is not None:
                return found
            time.sleep(0.05)
        self._end_owner()
        raise CoevoError.because("Ray did not start", f"its last words: {self._last_words()}")

    def _last_words(self) -> str:
        with suppress(OSError):
            lines = (self.folder / "ray.log").read_text(errors="replace").strip().splitlines()
            return " / ".join(lines[-3:])
        return "none"


def _private(folder: Path) -> None:
    """Make a folder for our user alone; one that is somebody else's is refused."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.stat().st_uid != os.getuid():
        raise CoevoError.because(f"{folder} belongs to another user", "use a shorter --data path")
