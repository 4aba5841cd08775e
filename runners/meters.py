"""What this machine lets anybody read while an attempt runs; what it does not tell is left out.

Of processes: /proc. Of the CPU: load, cpufreq, thermal zones, RAPL (which wants root). Of
accelerators: hwmon of the kernel's graphics drivers, and nvidia-smi.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")
OTHERS_SHARE = 0.25  # of the machine; beyond it, timings are not to be compared
_MOST = 16  # of one kind: a machine may have a thousand clocks
_SMI_SECONDS, _SMI_LIMIT_SECONDS = 5.0, 5.0
_SMI_FIELDS = (
    ("temperature.gpu", "temperature", "°C"),
    ("power.draw", "power", "W"),
    ("clocks.sm", "clock", "MHz"),
    ("memory.used", "memory", "MiB"),
    ("utilization.gpu", "busy", "%"),
)
SYS = Path("/sys")
Read = Callable[[], float | None]


class Meter(NamedTuple):
    """Something that can be read again and again; None where it cannot be read now."""

    name: str
    unit: str
    source: str
    read: Read


class Taken(NamedTuple):
    """What processes hold and have used: bytes, and seconds of CPU time."""

    memory_bytes: int
    cpu_seconds: float


def taken(pids: Iterable[int]) -> Taken:
    """What these processes hold together; pages that they share count once, roughly.

    Each one's own pages, and the largest share that one of them has of others' (proc(5), statm).
    """
    own, shared, ticks = 0, 0, 0
    for pid in pids:
        with suppress(OSError, ValueError, IndexError):
            resident, common = map(int, Path(f"/proc/{pid}/statm").read_text().split()[1:3])
            fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
            ticks += sum(map(int, fields[11:15]))
            own, shared = own + resident - common, max(shared, common)
    return Taken((own + shared) * _PAGE, ticks / _TICK)


def busy_seconds() -> float:
    """CPU time spent by the whole machine, idle and waiting left out (proc(5), /proc/stat)."""
    fields = Path("/proc/stat").read_text().partition("\n")[0].split()[1:9]
    user, nice, system, _idle, _wait, *rest = (int(field) for field in fields)
    return (user + nice + system + sum(rest)) / _TICK


def meters(root: Path = SYS) -> tuple[Meter, ...]:
    """Those of this machine that answer now."""
    found = (*_cpu(root), *_graphics(root), *_smi())
    return tuple(meter for meter in found if meter.read() is not None)


def _cpu(root: Path) -> Iterator[Meter]:
    yield Meter("load", "processes", "getloadavg(3), one minute", lambda: os.getloadavg()[0])
    clocks = _some(root, "devices/system/cpu/cpufreq/policy*/scaling_cur_freq")
    if clocks:
        yield Meter("clock", "MHz", "cpufreq, mean", lambda: _mean(clocks, 1e3))
    zones = _some(root, "class/thermal/thermal_zone*/temp")
    if zones:
        yield Meter("temperature", "°C", "thermal zones, hottest", lambda: _hottest(zones))
    packages = _some(root, "class/powercap/intel-rapl:?/energy_uj")
    if packages:
        yield Meter("power", "W", "RAPL, all packages", Power(packages).read)


def _graphics(root: Path) -> Iterator[Meter]:
    for folder in _some(root, "class/drm/card?/device/hwmon/hwmon*"):
        card = folder.parents[2].name
        for file, name, unit, scale in (
            ("temp1_input", "temperature", "°C", 1e3),
            ("power1_average", "power", "W", 1e6),
            ("freq1_input", "clock", "MHz", 1e6),
        ):
            path = folder / file
            if path.exists():
                yield Meter(f"{card} {name}", unit, "hwmon", _scaled(path, scale))


def _smi() -> Iterator[Meter]:
    if program := shutil.which("nvidia-smi"):
        smi = Smi(program)
        for index, values in smi.values().items():
            for name, unit in values:
                read = smi.reader(index, name)
                yield Meter(f"gpu{index} {name}", unit, "nvidia-smi", read)


@dataclass(slots=True)
class Power:
    """Watts from counters of microjoules: what was used since it was read last."""

    counters: tuple[Path, ...]
    _before: tuple[float, float] | None = None

    def read(self) -> float | None:
        """The mean power since the last reading; 0 at the first."""
        found = [_number(path) for path in self.counters]
        if any(one is None for one in found):
            return None
        now, joules = time.monotonic(), sum(one or 0 for one in found) / 1e6
        before, self._before = self._before, (now, joules)
        if before is None or now <= before[0] or joules < before[1]:  # it begins anew at times
            return 0.0 if before is None else None
        return (joules - before[1]) / (now - before[0])


@dataclass(slots=True)
class Smi:
    """What nvidia-smi tells of every GPU, asked every few seconds at most."""

    program: str
    _asked: float = float("-inf")
    _known: dict[int, dict[tuple[str, str], float]] = field(default_factory=dict)

    def values(self) -> dict[int, dict[tuple[str, str], float]]:
        """By the index of the GPU: values by name and unit; what it does not tell is left out."""
        if time.monotonic() - self._asked >= _SMI_SECONDS:
            self._known = {}
            with suppress(OSError, subprocess.SubprocessError, ValueError):
                self._known = dict(map(_told, self._ask().splitlines()))
            self._asked = time.monotonic()
        return self._known

    def reader(self, index: int, name: str) -> Read:
        """Reads one of them."""
        unit = next(unit for _, one, unit in _SMI_FIELDS if one == name)
        return lambda: self.values().get(index, {}).get((name, unit))

    def _ask(self) -> str:
        fields = ",".join(("index", *(name for name, _, _ in _SMI_FIELDS)))
        argv = (self.program, f"--query-gpu={fields}", "--format=csv,noheader,nounits")
        return subprocess.run(
            argv, capture_output=True, text=True, check=True, timeout=_SMI_LIMIT_SECONDS
        ).stdout


def _told(line: str) -> tuple[int, dict[tuple[str, str], float]]:
    index, *values = (one.strip() for one in line.split(","))
    named = zip(_SMI_FIELDS, values, strict=False)
    return int(index), {(n, u): float(v) for (_, n, u), v in named if _is_number(v)}


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _some(root: Path, pattern: str) -> tuple[Path, ...]:
    return tuple(sorted(root.glob(pattern))[:_MOST])


def _scaled(path: Path, scale: float) -> Read:
    def read() -> float | None:
        found = _number(path)
        return None if found is None else found / scale

    return read


def _mean(paths: tuple[Path, ...], scale: float) -> float | None:
    found = [one for path in paths if (one := _number(path)) is not None]
    return fmean(found) / scale if found else None


def _hottest(paths: tuple[Path, ...]) -> float | None:
    found = [one for path in paths if (one := _number(path)) is not None]
    return max(found) / 1e3 if found else None


def _number(path: Path) -> float | None:
    with suppress(OSError, ValueError):
        return float(path.read_text())
    return None
