"""What running under Coevo costs an attempt, beside the same program started by hand."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from slots import collected
from tickets import ticket

from runners import guard
from runners.environments.lock import resolve
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
    twins = _Twins(Slot("bench", home), home, _smoke())
    try:
        report, _ = await twins.under_coevo()  # builds the environment
        return [await twins.pair(report.repeat, by_hand_first=n % 2 == 0) for n in range(PAIRS)]
    finally:
        await twins.slot.close()


@dataclass
class _Twins:
    """One program, under Coevo in a warm slot and by hand."""

    slot: Slot
    home: Path
    asked: Ticket
    cursor: int = 0

    async def pair(self, by_hand: str, *, by_hand_first: bool) -> float:
        """What the one took more than the other."""
        first = _by_hand(by_hand) if by_hand_first else 0.0
        report, seconds = await self.under_coevo()
        assert report.status == "PASS", report
        return seconds - (first if by_hand_first else _by_hand(by_hand))

    async def under_coevo(self) -> tuple[Report, float]:
        """The report, and the CPU time of the slot, its guard and the suite."""
        key = self.asked.key
        self.asked = replace(self.asked, key=key._replace(job=key.job + 1))
        before = time.process_time() + _guards_seconds(self.home)
        await self.slot.assign([self.asked])
        found = await collected(self.slot, 1, self.cursor)
        self.cursor = found.cursor
        after = time.process_time() + _guards_seconds(self.home)
        return found.reports[0], after - before


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
    lock = resolve(REQUIREMENTS, {"torch": TORCH}, str(here()), Path())
    torch = (("torch", dict(lock.pins)["torch"]),)
    return replace(
        ticket(), suite="smoke", program="smoke", command=(), lock=lock, expected=torch,
        timeout_seconds=300, prepare_timeout_seconds=600,
    )  # fmt: skip
