"""The float64 references: the right answer to a sample, and what rounding could make of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Optional  # Any: torch's SampleInput is untyped

import torch

from runners.suites.float64 import rounding
from runners.suites.float64.rounding import Answer, Computation, Spreads
from runners.suites.pytorch_ops import catalog, execute
from runners.suites.pytorch_ops.tasks import WHOLE, Task


class Reference:
    """Answers one case after another; it makes its own copies of the samples."""

    def __init__(self, limit: Optional[int]) -> None:  # noqa: UP045 - Python 3.9 reads it
        self._limit = limit
        self._task: Optional[Task] = None  # noqa: UP045 - the same
        self._samples: list[Any] = []

    def answer(self, task: Task, index: int) -> Answer:
        """The right answer to sample number `index` of a case."""
        return rounding.answered(self._computation(task, index))

    def spread(self, task: Task, index: int, eps: float, replicates: int) -> Spreads:
        """How far apart the answers to a sample lie when each step is off by at most `eps`."""
        exact = self.answer(task, index).leaves
        return rounding.spread(exact, lambda: self._computation(task, index), eps, replicates)

    def _computation(self, task: Task, index: int) -> Computation:
        if task != self._task:
            self._task, self._samples = task, catalog.samples(task, self._limit)
        call = execute.widened(execute.call_of(self._samples[index]))
        op = catalog.operators()[task.op]
        inputs = list(execute.floating_leaves(call))

        def run() -> list[Any]:
            with _wide_by_default(task):
                return execute.run(op, call, task.backward)

        return Computation(inputs, run)


@contextmanager
def _wide_by_default(task: Task) -> Iterator[None]:
    """While this holds, what comes of whole numbers alone is computed in float64, too."""
    was = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64 if task.wanted in WHOLE else was)
    try:
        yield
    finally:
        torch.set_default_dtype(was)
