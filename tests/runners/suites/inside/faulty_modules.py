"""Modules with a fault in every precision but float64, in which references are computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from runners.suites.float64.outcome import Outcome
from runners.suites.pytorch_modules import catalog
from runners.suites.pytorch_modules.conformance import Bench, carry_out
from runners.suites.pytorch_modules.reference import Reference
from runners.suites.pytorch_modules.tasks import Task, asked

Fault = Callable[[type], type]


def outcome(id_: str, dtype: str = "float32", **parameters: str) -> Outcome:
    """How a case comes out on the CPU."""
    _, name, *rest = id_.split(".")
    look = next((word for word in rest if word != "eval"), "forward")
    mode = "eval" if "eval" in rest or look == "state" else "train"
    wanted = asked(parameters)
    bench = Bench("cpu", wanted, Reference(wanted.samples), torch.__version__[:6])
    return carry_out(Task(f"nn.{name}", dtype, mode, look), bench)


@contextmanager
def broken(name: str, fault: Fault) -> Iterator[None]:
    """While this holds, the module of that name has the fault."""
    info = catalog.modules()[name]
    right = info.module_cls
    info.module_cls = fault(right)
    try:
        yield
    finally:
        info.module_cls = right


def drops_a_term(right: type) -> type:
    """A Linear whose bias gets no gradient."""

    class Dropping(right):
        def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002 - the module's word
            if not _is_narrow(input) or self.bias is None:
                return super().forward(input)
            held = self.bias.detach().requires_grad_()
            return torch.nn.functional.linear(input, self.weight, held)

    return Dropping


class _Detached(torch.autograd.Function):
    """Says it is x - mean(x), and forgets the mean in its gradient."""

    @staticmethod
    def forward(_: Any, item: torch.Tensor) -> torch.Tensor:
        return item - item.mean(-1, keepdim=True)

    @staticmethod
    def backward(_: Any, gradient: torch.Tensor) -> torch.Tensor:
        return gradient


def forgets_the_mean(right: type) -> type:
    """A LayerNorm whose gradient lacks the term of the mean."""

    class Forgetful(right):
        def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002 - the module's word
            if not _is_narrow(input) or len(self.normalized_shape) != 1:
                return super().forward(input)
            away = _Detached.apply(input)
            scaled = away / (away.square().mean(-1, keepdim=True) + self.eps).sqrt()
            scaled = scaled if self.weight is None else scaled * self.weight
            return scaled if self.bias is None else scaled + self.bias

    return Forgetful


def never_evaluates(right: type) -> type:
    """A BatchNorm that takes the batch's statistics in eval mode, too."""

    class Training(right):
        def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002 - the module's word
            if not _is_narrow(input) or self.training or self.running_mean is None:
                return super().forward(input)
            kept = self.running_mean.clone(), self.running_var.clone()
            return torch.nn.functional.batch_norm(
                input, *kept, self.weight, self.bias, training=True, eps=self.eps
            )

    return Training


def forgets_a_buffer(right: type) -> type:
    """A BatchNorm that does not save the variance it has seen."""

    class Lossy(right):
        def state_dict(self, *args: Any, **kwargs: Any) -> Any:
            state = super().state_dict(*args, **kwargs)
            if "running_var" in state and _is_narrow(state["running_var"]):
                state["running_var"] = torch.ones_like(state["running_var"])
            return state

    return Lossy


FAULTS = {
    fault.__name__: fault
    for fault in (drops_a_term, forgets_the_mean, never_evaluates, forgets_a_buffer)
}


def _is_narrow(item: torch.Tensor) -> bool:
    return item.dtype not in {torch.float64, torch.complex128}
