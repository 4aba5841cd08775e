"""Runs one sample of an operator, forward or backward, on any device and in any precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple  # Any: what operators take and return is theirs to choose

import torch
from torch.utils._pytree import tree_flatten, tree_map

from runners.suites.float64 import leaves


class Call(NamedTuple):
    """An operator's arguments, ready to be called with."""

    input: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    finish: Callable[[Any], Any]

    @property
    def tree(self) -> tuple[Any, ...]:
        """All arguments as one tree."""
        return (self.input, self.args, self.kwargs)


def call_of(sample: Any) -> Call:  # noqa: ANN401 - torch's SampleInput
    """The call that a sample of op_db stands for."""
    return Call(sample.input, tuple(sample.args), sample.kwargs, sample.output_process_fn_grad)


def widened(call: Call) -> Call:
    """The same call in float64 (complex128) on copies: exactly the numbers of the narrow one."""
    return _mapped(call, leaves.wide)


def moved(call: Call, device: str, *, keep: bool = False) -> Call:
    """The same call on a device, on copies; on "cpu" these keep their strides and overlaps.

    `keep` leaves the arguments behind the first where they are.

    Copies, because operators write into their arguments and samples share tensors.
    """
    there = _mapped(call, lambda leaf: leaves.moved(leaf, device))
    return there._replace(args=call.args, kwargs=call.kwargs) if keep else there


def run(op: Callable[..., Any], call: Call, backward: bool) -> list[Any]:  # noqa: FBT001 - a Task's field
    """The leaves of what a case looks at: the answer, or its gradients."""
    return gradients(op, call) if backward else forward(op, call)


def forward(op: Callable[..., Any], call: Call) -> list[Any]:
    """The leaves of the operator's answer: tensors and plain numbers, in order."""
    out = call.finish(op(call.input, *call.args, **call.kwargs))
    return list(tree_flatten(out)[0])


def gradients(op: Callable[..., Any], call: Call) -> list[Any]:
    """Gradients of every input that wants one; see `leaves.gradients`."""
    call, inputs = _with_leaves(call)
    return leaves.gradients(forward(op, call), inputs)


def floating_leaves(call: Call) -> Iterator[torch.Tensor]:
    """The floating and complex tensors among the arguments."""
    for leaf in tree_flatten(call.tree)[0]:
        if leaves.is_floating(leaf):
            yield leaf


def _mapped(call: Call, change: Callable[[Any], Any]) -> Call:
    with torch.no_grad():
        first, args, kwargs = tree_map(change, call.tree)
    return Call(first, args, kwargs, call.finish)


def _with_leaves(call: Call) -> tuple[Call, list[torch.Tensor]]:
    """The call on fresh leaves of the graph, and those of them that want a gradient."""
    found: list[torch.Tensor] = []

    def leaf_of(item: Any) -> Any:  # noqa: ANN401 - any leaf of a tree of arguments
        if not leaves.wants_gradient(item):
            return item
        found.append(item.detach().requires_grad_())
        return found[-1]

    return _mapped(call, leaf_of), found
