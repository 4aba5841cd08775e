"""Opens the named torch device, or says why it is not there; nothing stands in for it."""

from __future__ import annotations

import importlib

import torch

from runners.suites import harness


def opened(name: str) -> str:
    """What is wrong with the device; "" once it has computed.

    Loads the plug-ins of other devices that are installed (entry points `torch.backends`), so
    that a name they bring is known.
    """
    try:
        _load(name)
        there = torch.arange(4.0).to(name)
        total = (there + there).sum()
        value = total.item()
    except Exception as error:  # noqa: BLE001 - what a device's software raises is its own affair
        return f"device {name} is not usable: {(str(error).splitlines() or [''])[0][:300]}"
    kind = name.partition(":")[0]
    if total.device.type != kind:
        return f"device {name} computed on {total.device} instead"
    return "" if value == 12 else f"device {name} says 0+2+4+6 = {value}"  # noqa: PLR2004 - their sum


def settle() -> None:
    """Compute in a way that repeats itself: one thread, and float32 with all of its bits.

    By default cuDNN's convolutions and recurrent layers round float32 to the 10 bits of TF32.
    """
    torch.set_num_threads(1)
    torch.backends.cudnn.allow_tf32 = False


def is_usable(suite: harness.Suite) -> bool:
    """Whether the suite's device can be used; says so in the case `device`."""
    problem = opened(suite.device)
    if suite.wants("device") or problem:
        with suite.case("device") as case:
            if problem:
                case.fail(problem)
    return not problem


def _load(name: str) -> None:
    if name.partition(":")[0] == "lazy":
        importlib.import_module("torch._lazy.ts_backend").init()
    elif name != "cpu":
        # What `import torch` does at its end, held back until the references were kept apart.
        torch._import_device_backends()  # noqa: SLF001 - there is no public name for it
