"""The right answers of a model, and how far a program may be off each of them."""

from __future__ import annotations

from typing import Any, NamedTuple  # Any: a graph of torch

import torch
from torch import nn

from runners.suites.executorch_edge import lowering
from runners.suites.executorch_edge.models import Model

_OF_EAGER, _OF_LARGEST = 4.0, 16.0
_STEPS = 3.5  # one for each layer that rounds its sums, and a half for the result's own


class Right(NamedTuple):
    """A result in float64, and the largest difference that is allowed anywhere in it."""

    value: torch.Tensor
    allowed: float

    def used(self, found: torch.Tensor) -> float:
        """How much of the allowance is used; above 1 is off, and so is another form."""
        if found.shape != self.value.shape or found.dtype is not torch.float32:
            return float("inf")
        off = float((found.double() - self.value).abs().max()) / self.allowed
        return off if off == off else float("inf")  # noqa: PLR0124 - NaN is off by everything


def tolerance(model: Model) -> str:
    """The tolerance in words."""
    if model.is_quantized:
        return f"max|found - quantized eager| <= {_STEPS:g} steps of the result's quantization"
    said = f"max|found - float64| <= {_OF_EAGER:g} * max|eager - float64|"
    return f"{said} + {_OF_LARGEST:g} eps * max|float64| (float32)"


def answers(model: Model) -> list[Right]:
    """One for each call in turn: eager's in float64, or the quantized model's where it is one."""
    module, calls = lowering.prepared(model), lowering.calls(model)
    eager = _run(module, calls)
    if model.is_quantized:
        allowed = _STEPS * _last_step(module)
        return [Right(one.double(), allowed) for one in eager]
    exact = _run(lowering.built(model).double(), [_wide(call) for call in calls])
    return [Right(one, _allowed(plain, one)) for plain, one in zip(eager, exact)]  # noqa: B905 - Python 3.9 has no strict


def _allowed(plain: torch.Tensor, exact: torch.Tensor) -> float:
    honest, largest = (plain.double() - exact).abs().max(), exact.abs().max()
    eps = torch.finfo(torch.float32).eps
    return float(_OF_EAGER * honest + _OF_LARGEST * eps * largest)


def _run(module: nn.Module, calls: list[lowering.Inputs]) -> list[torch.Tensor]:
    with torch.no_grad():
        return [module(*call).clone() for call in calls]


def _wide(call: lowering.Inputs) -> lowering.Inputs:
    return tuple(one.double() if one.is_floating_point() else one for one in call)


def _last_step(module: Any) -> float:  # noqa: ANN401 - a graph module
    """The step that the result is rounded to: the scale of the last quantization."""
    rounding = [node for node in module.graph.nodes if "quantize_per_tensor" in str(node.target)]
    return float(rounding[-1].args[1])
