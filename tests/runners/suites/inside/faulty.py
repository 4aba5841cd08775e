"""Operators with a fault in every precision but float64, in which references are computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.utils._pytree import tree_flatten, tree_map

from runners.suites.float64.outcome import Outcome
from runners.suites.pytorch_ops import catalog
from runners.suites.pytorch_ops.conformance import Bench, carry_out
from runners.suites.pytorch_ops.reference import Reference
from runners.suites.pytorch_ops.tasks import Task, asked

Fault = Callable[[Any], Any]


def bench(**parameters: str) -> Bench:
    wanted = asked(parameters)
    return Bench("cpu", wanted, Reference(wanted.samples), torch.__version__.partition("+")[0])


def outcome(op: str, dtype: str = "float32", *, backward: bool = False, **more: str) -> Outcome:
    return carry_out(Task(op, dtype, dtype, backward), bench(**{"samples": "6", **more}))


@contextmanager
def broken(op: str, wrong: Fault) -> Iterator[None]:
    """While this holds, what the operator answers goes through `wrong`, in narrow types."""
    info = catalog.operators()[op]
    right = info.op

    def faulty(*args: Any, **kwargs: Any) -> Any:
        out = right(*args, **kwargs)
        return out if is_reference(args, kwargs) else tree_map(wrong, out)

    info.op = faulty
    try:
        yield
    finally:
        info.op = right


@contextmanager
def replaced(op: str, other: Callable[..., Any]) -> Iterator[None]:
    """While this holds, narrow types go to another function."""
    info = catalog.operators()[op]
    right = info.op

    def chosen(*args: Any, **kwargs: Any) -> Any:
        return (right if is_reference(args, kwargs) else other)(*args, **kwargs)

    info.op = chosen
    try:
        yield
    finally:
        info.op = right


def is_reference(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether a call is one of the reference's, all of whose numbers are wide."""
    leaves = tree_flatten((args, kwargs))[0]
    wide = (torch.float64, torch.complex128)
    kinds = [leaf.dtype for leaf in leaves if isinstance(leaf, torch.Tensor)]
    return not any((k.is_floating_point or k.is_complex) and k not in wide for k in kinds)


def scaled(by: float) -> Fault:
    return lambda out: out * by if _is_floating(out) else out


def first_element_zeroed(out: Any) -> Any:
    if not _is_floating(out) or not out.numel():
        return out
    flat = out.clone().flatten()
    flat[flat.abs().argmax()] = 0
    return flat.reshape(out.shape)


class _SignFlipped(torch.autograd.Function):
    @staticmethod
    def forward(_: Any, out: torch.Tensor) -> torch.Tensor:
        return out.clone()

    @staticmethod
    def backward(_: Any, gradient: torch.Tensor) -> torch.Tensor:
        return -gradient


def gradient_flipped(out: Any) -> Any:
    return _SignFlipped.apply(out) if _is_floating(out) else out


def gradient_lost(out: Any) -> Any:
    return out.detach().requires_grad_() if _is_floating(out) else out


def _is_floating(out: Any) -> bool:
    return isinstance(out, torch.Tensor) and (out.is_floating_point() or out.is_complex())
