"""The right answer to a computation, in float64, and what rounding could make of it.

`spread` is a Monte Carlo arithmetic at the operators' grain (D. S. Parker, "Monte Carlo
Arithmetic: exploiting randomness in floating-point arithmetic", UCLA CSD-970002, 1997): the
float64 computation is repeated with each input and each result of an aten operator moved at
random by at most one rounding error of the dtype under test. How far the answers then lie apart
is what an honest implementation in that dtype may be off by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Optional  # Any: what dispatch hands to a mode is untyped

import torch
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from runners.suites.float64 import bits, compare
from runners.suites.float64.compare import Leaf

RANDOM = "random"
REPLICATES = 6
_WIDE = (torch.float64, torch.complex128)


class Computation(NamedTuple):
    """A computation in float64 on copies of its own, to be run once.

    `inputs` are the floating tensors that it starts from, `run` gives the leaves of its answer.
    """

    inputs: Sequence[torch.Tensor]
    run: Callable[[], list[Any]]


class Answer(NamedTuple):
    """A reference. `problem` says why there is none, "" where there is."""

    leaves: list[Leaf]
    problem: str = ""


Spreads = list[Optional[torch.Tensor]]  # noqa: UP045 - Python 3.9 reads it


def answered(computation: Computation) -> Answer:
    """The right answer; none to what raises or draws random numbers."""
    try:
        with _Watch() as watch:
            found = computation.run()
    except Exception as error:  # noqa: BLE001 - an operator raises what it likes
        return Answer([], f"reference raised {type(error).__name__}: {str(error)[:300]}")
    return Answer([], RANDOM) if watch.is_random else Answer([compare.leaf(x) for x in found])


def steady(make: Callable[[], Computation]) -> Answer:
    """The right answer to what may draw random numbers: none where they make a difference.

    Attention draws none without dropout, but is marked as if it always did.
    """
    ends = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        ends.append(make().run())
    if len(ends[0]) != len(ends[1]) or any(map(bits.differ, *ends)):
        return Answer([], RANDOM)
    return Answer([compare.leaf(item) for item in ends[0]])


def spread(
    exact: Sequence[Leaf],
    make: Callable[[], Computation],
    eps: float,
    replicates: int,
    *,
    thorough: bool = False,
) -> Spreads:
    """How far from the exact answer a computation ends whose every step is off by at most `eps`.

    `make` gives the computation anew, `replicates` times. Leaf by leaf, in the leaf's shape, None
    where no numbers are.
    `thorough` moves what is written in place as well, and what is narrower than float64 by its own
    type's rounding error.
    """
    values = [leaf.value for leaf in exact]
    spreads: Spreads = [None if value is None else torch.zeros(value.shape) for value in values]
    for seed in range(replicates):
        moved = _jittered(make(), _Jitter(eps, seed, thorough=thorough))
        for number, leaf in enumerate(moved[: len(values)]):
            spreads[number] = _wider(spreads[number], values[number], leaf.value)
    return spreads


def _jittered(computation: Computation, jitter: _Jitter) -> list[Leaf]:
    with torch.no_grad():
        for item in computation.inputs:
            jitter.move(item)
    try:
        with jitter:
            found = computation.run()
    except Exception:  # noqa: BLE001 - moved inputs may leave the operator's domain
        return []
    return [compare.leaf(item) for item in found]


class _Watch(TorchDispatchMode):  # type: ignore[misc] # reason: torch is not installed beside mypy
    """Notes whether anything random is drawn."""

    is_random = False

    def __torch_dispatch__(
        self,
        func: OpOverload,
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: Optional[dict[str, Any]] = None,  # noqa: UP045 - Python 3.9 reads it
    ) -> object:
        del types
        self.is_random |= torch.Tag.nondeterministic_seeded in func.tags
        return func(*args, **(kwargs or {}))


class _Jitter(TorchDispatchMode):  # type: ignore[misc] # reason: torch is not installed beside mypy
    """Moves what every operator newly computes by at most `eps` of itself."""

    def __init__(self, eps: float, seed: int, *, thorough: bool) -> None:
        super().__init__()
        self._eps, self._thorough = eps, thorough
        self._source = torch.Generator().manual_seed(seed)

    def __torch_dispatch__(
        self,
        func: OpOverload,
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: Optional[dict[str, Any]] = None,  # noqa: UP045 - Python 3.9 reads it
    ) -> object:
        del types
        out = func(*args, **(kwargs or {}))
        if not func.is_view:
            for item in tree_flatten(out)[0]:
                if self._thorough or not any(item is argument for argument in args):
                    self.move(item)
        return out

    def move(self, item: Any) -> None:  # noqa: ANN401 - any leaf
        """Move a wide floating tensor in place; leave everything else."""
        if not isinstance(item, torch.Tensor) or item.layout != torch.strided or _overlaps(item):
            return
        if item.dtype in _WIDE:
            self._move(item, self._eps)
        elif self._thorough and item.is_floating_point():
            self._move(item, torch.finfo(item.dtype).eps)

    def _move(self, item: torch.Tensor, eps: float) -> None:
        noise = torch.rand(item.shape, generator=self._source, dtype=torch.float64)
        item.mul_(1 + eps * (2 * noise - 1))


def _overlaps(item: torch.Tensor) -> bool:
    """Whether two elements share memory, so that nothing can be written."""
    return any(step == 0 and size > 1 for size, step in zip(item.shape, item.stride()))  # noqa: B905 - Python 3.9


def _wider(
    so_far: Optional[torch.Tensor],  # noqa: UP045 - Python 3.9 reads it
    exact: Optional[torch.Tensor],  # noqa: UP045 - the same
    moved: Optional[torch.Tensor],  # noqa: UP045 - the same
) -> Optional[torch.Tensor]:  # noqa: UP045 - the same
    if so_far is None or exact is None or moved is None or exact.shape != moved.shape:
        return so_far
    apart = torch.nan_to_num((moved - exact).abs(), nan=0.0, posinf=torch.finfo(torch.float64).max)
    return torch.maximum(so_far, apart)
