"""Whether inductor can compile for a device here, in torch's own words where it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch._inductor import exc
from torch._inductor.codegen import common

from runners.suites.harness import Skipped

_LACKS = (exc.InvalidCxxCompiler, exc.TritonMissing, exc.GPUTooOldForTriton)


@contextmanager
def compiling(device: str) -> Iterator[None]:
    """While this holds, a compiler that is not here skips the case instead of failing it."""
    kind = torch.device(device).type
    common.init_backend_registration()
    if common.get_scheduling_for_device(kind) is None:
        known = ", ".join(sorted(common.device_codegens))
        raise Skipped(f"capability: Device {kind} not supported by inductor, which knows {known}")
    try:
        yield
    except Exception as error:
        for cause in _causes(error):
            if isinstance(cause, _LACKS):
                raise Skipped(f"capability: {str(cause).splitlines()[0]}") from error
        raise


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and what led to it; torch keeps some of it beside Python's own chain."""
    here: BaseException | None = error
    while here is not None:
        yield here
        here = getattr(here, "inner_exception", None) or here.__cause__
