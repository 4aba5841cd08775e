"""The device `simacc`: a simulated accelerator, known to torch as any vendor's own would be."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

NAME = "simacc"
_library = torch.ops


def register() -> None:
    """What torch calls by the entry point `torch.backends`: load the backend and name it."""
    if hasattr(torch, NAME):
        return
    torch.utils.rename_privateuse1_backend(NAME)
    (library,) = Path(__file__).parent.glob("_backend*.so")
    torch.ops.load_library(library)
    torch._register_device_module(NAME, _module())  # noqa: SLF001 - torch's documentation names it
    torch.utils.generate_methods_for_privateuse1_backend(for_storage=True)


def _module() -> types.ModuleType:
    """`torch.simacc`, with what torch and programs ask of a device's module."""
    module = types.ModuleType(f"torch.{NAME}", __doc__)
    for one in _OFFERED:
        setattr(module, one.__name__, one)
    vars(module).update(Stream=torch.Stream, Event=torch.Event)
    return module


def is_available() -> bool:
    """Always, once it is loaded."""
    return device_count() > 0


def is_initialized() -> bool:
    """Always: there is nothing to start."""
    return True


def device_count() -> int:
    """How many devices there are: SIMACC_DEVICES, or 2."""
    return int(_library.simacc.device_count())


def current_device() -> int:
    """The index of the device that is current in this thread."""
    return int(_library.simacc.current_device())


def set_device(device: object) -> None:
    """Make a device current in this thread."""
    _library.simacc.set_device(_index(device))


@contextmanager
def device(device: object) -> Iterator[None]:
    """A device as the current one for a while."""
    before = current_device()
    set_device(device)
    try:
        yield
    finally:
        set_device(before)


def synchronize(device: object = None) -> None:
    """Wait for a device's work, all of which is done already."""
    torch.accelerator.synchronize(_index(device))


def get_device_name(device: object = None) -> str:
    """What it is, so that nobody takes it for hardware."""
    return f"simulated accelerator {_index(device)} (a CPU)"


def get_device_properties(device: object = None) -> types.SimpleNamespace:
    """Name and memory, SIMACC_MEMORY bytes or 8 GiB."""
    return types.SimpleNamespace(
        name=get_device_name(device), total_memory=mem_get_info(device)[1], simulated=True
    )


def mem_get_info(device: object = None) -> tuple[int, int]:
    """Bytes that are free and bytes in all."""
    free, total = _library.simacc.memory_info(_index(device))
    return int(free), int(total)


def memory_allocated(device: object = None) -> int:
    """Bytes that tensors hold."""
    free, total = mem_get_info(device)
    return total - free


def max_memory_allocated(device: object = None) -> int:
    """The most bytes that tensors have held."""
    return int(torch.accelerator.max_memory_allocated(_index(device)))


def empty_cache() -> None:
    """Nothing is cached."""


def get_amp_supported_dtype() -> list[torch.dtype]:
    """What autocast may narrow to."""
    return [torch.float16, torch.bfloat16]


def manual_seed(seed: int) -> None:
    """Seed the current device."""
    _library.simacc.manual_seed(current_device(), _as_signed(seed))


def manual_seed_all(seed: int) -> None:
    """Seed every device."""
    for index in range(device_count()):
        _library.simacc.manual_seed(index, _as_signed(seed))


def get_rng_state(device: object = NAME) -> torch.Tensor:
    """The state of a device's generator."""
    return _library.simacc.get_rng_state(_index(device))


def set_rng_state(state: torch.Tensor, device: object = NAME) -> None:
    """Go on from a state."""
    _library.simacc.set_rng_state(_index(device), state)


def initial_seed() -> int:
    """What the current device was seeded with."""
    return int(_library.simacc.initial_seed(current_device())) & (2**64 - 1)


def fallbacks() -> dict[str, int]:
    """How often each operator was computed by the CPU's kernel, by name."""
    return dict(_library.simacc.fallbacks())


def _is_in_bad_fork() -> bool:
    return False


def _lazy_init() -> None:
    pass


def _as_signed(seed: int) -> int:
    seed = int(seed) & (2**64 - 1)
    return seed - 2**64 if seed >= 2**63 else seed


def _index(device: object) -> int:
    if device is None:
        return current_device()
    if isinstance(device, int):
        return device
    index = torch.device(str(device)).index
    return current_device() if index is None else int(index)


_OFFERED: tuple[Callable[..., Any], ...] = (
    is_available,
    is_initialized,
    device_count,
    current_device,
    set_device,
    device,
    synchronize,
    get_device_name,
    get_device_properties,
    mem_get_info,
    memory_allocated,
    max_memory_allocated,
    empty_cache,
    get_amp_supported_dtype,
    manual_seed,
    manual_seed_all,
    get_rng_state,
    set_rng_state,
    initial_seed,
    fallbacks,
    _is_in_bad_fork,
    _lazy_init,
)
