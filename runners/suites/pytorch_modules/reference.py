"""The float64 references: what a module is to answer, and what rounding could make of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Optional  # Any: torch's ModuleInput is untyped

import torch

from runners.suites.float64 import rounding
from runners.suites.float64.rounding import Answer, Computation, Spreads
from runners.suites.pytorch_modules import catalog, execute
from runners.suites.pytorch_modules.tasks import Task


class Reference:
    """Answers one case after another; it makes its own copies of the inputs."""

    def __init__(self, limit: Optional[int]) -> None:  # noqa: UP045 - Python 3.9 reads it
        self._limit = limit
        self._task: Optional[Task] = None  # noqa: UP045 - the same
        self._inputs: list[Any] = []

    def answer(self, task: Task, index: int) -> Answer:
        """What input number `index` of a case is to lead to."""
        found = rounding.answered(self._computation(task, index))
        if found.problem != rounding.RANDOM:
            return found
        return rounding.steady(lambda: self._computation(task, index))

    def spread(self, task: Task, index: int, eps: float, replicates: int) -> Spreads:
        """How far apart the answers to it lie when each step is off by at most `eps`."""
        exact = self.answer(task, index).leaves
        return rounding.spread(
            exact, lambda: self._computation(task, index), eps, replicates, thorough=True
        )

    def _computation(self, task: Task, index: int) -> Computation:
        if task != self._task:
            self._task, self._inputs = task, catalog.inputs(task, self._limit)
        one = execute.widened(task, execute.example(task, self._inputs[index]))
        return Computation(list(execute.floating(one)), lambda: _run(one, task))


def _run(one: execute.Example, task: Task) -> list[Any]:
    with _step_by_step():
        return execute.run(one, backward=task.is_backward)


@contextmanager
def _step_by_step() -> Iterator[None]:
    """While this holds, transformers are computed by their definition, not by a fused kernel."""
    was = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(was)
