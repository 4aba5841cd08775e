"""Holds an answer against its float64 reference, by a tolerance that the dtype gives.

An element may be off by `factor` rounding errors of its own size and `of_largest` of the tensor's
largest, or else by `of_spread` times what rounding does to this very computation (`spread`). The
latter is only asked for where the former does not do; `rounding.py` says how it is estimated.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Optional  # Any: an operator's answer has any leaves

import torch

# Reordered sums, fused multiply-adds and fast elementary functions keep float32 kernels within a
# few units in the last place; half-precision kernels mostly round once, from float32.
_FACTORS = {
    torch.float32: (32.0, 32.0, 32.0),
    torch.bfloat16: (4.0, 2.0, 1.25),
    torch.float16: (4.0, 4.0, 1.25),
}


class Tolerance(NamedTuple):
    """How far an element may be off; see the module. `eps` is the dtype's machine epsilon."""

    dtype: str
    eps: float
    factor: float
    of_largest: float
    of_spread: float
    tiny: float
    largest: float

    def __str__(self) -> str:
        near, wide = self.factor * self.eps, self.of_largest * self.eps
        sizes = f"{near:.3g} * |expected| + {wide:.3g} * max|expected|"
        return f"max({sizes}, {self.of_spread:g} * spread) ({self.dtype})"


class Leaf(NamedTuple):
    """A leaf of an answer on the CPU, dense, in float64 or complex128 (`value` None: no number).

    `exact`: of integers or booleans. `dtype`: what it was before.
    """

    value: Optional[torch.Tensor]  # noqa: UP045 - Python 3.9 reads it
    exact: bool
    dtype: str


class Mismatch(NamedTuple):
    """The worst element of the first leaf that is off. `bad` of `elements` are."""

    what: str
    leaf: int = 0
    at: tuple[int, ...] = ()
    expected: str = ""
    actual: str = ""
    off_by: float = 0.0
    allowed: float = 0.0
    bad: int = 0
    elements: int = 0


def tolerance(dtype: torch.dtype) -> Tolerance:
    """The tolerance of a case that is run in this dtype."""
    real = dtype.to_real() if dtype.is_complex else dtype
    real = real if real in _FACTORS else torch.float32
    info = torch.finfo(real)
    return Tolerance(str(real)[6:], info.eps, *_FACTORS[real], info.smallest_normal, info.max)


def coarser(one: Tolerance, leaf: Leaf) -> Tolerance:
    """The wider of a case's tolerance and that of the dtype an answer came in."""
    dtype = getattr(torch, leaf.dtype, None)
    if not isinstance(dtype, torch.dtype) or not (dtype.is_floating_point or dtype.is_complex):
        return one
    return max(one, tolerance(dtype), key=lambda tolerance: tolerance.factor * tolerance.eps)


def leaf(item: Any) -> Leaf:  # noqa: ANN401 - whatever an operator returns
    """A leaf as it is compared: copied to the CPU, dense and wide."""
    if isinstance(item, (bool, int, float, complex)):
        item = torch.tensor(item)
    if not isinstance(item, torch.Tensor):
        return Leaf(None, exact=True, dtype=type(item).__name__)
    dense = item.detach() if item.layout == torch.strided else item.detach().to_dense()
    dense = dense.cpu().resolve_conj().resolve_neg()
    wide = torch.complex128 if dense.is_complex() else torch.float64
    exact = not (dense.is_complex() or dense.is_floating_point())
    # A clone, since the operator's own may lie in an argument, or be a tensor of symbolic zeros.
    return Leaf(dense.to(wide).clone(), exact, str(item.dtype)[6:])


def mismatch(
    actual: list[Leaf],
    expected: list[Leaf],
    allowed: Tolerance,
    spreads: Optional[list[Optional[torch.Tensor]]] = None,  # noqa: UP045 - Python 3.9
) -> Optional[Mismatch]:  # noqa: UP045 - the same
    """What is off, or None. `spreads` come leaf by leaf, in the shape of the leaf."""
    if len(actual) != len(expected):
        return Mismatch(f"{len(actual)} results instead of {len(expected)}")
    for number, (got, want) in enumerate(zip(actual, expected)):  # noqa: B905 - Python 3.9 has no strict
        spread = spreads[number] if spreads else None
        found = _leaf_mismatch(got, want, coarser(allowed, got), spread)
        if found:
            return found._replace(leaf=number)
    return None


def _leaf_mismatch(
    got: Leaf,
    want: Leaf,
    allowed: Tolerance,
    spread: Optional[torch.Tensor],  # noqa: UP045 - Python 3.9
) -> Optional[Mismatch]:  # noqa: UP045 - the same
    if got.value is None or want.value is None:
        gone = (got.value is None) != (want.value is None)
        return Mismatch(f"{got.dtype} instead of {want.dtype}") if gone else None
    if got.value.shape != want.value.shape:
        return Mismatch(f"shape {tuple(got.value.shape)} instead of {tuple(want.value.shape)}")
    if got.exact != want.exact or got.value.dtype != want.value.dtype:
        return Mismatch(f"{got.dtype} instead of something like {want.dtype}")
    room = _room(want, allowed, spread)
    wrong = ~(_same(got.value, want.value, allowed) | ((got.value - want.value).abs() <= room))
    return _worst(got.value, want.value, room, wrong) if wrong.any() else None


def _room(want: Leaf, allowed: Tolerance, spread: Optional[torch.Tensor]) -> torch.Tensor:  # noqa: UP045 - Python 3.9
    """How far each element may be off."""
    assert want.value is not None
    size = want.value.abs()
    if want.exact:
        return torch.zeros_like(size) if spread is None else spread
    # An infinity is only met by itself: a share of it would let every number pass.
    size = torch.where(size.isfinite(), size, 0.0)
    wide = size.max() if size.numel() else torch.zeros(())
    room = allowed.eps * (allowed.factor * size + allowed.of_largest * wide) + allowed.tiny
    return room if spread is None else torch.maximum(room, allowed.of_spread * spread)


def _same(got: torch.Tensor, want: torch.Tensor, allowed: Tolerance) -> torch.Tensor:
    """Equal, both NaN, or an overflow of a reference that the dtype cannot hold."""
    over = want.abs() > allowed.largest * (1 - allowed.factor * allowed.eps)
    overflow = over & got.isinf() & (want.sgn() == got.sgn()) if not got.is_complex() else over
    return (got == want) | (got.isnan() & want.isnan()) | (overflow & ~got.isfinite())


def _worst(
    got: torch.Tensor, want: torch.Tensor, room: torch.Tensor, wrong: torch.Tensor
) -> Mismatch:
    off = (got - want).abs()
    excess = torch.where(wrong, torch.nan_to_num(off / room, nan=torch.inf), -1.0)
    place = int(excess.argmax())
    index = torch.unravel_index(torch.tensor(place), got.shape)
    return Mismatch(
        "values differ",
        at=tuple(int(i) for i in index),
        expected=_text(want.flatten()[place]),
        actual=_text(got.flatten()[place]),
        off_by=float(off.flatten()[place]),
        allowed=float(room.flatten()[place]),
        bad=int(wrong.sum()),
        elements=wrong.numel(),
    )


def _text(value: torch.Tensor) -> str:
    return f"{value.item():.9g}"
