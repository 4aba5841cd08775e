"""From `make up` to the first cell that PyTorch coloured: in a fresh clone, then once more."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from tests.bench.figure import Figure

ROOT = Path(__file__).parents[2]
FRESH_SECONDS, WARM_SECONDS, PATIENCE_SECONDS = 300, 60, 900
COLOURED = {"passing", "failing", "test error", "infrastructure", "slower", "faster", "flaky"}


def measure() -> list[Figure]:
    """With empty caches of pip and uv; then with the environments built and an empty database."""
    with tempfile.TemporaryDirectory(prefix="coevo-") as name:
        clone = Path(name) / "coevo"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        caches = {"UV_CACHE_DIR": f"{name}/uv", "PIP_CACHE_DIR": f"{name}/pip"}
        fresh = _seconds_to_colour(clone, caches)
        for part in (clone / ".coevo").glob("coevo.db*"):
            part.unlink()
        warm = _seconds_to_colour(clone, caches)
    return [
        _figure("make up to the first coloured cell, fresh clone", fresh, FRESH_SECONDS),
        _figure("the same, environments already built", warm, WARM_SECONDS),
    ]


def _figure(what: str, seconds: float, goal: float) -> Figure:
    return Figure(what, f"{seconds:.0f} s", f"< {goal:.0f} s", seconds < goal)


def _seconds_to_colour(clone: Path, extra: Mapping[str, str]) -> float:
    begun = time.monotonic()
    process = subprocess.Popen(
        ["make", "up", "ARGS=--port 0"],
        cwd=clone,
        env={**os.environ, **extra},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        url = _address(process.stdout)
        while not _is_coloured(url):
            if time.monotonic() - begun > PATIENCE_SECONDS:
                raise TimeoutError(f"no cell had a colour after {PATIENCE_SECONDS} s")
            time.sleep(0.25)
        return time.monotonic() - begun
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)


def _address(output: IO[str]) -> str:
    seen = []
    for line in output:
        seen.append(line)
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            return found[0]
    raise RuntimeError("no address was printed:\n" + "".join(seen[-20:]))


def _is_coloured(url: str) -> bool:
    with urllib.request.urlopen(f"{url}/api/v1/grid", timeout=30) as answer:
        return any(face["state"] in COLOURED for face in json.load(answer)["faces"])
