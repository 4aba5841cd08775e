"""The float64 references: the right answer to a sample, and what rounding could make of it.

`spread` is a Monte Carlo arithmetic at the operators' grain (D. S. Parker, "Monte Carlo
Arithmetic: exploiting randomness in floating-point arithmetic", UCLA CSD-970002, 1997): the
float64 computation is repeated with each input and each result of an aten operator moved at
random by at most one rounding error of the dtype under test. How far the answers then lie apart
is what an honest implementation in that dtype may be off by.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Optional  # Any: what dispatch hands to a mode is untyped

import torch
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

from runners.suites.pytorch_ops import catalog, compare, execute
from runners.suites.pytorch_ops.compare import Leaf
from runners.suites.pytorch_ops.tasks import Task

_REPLICATES = 6


class Answer(NamedTuple):
    """A reference. `problem` says why there is none, "" where there is."""

    leaves: list[Leaf]
    problem: str = ""


Spreads = list[Optional[torch.Tensor]]  # noqa: UP045 - Python 3.9 reads it


class Reference:
    """Answers one case after another; it makes its own copies of the samples."""

    def __init__(self, limit: Optional[int]) -> None:  # noqa: UP045 - Python 3.9 reads it
        self._limit = limit
        self._task: Optional[Task] = None  # noqa: UP045 - the same
        self._samples: list[Any] = []

    def answer(self, task: Task, index: int) -> Answer:
        """The right answer to sample number `index` of a case."""
        call = execute.widened(self._call(task, index))
        try:
            with _Watch() as watch:
                found = execute.run(catalog.operators()[task.op], call, task.backward)
        except Exception as error:  # noqa: BLE001 - an operator raises what it likes
            return Answer([], f"reference raised {type(error).__name__}: {str(error)[:300]}")
        return Answer([], "random") if watch.is_random else Answer([compare.leaf(x) for x in found])

    def spread(self, task: Task, index: int, eps: float) -> Spreads:
        """How far apart the answers to a sample lie when each step is off by at most `eps`."""
        exact = [leaf.value for leaf in self.answer(task, index).leaves]
        spreads: Spreads = [None if value is None else torch.zeros(value.shape) for value in exact]
        for seed in range(_REPLICATES):
            jittered = self._jittered(task, index, eps, seed)
            for number, moved in enumerate(jittered[: len(exact)]):
                spreads[number] = _wider(spreads[number], exact[number], moved.value)
        return spreads

    def _jittered(self, task: Task, index: int, eps: float, seed: int) -> list[Leaf]:
        call = execute.widened(self._call(task, index))
        jitter = _Jitter(eps, seed)
        with torch.no_grad():
            for leaf in execute.floating_leaves(call):
                jitter.move(leaf)
        try:
            with jitter:
                found = execute.run(catalog.operators()[task.op], call, task.backward)
        except Exception:  # noqa: BLE001 - moved inputs may leave the operator's domain
            return []
        return [compare.leaf(item) for item in found]

    def _call(self, task: Task, index: int) -> execute.Call:
        if task != self._task:
            self._task, self._samples = task, catalog.samples(task, self._limit)
        return execute.call_of(self._samples[index])


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

    def __init__(self, eps: float, seed: int) -> None:
        super().__init__()
        self._eps = eps
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
                if not any(item is argument for argument in args):
                    self.move(item)
        return out

    def move(self, item: Any) -> None:  # noqa: ANN401 - any leaf
        """Move a wide floating tensor in place; leave everything else."""
        if not isinstance(item, torch.Tensor) or item.layout != torch.strided:
            return
        if item.dtype in {torch.float64, torch.complex128} and not _overlaps(item):
            noise = torch.rand(item.shape, generator=self._source, dtype=torch.float64)
            item.mul_(1 + self._eps * (2 * noise - 1))


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
