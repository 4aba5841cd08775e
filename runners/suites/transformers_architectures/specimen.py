"""A model on the device in a dtype, and the same numbers in float64 on the CPU beside it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cached_property
from typing import Any  # Any: Transformers is not installed beside mypy

import torch

from runners.suites.transformers_architectures import compare, outputs, special
from runners.suites.transformers_architectures.compare import Found, Rooms
from runners.suites.transformers_architectures.inputs import inputs
from runners.suites.transformers_architectures.model import UnsuitedError
from runners.suites.transformers_architectures.outputs import Named

_REPLICATES = 6


class NoReferenceError(Exception):
    """There is nothing that the device could be compared with."""


class Specimen:
    """What the checks of an architecture in a dtype are carried out on.

    `model` lies on the device. `inputs` are on the CPU, numbers in float64.
    """

    def __init__(self, model: Any, dtype: torch.dtype, device: str) -> None:  # noqa: ANN401 - a model
        self.dtype, self.device_type = dtype, device.partition(":")[0]
        self._here = model
        given = inputs(model)
        # Rounded to the dtype: both sides of a comparison get the very same numbers.
        self.inputs = {
            name: one.to(dtype).double() if one.is_floating_point() else one
            for name, one in given.items()
        }
        self.model = moved(self._here, device)

    @cached_property
    def reference(self) -> Any:  # noqa: ANN401 - a model
        """The model in float64 on the CPU; in float32 where it does not compute in float64."""
        problem = ""
        plain = self._here.config.model_type in special.FLOAT32_REFERENCE
        for wide in (torch.float32,) if plain else (torch.float64, torch.float32):
            there = widened(self._here, wide)
            problem = _problem(there, self.inputs)
            if not problem:
                return there
        raise NoReferenceError(f"the reference on the CPU: {problem}")

    @cached_property
    def expected(self) -> Named:
        """What the reference answers."""
        found = outputs.answer(self.reference, self.inputs)
        again = outputs.answer(self.reference, self.inputs, seed=1)
        if compare.difference(again, found, compare.tolerance(torch.float32), dict):
            raise UnsuitedError("it draws random numbers, so that no two runs agree")
        return found

    @cached_property
    def expected_gradients(self) -> Found:
        """The gradients of the reference."""
        return outputs.gradients(self.reference, self.expected)

    def jittered(self) -> Iterator[Any]:
        """Copies of the reference that round to the dtype in places drawn at random."""
        for seed in range(_REPLICATES):
            yield _jittered(self.reference, torch.finfo(self.dtype).eps, seed)

    def spread(self, *, backward: bool = False) -> Rooms:
        """How far rounding moves what the reference answers, or its gradients."""
        worst: Rooms = {}
        for there in self.jittered():
            answer = outputs.answer(there, self.inputs)
            found: Found = outputs.gradients(there, answer) if backward else answer
            moved = compare.apart(found, self.expected_gradients if backward else self.expected)
            worst = {name: max(one, worst.get(name, 0.0)) for name, one in moved.items()}
        return worst


def moved(model: Any, device: str) -> Any:  # noqa: ANN401 - a model
    """A copy on a device, with its weights tied as they were.

    Moved to an out-of-tree device, torch makes two parameters of one that has two names.
    """
    there = copy.deepcopy(model).to(device)
    if len(list(there.parameters())) != len(list(model.parameters())):
        there.tie_weights()
    return there


def widened(model: Any, dtype: torch.dtype) -> Any:  # noqa: ANN401 - a model
    """A copy in a wide dtype, which goes through its experts one by one."""
    there = copy.deepcopy(model).to(dtype)
    if hasattr(there, "set_experts_implementation"):  # grouped products know no float64
        there.set_experts_implementation("eager")
    return there


def _problem(model: Any, given: dict[str, torch.Tensor]) -> str:  # noqa: ANN401 - a model
    """Why a model is no reference; "" where it is one."""
    try:
        found = outputs.answer(model, given)
    except Exception as error:  # noqa: BLE001 - whatever a model raises
        return f"{type(error).__name__}: {error}"[:300]
    if not found:
        return "it answers with no floating number"
    return "it is not a number" if any(bool(one.isnan().any()) for one in found.values()) else ""


def _jittered(model: Any, eps: float, seed: int) -> Any:  # noqa: ANN401 - a model
    """A copy in which each weight, and what each layer answers, is off by at most `eps` of it."""
    there = copy.deepcopy(model)
    source = torch.Generator().manual_seed(seed)

    def rounded(one: Any) -> Any:  # noqa: ANN401 - any value
        if not isinstance(one, torch.Tensor) or not one.is_floating_point():
            return one
        noise = torch.rand(one.shape, generator=source, dtype=torch.float64)
        return one * (1 + eps * (2 * noise - 1)).to(one.dtype)

    with torch.no_grad():
        for one in there.parameters():
            one.copy_(rounded(one))
    for layer in there.modules():
        if not any(layer.children()):
            layer.register_forward_hook(lambda _layer, _given, answer: rounded(answer))
    return there
