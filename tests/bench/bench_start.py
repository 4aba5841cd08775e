"""How quick the command and the page are, and how much memory the server takes."""

from __future__ import annotations

import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median

import psutil
from served import COEVO, Served, environment, served, tiny

from tests.bench.figure import Figure

HELP_SECONDS, FIRST_EVER_SECONDS, FIRST_PAGE_SECONDS = 0.3, 5.0, 2.0
END_SECONDS = 5.0
SERVER_BYTES = 120e6
STUBBORN = """
trap '' TERM INT
touch {begun}
while :; do sleep 1; done
"""
PAGES = 2_000


def measure() -> list[Figure]:
    """The figures of starting up."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "matrix.yaml").write_text(tiny())
        return [
            help_figure(),
            *page_figures(folder),
            end_figure(folder / "stubborn"),
            memory_figure(folder),
        ]


def help_figure() -> Figure:
    """`coevo --help`, the median of five calls after a first one."""
    took = [_help_seconds() for _ in range(6)][1:]
    seconds = median(took)
    return Figure("coevo --help", f"{seconds:.2f} s", f"< {HELP_SECONDS} s", seconds < HELP_SECONDS)


def page_figures(folder: Path) -> list[Figure]:
    """From the command to the first page: with an empty data folder, then with a made one."""
    first, second = _first_page_seconds(folder), median(_first_page_seconds(folder) for _ in "123")
    return [
        _page("first page, very first start", first, FIRST_EVER_SECONDS),
        _page("first page", second, FIRST_PAGE_SECONDS),
    ]


def end_figure(folder: Path) -> Figure:
    """From Ctrl-C to the end of a server whose suite does not want to end."""
    begun = folder / "begun"
    folder.mkdir()
    (folder / "matrix.yaml").write_text(tiny(STUBBORN.format(begun=begun)))
    with served(folder, anew=True) as server:
        while not begun.exists():
            time.sleep(0.02)
        asked = time.monotonic()
        server.process.send_signal(signal.SIGINT)
        server.process.wait(60)
        seconds = time.monotonic() - asked
    goal = f"< {END_SECONDS:.0f} s"
    return Figure("Ctrl-C beside a stubborn suite", f"{seconds:.2f} s", goal, seconds < END_SECONDS)


def memory_figure(folder: Path) -> Figure:
    """The server's PSS without Ray, after many pages."""
    with served(folder, anew=True) as server:
        for _ in range(PAGES):
            _page_bytes(server.url + "/")
        used = pss(server)
    goal = f"<= {SERVER_BYTES / 1e6:.0f} MB"
    return Figure("memory, server without Ray", f"{used / 1e6:.0f} MB", goal, used <= SERVER_BYTES)


def pss(server: Served) -> int:
    """The proportional set size of the server process, bytes."""
    return int(psutil.Process(server.process.pid).memory_full_info().pss)


def _page(what: str, seconds: float, goal: float) -> Figure:
    return Figure(what, f"{seconds:.2f} s", f"< {goal:.0f} s", seconds < goal)


def _help_seconds() -> float:
    begun = time.monotonic()
    subprocess.run([COEVO, "--help"], check=True, capture_output=True, env=environment())
    return time.monotonic() - begun


def _first_page_seconds(folder: Path) -> float:
    begun = time.monotonic()
    with served(folder, anew=True) as server:
        _page_bytes(server.url + "/")
        return time.monotonic() - begun


def _page_bytes(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:
        body: bytes = answer.read()
    return body
