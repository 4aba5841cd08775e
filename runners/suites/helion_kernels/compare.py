"""How far a kernel may be from float64, and whether it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

ROUNDINGS = 16  # of float32, in which every kernel computes, of all that is added up


class Verdict(NamedTuple):
    """What is off, "" where nothing is, and how much of the tolerance the worst number uses."""

    problem: str
    used: float


def tolerance(*, is_exact: bool, dtype: str) -> str:
    """The tolerance in words."""
    if is_exact:
        return "bit-equal"
    return (
        f"|kernel - float64| <= eps({dtype}) |float64| where the result is {dtype}"
        f" + {ROUNDINGS} eps(float32) max of what is added up by size"
    )


def verdict(
    found: Sequence[torch.Tensor],
    right: Sequence[torch.Tensor],
    sizes: Sequence[torch.Tensor],
    *,
    is_exact: bool,
) -> Verdict:
    """The verdict on all results; `sizes` are those of `right` with every number's sign left out.

    They bound what rounding while adding up may cost, which cancels less than the result does.
    """
    if len(found) != len(right):
        return Verdict(f"{len(found)} results instead of {len(right)}", float("inf"))
    worst = Verdict("", 0.0)
    for number, (got, exact, size) in enumerate(zip(found, right, sizes)):  # noqa: B905 - Python 3.9 has no strict
        if got.shape != exact.shape:
            said = f"result {number} is {tuple(got.shape)} instead of {tuple(exact.shape)}"
            return Verdict(said, float("inf"))
        used = _used(got, exact, size, is_exact=is_exact)
        if used > worst.used:
            worst = Verdict(_problem(number, got, exact, used), used)
    return worst


def _used(got: torch.Tensor, exact: torch.Tensor, size: torch.Tensor, *, is_exact: bool) -> float:
    if not got.numel():
        return 0.0
    off = (got.double() - exact.double()).abs()
    if is_exact or not got.is_floating_point():
        return 0.0 if not off.any() else float("inf")
    allowed = torch.finfo(got.dtype).eps * exact.abs()
    allowed = allowed + ROUNDINGS * torch.finfo(torch.float32).eps * size.abs().max()
    return float(torch.nan_to_num(off / allowed.clamp(min=1e-30), nan=torch.inf).max())


def _problem(number: int, got: torch.Tensor, exact: torch.Tensor, used: float) -> str:
    if used <= 1:
        return ""
    off = torch.nan_to_num((got.double() - exact.double()).abs(), nan=torch.inf)
    where = int(off.argmax())
    pair = f"{float(got.flatten()[where]):.6g} instead of {float(exact.flatten()[where]):.6g}"
    wrong = f"result {number}: {pair}"
    return wrong if used == float("inf") else f"{wrong}, {used:.3g} tolerances"
