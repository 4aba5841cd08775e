"""What torch says of itself, its backends and the devices it sees."""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Callable, Iterator

from runners.suites.probe.system import UNKNOWN, Fact

# Each backend has its own way of saying whether it is there.
_BACKENDS = (
    ("cuda", "is_built"),
    ("cudnn", "is_available"),
    ("cusparselt", "is_available"),
    ("kleidiai", "is_available"),
    ("mkl", "is_available"),
    ("mkldnn", "is_available"),
    ("mps", "is_available"),
    ("nnpack", "is_available"),
    ("openmp", "is_available"),
)
_KINDS = ("cuda", "xpu", "mps", "mtia", "hpu", "npu", "musa", "xla")

_GROUP = "torch.backends"


def load() -> None:
    """Import torch; its plug-ins come with it."""
    importlib.import_module("torch")


def build() -> Iterator[Fact]:
    """Version, build, threads and what its CPU kernels may use."""
    import torch  # noqa: PLC0415 - only where it is installed

    yield "torch.version", str(torch.__version__), "torch.__version__"
    for part in ("git_version", "cuda", "hip", "xpu"):
        yield f"torch.{part}", str(getattr(torch.version, part, None) or "none"), "torch.version"
    yield _said("torch.threads", "torch.get_num_threads", torch.get_num_threads)
    yield _said("torch.interop_threads", "torch", torch.get_num_interop_threads)
    yield _said("torch.config", "torch.__config__.show", torch.__config__.show)
    yield _said("torch.parallel", "torch.__config__", torch.__config__.parallel_info)
    yield _said("torch.cpu.capability", "torch.backends.cpu", torch.backends.cpu.get_cpu_capability)
    yield _said("torch.cpu.features", "torch.cpu.get_capabilities", torch.cpu.get_capabilities)


def backends() -> Iterator[Fact]:
    """Which of `torch.backends` are available, and which engines for quantised numbers."""
    import torch  # noqa: PLC0415 - only where it is installed

    for name, question in _BACKENDS:
        ask = getattr(getattr(torch.backends, name, None), question, None)
        yield _said(f"torch.backends.{name}", f"torch.backends.{name}.{question}", ask)
    yield "torch.backends.plugins", _plugins(), "entry points torch.backends"
    engines = torch.backends.quantized.supported_engines
    yield "torch.backends.quantized", " ".join(engines), "torch.backends.quantized"


def accelerator() -> Iterator[Fact]:
    """The accelerator that torch sees, and each of its devices by name, memory and state."""
    import torch  # noqa: PLC0415 - only where it is installed

    current = torch.accelerator.current_accelerator(check_available=True)
    count = torch.accelerator.device_count() if current else 0
    yield "torch.accelerator", str(current or "none"), "torch.accelerator.current_accelerator"
    yield "torch.accelerator.count", str(count), "torch.accelerator.device_count"
    for kind in _KINDS:
        module = getattr(torch, kind, None)
        yield _said(
            f"torch.{kind}.available", f"torch.{kind}", getattr(module, "is_available", None)
        )
    for index in range(count):
        yield from _device(str(current), index)


def _plugins() -> str:
    """The devices that installed packages bring; Python 3.9 lists groups as a mapping."""
    every = importlib.metadata.entry_points()
    found = every.select(group=_GROUP) if hasattr(every, "select") else every.get(_GROUP, ())
    return "; ".join(sorted({f"{one.name} = {one.value}" for one in found})) or "none"


def _device(kind: str, index: int) -> Iterator[Fact]:
    import torch  # noqa: PLC0415 - only where it is installed

    module = getattr(torch, kind, None)
    place, source = f"torch.{kind}.{index}", f"torch.{kind}"
    for name in ("get_device_name", "get_device_properties", "mem_get_info"):
        ask = getattr(module, name, None)
        yield _said(f"{place}.{name}", f"{source}.{name}", ask, index)
    for name in ("temperature", "power_draw", "clock_rate", "utilization"):
        ask = getattr(module, name, None)
        yield _said(f"{place}.{name}", f"{source}.{name}", ask, index)


def _said(name: str, source: str, question: Callable[..., object] | None, *about: int) -> Fact:
    """A fact by asking; "unknown" where there is nobody to ask or the answer is an error."""
    if question is None:
        return name, UNKNOWN, source
    try:
        answer = str(question(*about))
    except Exception as error:  # noqa: BLE001 - backends raise what they like
        return name, UNKNOWN, f"{source}: {type(error).__name__}: {error}"[:500]
    return name, answer.strip() or UNKNOWN, source
