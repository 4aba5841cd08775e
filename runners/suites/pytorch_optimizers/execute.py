"""Takes an optimizer's steps on a problem, in one go or saved and loaded half-way."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple  # Any: torch's optimizers are untyped

import torch
from torch.utils._pytree import tree_flatten

from runners.suites.pytorch_optimizers import catalog, problem
from runners.suites.pytorch_optimizers.catalog import Configuration
from runners.suites.pytorch_optimizers.problem import STEPS, Problem
from runners.suites.pytorch_optimizers.tasks import Task

HALF = STEPS // 2


class Run(NamedTuple):
    """An optimizer at work on parameters of its own."""

    optimizer: Any
    parameters: list[torch.Tensor]
    work: Problem


def begun(task: Task, one: Configuration, work: Problem) -> Run:
    """The optimizer before its first step, on copies of the problem's parameters."""
    return _run(task, one, work, work.parameters)


def stepped(run: Run, steps: range) -> Run:
    """The same run after it has taken these of the problem's steps."""
    for step in steps:
        for parameter, gradient in zip(run.parameters, run.work.gradients[step]):  # noqa: B905 - Python 3.9
            parameter.grad = gradient.clone()
        run.optimizer.step(*_closure(run))
    return run


def resumed(task: Task, one: Configuration, run: Run) -> Run:
    """Another optimizer that was given the state of a run and goes on from its parameters.

    The state has been written and read as a file is; its tensors come from the CPU.
    """
    file = io.BytesIO()
    torch.save(run.optimizer.state_dict(), file)
    file.seek(0)
    other = _run(task, one, run.work, run.parameters)
    other.optimizer.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    return other


def left_behind(run: Run) -> dict[str, torch.Tensor]:
    """Parameters, and each tensor that the optimizer remembers of them, by what they are called."""
    found = {f"parameter {n}": item.detach() for n, item in enumerate(run.parameters)}
    for number, parameter in enumerate(run.parameters):
        state = run.optimizer.state[parameter]
        for key in sorted(state):
            leaves, _ = tree_flatten(state[key])
            tensors = (item for item in leaves if isinstance(item, torch.Tensor))
            found |= {f"{key} {n} of parameter {number}": item for n, item in enumerate(tensors)}
    return found


def compared(run: Run) -> list[torch.Tensor]:
    """What of it can be held against a reference.

    What LBFGS remembers depends on how many iterations rounding let it take: of it, the parameters.
    """
    found = list(left_behind(run).values())
    is_lbfgs = isinstance(run.optimizer, torch.optim.LBFGS)
    return found[: len(run.parameters)] if is_lbfgs else found


def _run(task: Task, one: Configuration, work: Problem, parameters: Iterable[torch.Tensor]) -> Run:
    own = [item.detach().clone().requires_grad_() for item in parameters]
    return Run(catalog.constructed(task, problem.groups(own), one), own, work)


def _closure(run: Run) -> tuple[Callable[[], torch.Tensor], ...]:
    """For an optimizer that asks for it, the height of a bowl and its slope; () for others."""
    if not isinstance(run.optimizer, torch.optim.LBFGS):
        return ()

    def height() -> torch.Tensor:
        heights = []
        for item, width, middle in zip(run.parameters, run.work.widths, run.work.middles):  # noqa: B905 - Python 3.9
            away = item.detach() - middle
            item.grad = width * away
            heights.append((width * away.abs().square()).sum() / 2)
        return torch.stack(heights).sum()

    return (height,)
