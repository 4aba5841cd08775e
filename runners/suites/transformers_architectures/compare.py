"""Holds named tensors against their references, by a tolerance that the dtype gives.

An element may be off by a number of rounding errors of the largest element of its tensor: what a
network of a few layers sums up has errors of that size, whatever its own. Only where that does not
do is the reference asked how far it moves itself when its weights are rounded anew (`spread`): a
router that stands between two experts, or a cancellation, is granted what any implementation
would need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Optional

import torch

Found = Mapping[str, Optional[torch.Tensor]]  # noqa: UP045 - Python 3.9 reads it
Rooms = dict[str, float]
# Epsilons, and the share of the spread; docs/suites/transformers-architectures.md says how much of
# them healthy architectures use on a CPU.
_FACTORS = {
    torch.float32: (256.0, 4.0),
    torch.bfloat16: (8.0, 8.0),
    torch.float16: (16.0, 8.0),
}


class Tolerance(NamedTuple):
    """How far an element may be off: `factor` machine epsilons of the largest of its tensor.

    Or else `of_spread` times what rounding does to this very model.
    `share` of the largest element of all tensors counts as every tensor's largest: gradients that
    are zero but for rounding (of the bias of a key, say) have no size of their own.
    """

    dtype: str
    eps: float
    factor: float
    of_spread: float
    share: float

    def __str__(self) -> str:
        near = f"{self.factor * self.eps:.3g} * max|expected|"
        return f"max({near}, {self.of_spread:g} * spread) ({self.dtype})"


class Difference(NamedTuple):
    """The first tensor that is off, and its worst element, if it is one of elements."""

    what: str
    tensor: str
    at: tuple[int, ...] = ()
    expected: float = 0.0
    actual: float = 0.0
    off_by: float = 0.0
    allowed: float = 0.0

    def __str__(self) -> str:
        if not self.allowed:
            return f"{self.tensor}: {self.what}"
        return (
            f"{self.tensor}: {self.actual:.7g} instead of {self.expected:.7g} at {list(self.at)}, "
            f"off by {self.off_by:.3g} where {self.allowed:.3g} is allowed"
        )


def tolerance(dtype: torch.dtype, share: float = 0.0) -> Tolerance:
    """The tolerance of a case that is run in this dtype."""
    return Tolerance(str(dtype)[6:], torch.finfo(dtype).eps, *_FACTORS[dtype], share)


def difference(
    actual: Found, expected: Found, allowed: Tolerance, spreads: Callable[[], Rooms]
) -> Optional[Difference]:  # noqa: UP045 - Python 3.9 reads it
    """What is off, or None. `spreads` is asked only where the plain tolerance does not do."""
    room = rooms(expected, allowed)
    off = _first(actual, expected, room)
    if off is None or not off.allowed:
        return off
    moved = spreads()
    wider = {name: max(one, allowed.of_spread * moved.get(name, 0.0)) for name, one in room.items()}
    return _first(actual, expected, wider)


def apart(one: Found, other: Found) -> Rooms:
    """How far the worst element of each tensor is from the other's; shapes are the same."""
    return {
        name: _largest(left.detach().cpu().double() - right.detach().cpu().double())
        for name, left in one.items()
        for right in [other.get(name)]
        if left is not None and right is not None
    }


def used(actual: Found, expected: Found, allowed: Tolerance) -> float:
    """The largest part of the plain tolerance that a tensor makes use of: 1 is all of it."""
    room = rooms(expected, allowed)
    shaped = {n: one for n, one in actual.items() if n in room and _is_like(one, expected[n])}
    shares = (off / room[name] for name, off in apart(shaped, expected).items())
    return round(max(shares, default=0.0), 3)


def rooms(expected: Found, allowed: Tolerance) -> Rooms:
    """How far the elements of each tensor may be off."""
    sizes = {name: _largest(one) for name, one in expected.items() if one is not None}
    least = allowed.share * max(sizes.values(), default=0.0)
    tiny = torch.finfo(torch.float32).tiny
    return {n: allowed.factor * allowed.eps * max(size, least) + tiny for n, size in sizes.items()}


def _first(actual: Found, expected: Found, room: Rooms) -> Optional[Difference]:  # noqa: UP045 - Python 3.9
    for name in sorted(actual.keys() ^ expected.keys()):
        return Difference("missing" if name in expected else "not in the reference", name)
    each = (_off(name, actual[name], want, room) for name, want in expected.items())
    return next((one for one in each if one), None)


def _off(
    name: str,
    got: Optional[torch.Tensor],  # noqa: UP045 - Python 3.9 reads it
    want: Optional[torch.Tensor],  # noqa: UP045 - the same
    room: Rooms,
) -> Optional[Difference]:  # noqa: UP045 - the same
    if got is None or want is None:
        return None if got is want else Difference("nothing" if got is None else "something", name)
    if got.shape != want.shape:
        return Difference(f"shape {tuple(got.shape)} instead of {tuple(want.shape)}", name)
    got, want = got.detach().cpu().double(), want.detach().double()
    same = (got == want) | (got.isnan() & want.isnan()) | ((got - want).abs() <= room[name])
    return None if bool(same.all()) else _worst(name, got, want, same, room[name])


def _worst(
    name: str, got: torch.Tensor, want: torch.Tensor, same: torch.Tensor, room: float
) -> Difference:
    off = torch.nan_to_num((got - want).abs(), nan=torch.inf).masked_fill(same, -1.0)
    place = int(off.argmax())
    index = torch.unravel_index(torch.tensor(place), got.shape)
    left, right = float(got.flatten()[place]), float(want.flatten()[place])
    at = tuple(int(i) for i in index)
    return Difference("values differ", name, at, right, left, float(off.max()), room)


def _is_like(one: Optional[torch.Tensor], other: Optional[torch.Tensor]) -> bool:  # noqa: UP045 - Python 3.9
    return one is not None and other is not None and one.shape == other.shape


def _largest(one: torch.Tensor) -> float:
    """The largest size of a finite element."""
    sizes = torch.nan_to_num(one.detach().cpu().double().abs(), nan=0.0, posinf=0.0)
    return float(sizes.max()) if sizes.numel() else 0.0
