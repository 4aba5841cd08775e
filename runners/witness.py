"""What the machine itself says about an attempt: was its memory or disk gone, who else worked."""

from __future__ import annotations

import os
import shutil
import signal
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from runners.ending import says_no_room
from runners.guarded import Fate
from runners.meters import OTHERS_SHARE, busy_seconds

_ALMOST_FULL_BYTES = 1 << 20
_SHORTEST_SECONDS = 1.0  # below, the kernel's ticks are too coarse to tell


@dataclass(frozen=True, slots=True)
class Witness:
    """The machine's counters when something began."""

    oom_kills: int
    busy_seconds: float
    at: float

    @classmethod
    def now(cls) -> Witness:
        """The counters as they were at most a quarter of a second ago: no-op attempts are many."""
        return cls(*_sampled(int(time.monotonic() * 4)))

    def trouble(self, fate: Fate, folder: Path, last_lines: tuple[str, ...]) -> str:
        """What the machine did to a suite that died, as a sentence; "" where it did nothing."""
        if fate.left:
            return f"{fate.left} of its processes could not be ended, even by SIGKILL."
        if _was_killed(fate) and _oom_kills() > self.oom_kills:
            return "The system's out-of-memory killer ended it."
        if says_no_room(last_lines) or _free_bytes(folder) < _ALMOST_FULL_BYTES:
            return "The disk of the runner is full."
        return ""

    def is_contended(self, own_cpu_seconds: float) -> bool:
        """Whether others took more than a quarter of the machine since then."""
        seconds = time.monotonic() - self.at
        if seconds < _SHORTEST_SECONDS:
            return False
        others = busy_seconds() - self.busy_seconds - own_cpu_seconds
        return others / (seconds * (os.cpu_count() or 1)) > OTHERS_SHARE


@lru_cache(maxsize=1)
def _sampled(_quarter: int) -> tuple[int, float, float]:
    return _oom_kills(), busy_seconds(), time.monotonic()


def _was_killed(fate: Fate) -> bool:
    """By SIGKILL, itself or (as a shell reports it) what it ran."""
    return fate.signal == signal.SIGKILL or fate.code == 128 + signal.SIGKILL


def _oom_kills() -> int:
    """How often the kernel has killed for memory, on the machine or in a control group of ours."""
    return max(_counted(path) for path in (Path("/proc/vmstat"), *_memory_events()))


def _memory_events() -> tuple[Path, ...]:
    for line in _text(Path("/proc/self/cgroup")).splitlines():
        number, _, group = line.split(":", 2)
        if number == "0":
            return (Path("/sys/fs/cgroup") / group.lstrip("/") / "memory.events",)
    return ()


def _counted(path: Path) -> int:
    for line in _text(path).splitlines():
        name, _, count = line.partition(" ")
        if name == "oom_kill":
            return int(count)
    return 0


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
