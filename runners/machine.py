"""What this machine offers: its CPU, and the accelerators that its drivers tell of."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from matrix.needs import IMAGES
from runners.environments import devices
from runners.environments.container import ENGINES
from runners.environments.platforms import here
from runners.work import PRICE, Fact, Offer, Pairs

PROBE_SECONDS = 10
MOST_CPU_SLOTS = 4
SIMULATED = "simulated-device"  # the capability by which an offer says so
SIMULATED_NUMBER = 2  # the devices that simacc has, unless it is told otherwise
_NVIDIA = "--query-gpu=name,memory.total,driver_version,compute_cap"
# A capability and the flag of /proc/cpuinfo that shows it.
_CPU_CAPABILITIES = {
    "avx2": "avx2",
    "avx512": "avx512f",
    "avx512-bf16": "avx512_bf16",
    "avx512-vnni": "avx512_vnni",
    "amx": "amx_tile",
    "sve": "sve",
    "neon": "asimd",
}


class Found(NamedTuple):
    """Accelerators of one kind: the axis value, the torch device, how many, what they can."""

    accelerator: str
    device: str
    number: int
    memory_bytes: int
    capabilities: frozenset[str]
    facts: tuple[Fact, ...]
    kind: str  # of the platform: what torch's wheels are chosen by


# What a device file shows: accelerator, torch device, capability.
_FILES = (
    ("/dev/davinci[0-9]*", "asic", "npu", "ascend"),
    ("/dev/neuron[0-9]*", "asic", "xla", "neuron"),
    ("/dev/hl[0-9]*", "asic", "hpu", "gaudi"),
)
# Of /dev/accel*, by the PCI vendor: Google's are TPUs, Habana's are Gaudi.
_ACCEL_VENDORS = {"0x1ae0": ("tpu", "xla", "tpu"), "0x1da3": ("asic", "hpu", "gaudi")}
_INTEL, _AMD = "0x8086", "0x1002"


def offers(
    site: str, labels: Mapping[str, str], home: Path, simulated: Pairs = ()
) -> tuple[Offer, ...]:
    """What this machine offers at a site: always its CPU, and an offer for each accelerator kind.

    `home` is where environments and suites will lie; its filesystem is the disk that is offered.
    `simulated` are accelerators and the simulated torch devices that stand for them.
    """
    acted = tuple(_simulated(accelerator, device) for accelerator, device in simulated)
    return tuple(_offer(found, site, labels, home) for found in (*found_here(), *acted))


def facts() -> tuple[Fact, ...]:
    """What a reader wants to know of the machine, each with where it was read."""
    own = (
        Fact("cpu.model", _cpu_model(), "/proc/cpuinfo"),
        Fact("cpu.count", str(_cpus()), "sched_getaffinity"),
        Fact("memory.bytes", str(_memory_bytes()), "sysconf"),
        Fact("kernel", f"{platform.system()} {platform.release()}", "uname"),
        Fact("hostname", platform.node() or "unknown", "uname"),
    )
    price = os.environ.get(PRICE, "")
    said = (Fact("price.usd_per_hour", price, PRICE),) if price else ()
    return own + said + tuple(fact for found in found_here() for fact in found.facts)


def found_here() -> tuple[Found, ...]:
    """Every kind of device that this machine has, the CPU first."""
    cpu = Found("cpu", "cpu", 0, 0, _cpu_capabilities(), (), "cpu")
    kinds = (_nvidia(), _amd(), _intel(), *_accel_files(), *_device_files())
    return (cpu, *(found for found in kinds if found is not None))


def _simulated(accelerator: str, device: str) -> Found:
    """A device of `simulated_devices`; its environments are the CPU's unless it is compiled."""
    kind = device if device in devices.KINDS else "cpu"
    return Found(accelerator, device, SIMULATED_NUMBER, 0, frozenset({SIMULATED}), (), kind)


def _offer(found: Found, site: str, labels: Mapping[str, str], home: Path) -> Offer:
    is_cpu = found.accelerator == "cpu"
    slots = min(_cpus(), MOST_CPU_SLOTS) if is_cpu else found.number
    return Offer(
        labels=(("site", site), ("accelerator", found.accelerator), *sorted(labels.items())),
        device=found.device,
        slots=slots,
        devices=found.number,
        memory_bytes=_memory_bytes(),
        disk_bytes=_free_bytes(home),
        capabilities=found.capabilities | {platform.machine().lower()} | _engines(),
        platform=str(here()._replace(kind=found.kind)),
    )


