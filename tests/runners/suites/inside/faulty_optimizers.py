"""Optimizers with a fault in every precision but float64, in which references are computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from runners.suites.float64.outcome import Outcome
from runners.suites.pytorch_optimizers import catalog
from runners.suites.pytorch_optimizers.conformance import Bench, carry_out
from runners.suites.pytorch_optimizers.reference import Reference
from runners.suites.pytorch_optimizers.tasks import Task, asked

Fault = Callable[[type], type]


def outcome(id_: str, dtype: str = "float32", **parameters: str) -> Outcome:
    """How a case comes out on the CPU."""
    name, *rest = id_.split(".")
    form = next((word for word in rest if word != "resume"), "forloop")
    look = "resume" if "resume" in rest else "steps"
    wanted = asked(parameters)
    bench = Bench("cpu", wanted, Reference("cpu", wanted.samples), torch.__version__[:6])
    return carry_out(Task(name, dtype, form, look), bench)


@contextmanager
def broken(name: str, fault: Fault) -> Iterator[None]:
    """While this holds, the optimizer of that name has the fault."""
    info = catalog.optimizers()[name]
    right = info.optim_cls
    info.optim_cls = fault(right)
    try:
        yield
    finally:
        info.optim_cls = right


def forgets_decay(right: type) -> type:
    """Steps as if no weight ever decayed."""

    class Forgetful(right):
        def step(self, *closure: Any) -> Any:
            for group in self.param_groups:
                if _is_narrow(group):
                    group["weight_decay"] = 0.0
            return super().step(*closure)

    return Forgetful


def doubles_rate(right: type) -> type:
    """Steps twice as far in its second group of parameters."""

    class Hasty(right):
        def __init__(self, groups: Any, **more: Any) -> None:
            super().__init__(groups, **more)
            if _is_narrow(self.param_groups[-1]):
                self.param_groups[-1]["lr"] *= 2

    return Hasty


def loses_moments(right: type) -> type:
    """Loads a checkpoint without the averages of gradients in it."""

    class Lossy(right):
        def load_state_dict(self, state: Any) -> None:
            super().load_state_dict(state)
            for remembered in self.state.values():
                remembered["exp_avg"].zero_()

    return Lossy


FAULTS = {fault.__name__: fault for fault in (forgets_decay, doubles_rate, loses_moments)}


def _is_narrow(group: dict[str, Any]) -> bool:
    return group["params"][0].dtype not in {torch.float64, torch.complex128}
