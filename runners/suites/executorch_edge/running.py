"""ExecuTorch's own runtime, through its Python door: loading, computing, timing, refusing."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any, Union  # Any: what the runtime hands out

import executorch.kernels.quantized  # noqa: F401 - registers the kernels of int8 that a portable program calls
import torch
from executorch.extension.pybindings import portable_lib
from executorch.runtime import Runtime

from runners.suites.executorch_edge.lowering import Inputs

_PATIENCE_SECONDS = 30.0
_REFUSED, _LOADED = 0, 1


def settle() -> None:
    """One thread for the runtime, too; it would take as many as there are cores."""
    portable_lib._unsafe_reset_threadpool(1)  # noqa: SLF001 - there is no public name for it


def backends() -> list[str]:
    """The delegates that the runtime knows, by the names that programs call them."""
    return sorted(Runtime.get().backend_registry.registered_backend_names)


def loaded(program: Union[bytes, Path]) -> Any:  # noqa: ANN401, UP007 - a method; Python 3.9 reads it
    """The program's `forward`, in a state of its own."""
    return Runtime.get().load_program(program).load_method("forward")


def answers(method: Any, calls: list[Inputs]) -> list[torch.Tensor]:  # noqa: ANN401 - as above
    """The one result of each call in turn."""
    return [method.execute(call)[0] for call in calls]


def seconds(method: Any, call: Inputs, count: int) -> float:  # noqa: ANN401 - as above
    """What so many calls take."""
    start = time.perf_counter()
    for _ in range(count):
        method.execute(call)
    return time.perf_counter() - start


def fate(program: bytes) -> str:
    """What becomes of a damaged program; "" where it is refused.

    A copy of this process loads it, since it may die of that; it is never run.
    """
    child = os.fork()
    if not child:
        os._exit(_tried(program))
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return _told(status)
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return f"was not loaded within {_PATIENCE_SECONDS:g} seconds"


def _tried(program: bytes) -> int:
    try:
        loaded(program)
    except RuntimeError:
        return _REFUSED
    return _LOADED


def _told(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"ended the process with signal {os.WTERMSIG(status)}"
    return {_REFUSED: "", _LOADED: "was loaded"}.get(os.WEXITSTATUS(status), "ended the process")
