"""Accelerators and their drivers, by what the kernel and the vendors' own tools say."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from runners.suites.probe.system import UNKNOWN, Fact, first_line

_VENDORS = {
    "0x10de": "NVIDIA",
    "0x1002": "AMD",
    "0x8086": "Intel",
    "0x1ae0": "Google",
    "0x1d0f": "Amazon",
    "0x1da3": "Habana",
    "0x19e5": "Huawei",
    "0x17cb": "Qualcomm",
}
# PCI base classes: display controllers, processing accelerators.
_CLASSES = ("0x03", "0x12")
_DEVICE_FILES = ("nvidia[0-9]*", "kfd", "accel/accel*", "neuron*", "davinci[0-9]*", "vfio/[0-9]*")
_TOOLS = (
    ("nvidia-smi", ("--query-gpu=name,driver_version,memory.total", "--format=csv,noheader")),
    ("rocm-smi", ("--showproductname", "--csv")),
    ("xpu-smi", ("discovery",)),
    ("hl-smi", ("-L",)),
    ("neuron-ls", ("-j",)),
    ("npu-smi", ("info", "-l")),
)
_MODULES = ("nvidia", "amdgpu", "xe", "i915", "habanalabs", "neuron", "gasket", "davinci", "vfio")
_TOOL_SECONDS = 8.0


def devices(pci: Path = Path("/sys/bus/pci/devices"), files: Path = Path("/dev")) -> Iterator[Fact]:
    """PCI accelerators, device files, and what each vendor's tool lists, if it is installed."""
    found = [_device(path) for path in sorted(pci.glob("*")) if _is_accelerator(path)]
    yield "accelerators.pci", "; ".join(found) or "none", str(pci)
    there = sorted(str(path) for pattern in _DEVICE_FILES for path in files.glob(pattern))
    yield "accelerators.files", " ".join(there) or "none", str(files)
    for tool, arguments in _TOOLS:
        yield f"accelerators.{tool}", _output(tool, arguments), tool


def drivers(modules: Path = Path("/sys/module")) -> Iterator[Fact]:
    """Versions of the kernel modules that drive accelerators, of those that are loaded."""
    for name in _MODULES:
        if (modules / name).exists():
            version = first_line(modules / name / "version")
            source = modules / name / "version"
            yield f"drivers.{name}", version if version != UNKNOWN else "in-kernel", str(source)
    yield "drivers.nvidia.kernel", first_line(Path("/proc/driver/nvidia/version")), "/proc"


def _is_accelerator(path: Path) -> bool:
    return first_line(path / "class").startswith(_CLASSES)


def _device(path: Path) -> str:
    vendor, model = first_line(path / "vendor"), first_line(path / "device")
    return f"{path.name} {_VENDORS.get(vendor, vendor)} {model}"


def _output(tool: str, arguments: tuple[str, ...]) -> str:
    """What a tool prints, on one line; "unknown" where it is missing, fails or hangs."""
    found = shutil.which(tool)
    if not found:
        return UNKNOWN
    try:
        done = subprocess.run(
            [found, *arguments],
            capture_output=True,
            text=True,
            timeout=_TOOL_SECONDS,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return UNKNOWN
    return "; ".join(done.stdout.split("\n")).strip("; ")[:2000] or UNKNOWN
