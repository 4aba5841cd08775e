"""Facts of the machine itself, read from /proc, /sys and the standard library."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

Fact = tuple[str, str, str]
UNKNOWN = "unknown"
_CPU_KEYS = (
    ("cpu.model", "model name"),
    ("cpu.vendor", "vendor_id"),
    ("cpu.flags", "flags"),
    ("cpu.implementer", "CPU implementer"),
    ("cpu.part", "CPU part"),
    ("cpu.features", "Features"),
    ("cpu.microcode", "microcode"),
)
_MEMORY_KEYS = (
    ("memory.total", "MemTotal"),
    ("memory.available", "MemAvailable"),
    ("memory.swap", "SwapTotal"),
    ("memory.hugepages", "HugePages_Total"),
)


def cpu(
    cpuinfo: Path = Path("/proc/cpuinfo"), devices: Path = Path("/sys/devices/system")
) -> Iterator[Fact]:
    """Model, flags, cores, caches, NUMA nodes, frequency governor, cgroup limit."""
    yield "cpu.architecture", platform.machine() or UNKNOWN, "uname"
    yield "cpu.logical", str(os.cpu_count() or UNKNOWN), "os.cpu_count"
    described = _pairs(cpuinfo)
    for name, key in _CPU_KEYS:
        if key in described:
            yield name, described[key], str(cpuinfo)
    if "model name" not in described and "CPU part" not in described:
        yield "cpu.model", UNKNOWN, str(cpuinfo)
    yield from _caches(devices / "cpu/cpu0/cache")
    yield "cpu.numa_nodes", str(len(list((devices / "node").glob("node[0-9]*"))) or 1), "/sys"
    yield _line("cpu.governor", devices / "cpu/cpu0/cpufreq/scaling_governor")
    yield _line("cpu.quota", Path("/sys/fs/cgroup/cpu.max"))


def memory(meminfo: Path = Path("/proc/meminfo")) -> Iterator[Fact]:
    """Memory, swap and the limit of the control group."""
    described = _pairs(meminfo)
    for name, key in _MEMORY_KEYS:
        yield name, described.get(key, UNKNOWN), str(meminfo)
    yield _line("memory.limit", Path("/sys/fs/cgroup/memory.max"))


def disk() -> Iterator[Fact]:
    """Room where suites work."""
    folder = Path.cwd()
    usage = shutil.disk_usage(folder)
    yield "disk.total", f"{usage.total} B", f"statvfs {folder}"
    yield "disk.free", f"{usage.free} B", f"statvfs {folder}"


def versions() -> Iterator[Fact]:
    """Kernel, C library, Python and the kind of virtual machine."""
    yield "system.kernel", f"{platform.system()} {platform.release()}", "uname"
    yield "system.libc", " ".join(platform.libc_ver()).strip() or UNKNOWN, "platform.libc_ver"
    yield "system.python", f"{platform.python_implementation()} {sys.version.split()[0]}", "sys"
    release = _pairs(Path("/etc/os-release"), "=")
    yield "system.os", release.get("PRETTY_NAME", UNKNOWN).strip('"'), "/etc/os-release"
    yield _line("system.hypervisor", Path("/sys/class/dmi/id/sys_vendor"))
    yield "system.load", " ".join(f"{part:.2f}" for part in os.getloadavg()), "getloadavg"


def first_line(path: Path) -> str:
    """A file's first line, "unknown" where it cannot be read or is empty."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return UNKNOWN
    return lines[0].strip() if lines and lines[0].strip() else UNKNOWN


def _line(name: str, path: Path) -> Fact:
    return name, first_line(path), str(path)


def _caches(folder: Path) -> Iterator[Fact]:
    for index in sorted(folder.glob("index[0-9]*")):
        level, kind = first_line(index / "level"), first_line(index / "type").lower()
        yield f"cpu.cache.l{level}.{kind}", first_line(index / "size"), str(index / "size")


def _pairs(path: Path, separator: str = ":") -> dict[str, str]:
    """The first value of each key of a file of `key: value` lines; empty where unreadable."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return {}
    found: dict[str, str] = {}
    for line in lines:
        key, _, value = line.partition(separator)
        found.setdefault(key.strip(), value.strip())
    return found
