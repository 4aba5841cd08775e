"""The float64 references: where an optimizer's steps are to lead, and what rounding makes of it."""

from __future__ import annotations

from typing import Any, Optional  # Any: what an optimizer leaves behind

import torch

from runners.suites.float64 import leaves, rounding
from runners.suites.float64.rounding import Answer, Computation, Spreads
from runners.suites.pytorch_optimizers import catalog, execute, problem
from runners.suites.pytorch_optimizers.problem import STEPS, Problem
from runners.suites.pytorch_optimizers.tasks import Task


class Reference:
    """Answers one case after another: always the loop over single tensors, always on the CPU."""

    def __init__(self, device: str, limit: Optional[int]) -> None:  # noqa: UP045 - Python 3.9
        self._device, self._limit = device, limit

    def answer(self, task: Task, index: int) -> Answer:
        """Where the steps of configuration number `index` are to lead."""
        return rounding.answered(self._computation(task, index))

    def spread(self, task: Task, index: int, eps: float, replicates: int) -> Spreads:
        """How far apart the ends lie when each step of the computation is off by at most `eps`."""
        exact = self.answer(task, index).leaves
        return rounding.spread(
            exact, lambda: self._computation(task, index), eps, replicates, thorough=True
        )

    def _computation(self, task: Task, index: int) -> Computation:
        given = catalog.configurations(task, self._device, self._limit)[index]
        work = problem.widened(catalog.work(task))
        plain = task._replace(form="forloop")

        def run() -> list[Any]:
            begun = execute.begun(plain, catalog.defined(given), work)
            return list(execute.compared(execute.stepped(begun, range(STEPS))))

        return Computation(_numbers(work), run)


def _numbers(work: Problem) -> list[torch.Tensor]:
    every = (*work.parameters, *(item for step in work.gradients for item in step))
    return [item for item in every if leaves.is_floating(item)]
