"""Time no-op builds on a real Buildbot, in an environment of its own, on loopback."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

VERSION = "4.3.0"
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Installation:
    """Where Buildbot lives and which ports it has."""

    folder: Path
    pb_port: int
    www_port: int

    def bin(self, name: str) -> str:
        """The path of one of its commands."""
        return str(self.folder / "venv" / "bin" / name)

    def env(self) -> Mapping[str, str]:
        """The environment in which master and worker run."""
        ports = {"BENCH_PB_PORT": str(self.pb_port), "BENCH_WWW_PORT": str(self.www_port)}
        return {**os.environ, **ports}

    def url(self, path: str) -> str:
        """An address of its REST API."""
        return f"http://127.0.0.1:{self.www_port}/api/v2/{path}"


def installed(folder: Path) -> Installation:
    """Buildbot 4.3 and a fresh master and worker under `folder`."""
    here = Installation(folder, _free_port(), _free_port())
    if not Path(here.bin("buildbot")).exists():
        subprocess.run(["python3", "-m", "venv", folder / "venv"], check=True)
        wanted = [f"{part}=={VERSION}" for part in ("buildbot", "buildbot-worker", "buildbot-www")]
        subprocess.run([here.bin("pip"), "install", "--quiet", *wanted], check=True)
    for name in ("master", "worker"):
        shutil.rmtree(folder / name, ignore_errors=True)
    master, address = str(folder / "master"), f"127.0.0.1:{here.pb_port}"
    _quiet(here, [here.bin("buildbot"), "create-master", master])
    shutil.copy(HERE / "buildbot_master.cfg", folder / "master" / "master.cfg")
    worker = str(folder / "worker")
    _quiet(here, [here.bin("buildbot-worker"), "create-worker", worker, address, "w", "w"])
    return here


def jobs_a_second(folder: Path, jobs: int) -> float:
    """Builds a second from the first start to the last end, all queued before the worker joins."""
    here = installed(folder)
    with _running(here, "buildbot", "master"):
        _wait_until(lambda: _get(here, "builders")["meta"]["total"] == 1, 60)
        for number in range(jobs):
            _force(here, number)
        with _running(here, "buildbot-worker", "worker"):
            _wait_until(lambda: _ended(here, jobs), 60 + jobs)
        builds = _get(here, "builds?field=started_at&field=complete_at")["builds"]
    first = min(build["started_at"] for build in builds)
    last = max(build["complete_at"] for build in builds)
    return len(builds) / max(last - first, 1)


def _force(here: Installation, number: int) -> None:
    call = {"id": number, "jsonrpc": "2.0", "method": "force", "params": {"reason": str(number)}}
    request = urllib.request.Request(
        here.url("forceschedulers/force"),
        json.dumps(call).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        answer.read()


def _ended(here: Installation, jobs: int) -> bool:
    done = _get(here, "builds?complete=true&limit=1&offset=" + str(jobs - 1))["builds"]
    return len(done) == 1


def _get(here: Installation, path: str) -> dict[str, object]:
    with urllib.request.urlopen(here.url(path), timeout=30) as answer:
        return json.load(answer)


@contextlib.contextmanager
def _running(here: Installation, command: str, name: str) -> Iterator[None]:
    argv = [here.bin(command), "start", "--nodaemon", str(here.folder / name)]
    with (here.folder / f"{name}.out").open("wb") as out:
        process = subprocess.Popen(argv, env=here.env(), stdout=out, stderr=out)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _wait_until(claim: object, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(URLError, ConnectionError, KeyError):
            if claim():
                return
        time.sleep(0.25)
    raise TimeoutError(f"not within {seconds} s")


def _quiet(here: Installation, argv: list[str]) -> None:
    subprocess.run(argv, env=here.env(), check=True, stdout=subprocess.DEVNULL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
