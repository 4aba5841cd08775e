"""What running under Coevo costs an attempt, beside the same program started by hand."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

from slots import collected
from tickets import ticket

from runners import guard
from runners.environments.lock import pins, resolve
from runners.environments.platforms import here
from runners.slot import Slot
from runners.work import Report, Ticket
from tests.bench.figure import Figure

PAIRS = 10
GOAL_SECONDS = 1.2
REQUIREMENTS = ("torch=={torch}", "numpy==2.4.6", "expecttest==0.3.0")
TORCH = "2.13.0"


def measure() -> list[Figure]:
    """CPU time of ten interleaved pairs of the smoke suite, on this machine's CPU."""
    with tempfile.TemporaryDirectory(prefix="coevo-bench-") as folder:
        costs = asyncio.run(_costs(Path(folder)))
    cost = median(costs)
    shown = f"{cost:.2f} CPU-s ({min(costs):.2f} to {max(costs):.2f})"
    goal = f"<= {GOAL_SECONDS} CPU-s"
    return [Figure("overhead of an attempt", shown, goal, cost <= GOAL_SECONDS)]


async def _costs(home: Path) -> list[float]:
    """What each pair's attempt took more than its twin by hand, CPU-seconds."""
    slot, asked = Slot("bench", home), _smoke()
    try:
        warm, _ = await _under_coevo(slot, asked, 0, home)  # builds the environment
        return [
            await _pair(slot, asked, number, home, warm.repeat) for number in range(1, PAIRS + 1)
        ]
    finally:
        await slot.close()


async def _pair(slot: Slot, asked: Ticket, number: int, home: Path, by_hand: str) -> float:
    """One attempt and one run by hand; which comes first changes from pair to pair."""
    first = _by_hand(by_hand) if number % 2 else None
    report, seconds = await _under_coevo(slot, asked, number, home)
    assert report.status == "PASS", report
    return seconds - (_by_hand(by_hand) if first is None else first)


async def _under_coevo(slot: Slot, asked: Ticket, number: int, home: Path) -> tuple[Report, float]:
    """The report, and the CPU time of the slot, its guard and the suite."""
    before = time.process_time() + _guards_seconds(home)
    await slot.assign([replace(asked, key=asked.key._replace(job=number))])
    found = await collected(slot, 1)
    return found.reports[-1], time.process_time() + _guards_seconds(home) - before


def _by_hand(command: str) -> float:
    """CPU time of the same program, started by a shell."""
    pid = os.posix_spawn(
        "/bin/sh",
        ["sh", "-c", f"exec {command} >/dev/null 2>&1"],
        dict(os.environ),
    )
    _, status, usage = os.wait4(pid, 0)
    assert status == 0
    return usage.ru_utime + usage.ru_stime


def _guards_seconds(home: Path) -> float:
    """CPU time of the slot's guard and of all that it has waited for; proc(5), /proc/PID/stat."""
    for path in Path("/proc").glob("[0-9]*"):
        if _writes_to(path, home / "work" / "bench" / "guard.log"):
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _writes_to(process: Path, file: Path) -> bool:
    try:
        is_guard = guard.__file__.encode() in (process / "cmdline").read_bytes()
        return is_guard and (process / "fd" / "2").readlink() == file
    except OSError:
        return False


def _smoke() -> Ticket:
    lock = resolve(REQUIREMENTS, {"torch": TORCH}, str(here()))
    torch = (("torch", dict(pins(lock))["torch"]),)
    return replace(
        ticket(), suite="smoke", program="smoke", command=(), lock=lock, expected=torch,
        timeout_seconds=300, prepare_timeout_seconds=600,
    )  # fmt: skip
