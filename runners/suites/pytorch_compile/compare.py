"""Holds compiled answers against float64, by how far eager ones are off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

# Fused kernels sum in another order and round less often: some multiple of eager's error, and a
# few roundings where eager happens to be exact. A half type is rounded once for each result.
_ROOM = {torch.float32: (4.0, 16.0), torch.bfloat16: (2.0, 2.0)}


class Verdict(NamedTuple):
    """What is off, "" where nothing is, and how much of the tolerance the worst leaf uses."""

    problem: str
    used: float


def tolerance(dtype: torch.dtype) -> str:
    """The tolerance in words."""
    times, roundings = _ROOM[dtype]
    said = f"max|compiled - float64| <= {times:g} * max|eager - float64|"
    return f"{said} + {roundings:g} eps * max|float64| ({str(dtype)[6:]}); whole numbers exact"


def verdict(
    compiled: Sequence[torch.Tensor],
    eager: Sequence[torch.Tensor],
    exact: Sequence[torch.Tensor],
    dtype: torch.dtype,
) -> Verdict:
    """The verdict on all leaves; `exact` are eager's answers in float64 on the CPU."""
    if len(compiled) != len(eager):
        return Verdict(f"{len(compiled)} results instead of {len(eager)}", torch.inf)
    shares = []
    for number, (got, plain, right) in enumerate(zip(compiled, eager, exact)):  # noqa: B905 - Python 3.9 has no strict
        if (got.shape, got.dtype) != (plain.shape, plain.dtype):
            said = f"{_kind(got)} instead of eager's {_kind(plain)}"
            return Verdict(f"result {number} is {said}", torch.inf)
        shares.append(_share(got, plain, right, dtype))
    worst = max(range(len(shares)), key=shares.__getitem__)
    used = shares[worst]
    return Verdict("" if used <= 1 else f"result {worst} is off by {used:.3g} tolerances", used)


def _share(
    got: torch.Tensor, plain: torch.Tensor, right: torch.Tensor, dtype: torch.dtype
) -> float:
    if not got.is_floating_point():
        return 0.0 if torch.equal(got, plain) else torch.inf
    if not got.numel():
        return 0.0
    times, roundings = _ROOM[dtype]
    largest = right.abs().max()
    floor = roundings * torch.finfo(dtype).eps * largest + torch.finfo(dtype).tiny
    off, honest = (_off(one, right) for one in (got, plain))
    return float(torch.nan_to_num(off / (times * honest + floor), nan=torch.inf))


def _off(found: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    return (found.double() - right.double()).abs().max()


def _kind(one: torch.Tensor) -> str:
    return f"{tuple(one.shape)} {str(one.dtype)[6:]}"
