"""Builds a module with its input, in any precision and on any device, and looks at what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, NamedTuple  # Any: what modules take and return is theirs to choose

import torch
from torch.utils._pytree import tree_flatten, tree_map

from runners.suites.float64 import leaves
from runners.suites.pytorch_modules import catalog
from runners.suites.pytorch_modules.tasks import Task

_SPREAD = 0.5  # how far a constant parameter is moved: variances of one stay positive


class Example(NamedTuple):
    """A module and what it is called with."""

    module: torch.nn.Module
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def example(task: Task, made: Any) -> Example:  # noqa: ANN401 - ModuleInput
    """The example that an input of module_db stands for, on the CPU in the case's dtype.

    Parameters and buffers that are constant at first, such as a weight of ones, are made uneven:
    a device that forgot them would be right otherwise.
    """
    called = _copied((made.forward_input.args, made.forward_input.kwargs), leaves.moved, "cpu")
    module = constructed(task, made, catalog.SEED)
    with torch.no_grad():
        if catalog.modules()[task.module].is_lazy:
            module(*called[0], **called[1])
        for item in (*module.parameters(), *module.buffers()):
            _make_uneven(item)
    return Example(module.train(task.mode == "train"), *called)


def constructed(task: Task, made: Any, seed: int) -> torch.nn.Module:  # noqa: ANN401 - ModuleInput
    """The module as its constructor leaves it, in the case's dtype; `seed` for its parameters."""
    given = made.constructor_input
    args, kwargs = _copied((given.args, given.kwargs), leaves.moved, "cpu")
    torch.manual_seed(seed)
    module: torch.nn.Module = catalog.modules()[task.module].module_cls(*args, **kwargs)
    return module.to(getattr(torch, task.dtype)).train(task.mode == "train")


def widened(task: Task, one: Example) -> Example:
    """The same example in float64 (complex128): exactly the numbers of the narrow one."""
    args, kwargs = _copied((one.args, one.kwargs), leaves.wide)
    wide = leaves.wide(getattr(torch, task.dtype))
    return Example(deepcopy(one.module).to(wide), args, kwargs)


def moved(one: Example, device: str) -> Example:
    """The same example on a device, on copies."""
    args, kwargs = _copied((one.args, one.kwargs), leaves.moved, device)
    return Example(deepcopy(one.module).to(device), args, kwargs)


def run(one: Example, *, backward: bool) -> list[Any]:
    """The leaves of what a case looks at: gradients, or the answer and the buffers behind it."""
    if not backward:
        with torch.no_grad():
            return [*_answer(one), *one.module.buffers()]
    called, inputs = _with_leaves(one)
    parameters = [item for item in one.module.parameters() if leaves.is_floating(item)]
    return leaves.gradients(_answer(called), [*inputs, *parameters])


def floating(one: Example) -> Iterator[torch.Tensor]:
    """Every floating tensor that an answer comes from: inputs, parameters and buffers."""
    given, _ = tree_flatten((one.args, one.kwargs))
    for item in (*given, *one.module.parameters(), *one.module.buffers()):
        if leaves.is_floating(item):
            yield item


def _answer(one: Example) -> list[Any]:
    return list(tree_flatten(one.module(*one.args, **one.kwargs))[0])


def _make_uneven(item: torch.Tensor) -> None:
    if leaves.is_floating(item) and item.numel() and bool((item == item.flatten()[0]).all()):
        item.add_(torch.rand(item.shape).mul_(2 * _SPREAD).sub_(_SPREAD).to(item.dtype))


def _with_leaves(one: Example) -> tuple[Example, list[torch.Tensor]]:
    """The example on fresh leaves of the graph, and those of them that want a gradient."""
    found: list[torch.Tensor] = []

    def leaf_of(item: Any) -> Any:  # noqa: ANN401 - any leaf of a tree of arguments
        if not leaves.wants_gradient(item):
            return item
        found.append(item.detach().requires_grad_())
        return found[-1]

    args, kwargs = _copied((one.args, one.kwargs), leaf_of)
    return Example(one.module, args, kwargs), found


def _copied(tree: Any, change: Callable[..., Any], *more: str) -> Any:  # noqa: ANN401 - any tree
    return tree_map(lambda item: change(item, *more), tree)