def _engines() -> frozenset[str]:
    """Whether programs can be run in images here."""
    return frozenset({IMAGES}) if any(map(shutil.which, ENGINES)) else frozenset()


def _nvidia() -> Found | None:
    rows = _table(["nvidia-smi", _NVIDIA, "--format=csv,noheader,nounits"])
    if rows:
        return _nvidia_told(rows)
    files = _matching("/dev/nvidia[0-9]*")
    if not files:
        return None
    unknown = (Fact("gpu.model", "unknown", "/dev/nvidia*"),)
    return Found("gpu", "cuda", len(files), 0, frozenset({"cuda"}), unknown, "cuda")


def _nvidia_told(rows: list[list[str]]) -> Found:
    name, memory, driver, capability = (*rows[0], *["unknown"] * 4)[:4]
    said = (("gpu.model", name), ("gpu.memory.mib", memory), ("driver.nvidia", driver))
    sm = f"sm{capability.replace('.', '')}" if capability[:1].isdigit() else "sm-unknown"
    facts = tuple(Fact(key, value, "nvidia-smi") for key, value in said)
    can = frozenset({"cuda", sm, *re.findall(r"[a-z]+\d+[a-z]*", name.lower())})
    total = int(memory) << 20 if memory.isdigit() else 0
    return Found("gpu", "cuda", len(rows), total, can, facts, "cuda")


def _amd() -> Found | None:
    """AMD's compute nodes, as the kernel driver lists them (a node without SIMDs is a CPU)."""
    nodes = _matching("/sys/class/kfd/kfd/topology/nodes/*/properties")
    gpus = [node for node in nodes if (re.search(r"^simd_count [1-9]", _text(node), re.MULTILINE))]
    if not gpus:
        return None
    driver = Fact("driver.amdgpu", _text(Path("/sys/module/amdgpu/version")) or "unknown", "sysfs")
    return Found("gpu", "cuda", len(gpus), 0, frozenset({"rocm"}), (driver,), "rocm")


def _intel() -> Found | None:
    """Intel's discrete GPUs: those of the `xe` driver."""
    cards = [card for card in _cards(_INTEL) if (card / "driver").resolve().name == "xe"]
    if not cards:
        return None
    return Found("gpu", "xpu", len(cards), 0, frozenset({"xpu"}), (), "xpu")


def _cards(vendor: str) -> list[Path]:
    devices = _matching("/sys/class/drm/card[0-9]/device")
    return [device for device in devices if _text(device / "vendor") == vendor]


def _accel_files() -> tuple[Found, ...]:
    vendors = [_text(path) for path in _matching("/sys/class/accel/accel*/device/vendor")]
    return tuple(
        Found(accelerator, device, vendors.count(vendor), 0, frozenset({can}), (), device)
        for vendor, (accelerator, device, can) in _ACCEL_VENDORS.items()
        if vendor in vendors
    )


def _device_files() -> tuple[Found, ...]:
    return tuple(
        Found(accelerator, device, len(files), 0, frozenset({can}), (), device)
        for pattern, accelerator, device, can in _FILES
        if (files := _matching(pattern))
    )


def _table(argv: list[str]) -> list[list[str]]:
    """The comma-separated lines that a vendor's tool prints; none where it is absent or hangs."""
    if shutil.which(argv[0]) is None:
        return []
    try:
        ran = subprocess.run(
            argv, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    lines = ran.stdout.splitlines() if ran.returncode == 0 else []
    return [[cell.strip() for cell in line.split(",")] for line in lines if line.strip()]


def _cpu_capabilities() -> frozenset[str]:
    flags = set(re.findall(r"^(?:flags|Features)\s*:\s*(.*)$", _cpuinfo(), re.MULTILINE)[0:1])
    words = frozenset(word for line in flags for word in line.split())
    return frozenset(name for name, flag in _CPU_CAPABILITIES.items() if flag in words)


def _cpu_model() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", _cpuinfo(), re.MULTILINE)
    return found[1] if found else "unknown"


def _cpuinfo() -> str:
    return _text(Path("/proc/cpuinfo"))


def _cpus() -> int:
    return len(os.sched_getaffinity(0))


def _memory_bytes() -> int:
    """The machine's memory, or the container's share of it."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = _text(Path("/sys/fs/cgroup/memory.max"))
    return min(whole, int(limit)) if limit.isdigit() else whole


def _free_bytes(folder: Path) -> int:
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _matching(pattern: str) -> list[Path]:
    return sorted(Path("/").glob(pattern.lstrip("/")))


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
