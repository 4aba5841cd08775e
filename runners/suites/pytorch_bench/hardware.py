"""What is measured on: whether there is hardware at all, its name, and how it is set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch

_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
_MODEL = Path("/proc/cpuinfo")


def without(device: str) -> str:
    """Why a device has no speed of its own; "" where it has.

    A module of a device that plays another one says so by `is_simulated`.
    """
    kind = device.partition(":")[0]
    if kind == "cpu":
        return ""
    module = getattr(torch, kind, None)
    if getattr(module, "is_simulated", False):
        return f"capability: {kind} is simulated: it has no speed of its own"
    there = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    if there is None or there.type != kind:
        return f"capability: {kind} is no accelerator: it has no speed of its own"
    return ""


def name(device: str) -> str:
    """What the device calls itself; "" where it does not."""
    kind = device.partition(":")[0]
    if kind == "cpu":
        return _cpu()
    ask = getattr(getattr(torch, kind, None), "get_device_name", None)
    return str(ask(torch.device(device))) if callable(ask) else ""


def facts() -> Iterator[tuple[str, str, str]]:
    """Names, values and sources of what a speed depends on."""
    yield "cpu.model", _cpu(), str(_MODEL)
    yield "cpu.governor", _text(_GOVERNOR) or "unknown", str(_GOVERNOR)
    yield "torch.cpu_capability", torch.backends.cpu.get_cpu_capability(), "torch.backends.cpu"
    yield "torch.mkl", str(torch.backends.mkl.is_available()), "torch.backends.mkl"
    yield "torch.mkldnn", str(torch.backends.mkldnn.is_available()), "torch.backends.mkldnn"
    said = torch.__config__.parallel_info().splitlines()
    yield "torch.parallel", "; ".join(filter(None, map(str.strip, said))), "torch.__config__"


def _cpu() -> str:
    lines = (line.partition(":") for line in _text(_MODEL).splitlines())
    models = (value.strip() for name, _, value in lines if name.strip() == "model name")
    return next(models, "unknown")


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
