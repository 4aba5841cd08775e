"""Runs one sample of an operator, forward or backward, on any device and in any precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, NamedTuple  # Any: what operators take and return is theirs to choose

import torch
from torch.utils._pytree import tree_flatten, tree_map

_WIDER = {
    torch.float16: torch.float64,
    torch.bfloat16: torch.float64,
    torch.float32: torch.float64,
    torch.complex32: torch.complex128,
    torch.complex64: torch.complex128,
}
# Exact in every floating type, so that both sides of a comparison get the very same numbers.
_COTANGENTS = (-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0)


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
    return _mapped(call, _wide)


def moved(call: Call, device: str, *, keep: bool = False) -> Call:
    """The same call on a device, on copies; on "cpu" these keep their strides and overlaps.

    `keep` leaves the arguments behind the first where they are.

    Copies, because operators write into their arguments and samples share tensors.
    """
    there = _mapped(call, lambda leaf: _moved(leaf, device))
    return there._replace(args=call.args, kwargs=call.kwargs) if keep else there


def run(op: Callable[..., Any], call: Call, backward: bool) -> list[Any]:  # noqa: FBT001 - a Task's field
    """The leaves of what a case looks at: the answer, or its gradients."""
    return gradients(op, call) if backward else forward(op, call)


def forward(op: Callable[..., Any], call: Call) -> list[Any]:
    """The leaves of the operator's answer: tensors and plain numbers, in order."""
    out = call.finish(op(call.input, *call.args, **call.kwargs))
    return list(tree_flatten(out)[0])


def gradients(op: Callable[..., Any], call: Call) -> list[Any]:
    """Gradients of every input that wants one, None where it got none.

    The cotangents are fixed numbers out of eight that are exact in every floating type. An
    operator whose answer does not depend on its inputs gives an empty list.
    """
    call, leaves = _with_leaves(call)
    outs = [out for out in forward(op, call) if _wants_gradient(out)]
    if not outs or not leaves:
        return []
    cotangents = [_cotangent(out, number) for number, out in enumerate(outs)]
    return list(torch.autograd.grad(outs, leaves, cotangents, allow_unused=True))


def floating_leaves(call: Call) -> Iterator[torch.Tensor]:
    """The floating and complex tensors among the arguments."""
    for leaf in tree_flatten(call.tree)[0]:
        if isinstance(leaf, torch.Tensor) and (leaf.is_floating_point() or leaf.is_complex()):
            yield leaf


def _mapped(call: Call, change: Callable[[Any], Any]) -> Call:
    with torch.no_grad():
        first, args, kwargs = tree_map(change, call.tree)
    return Call(first, args, kwargs, call.finish)


def _wide(leaf: Any) -> Any:  # noqa: ANN401 - any leaf of a tree of arguments
    if isinstance(leaf, torch.dtype):
        return _WIDER.get(leaf, leaf)
    if not isinstance(leaf, torch.Tensor):
        return leaf
    wide = leaf.detach().to(_WIDER.get(leaf.dtype, leaf.dtype), copy=True)
    return wide.requires_grad_(leaf.requires_grad)


def _moved(leaf: Any, device: str) -> Any:  # noqa: ANN401 - any leaf of a tree of arguments
    if isinstance(leaf, torch.device):
        return torch.device(device)
    if not isinstance(leaf, torch.Tensor):
        return leaf
    if device != "cpu":
        there = leaf.detach().to(device)
    elif leaf.layout == torch.strided:
        there = deepcopy(leaf.detach())
    else:
        there = leaf.detach().clone()
    return there.requires_grad_(leaf.requires_grad)


def _with_leaves(call: Call) -> tuple[Call, list[torch.Tensor]]:
    """The call on fresh leaves of the graph, and those of them that want a gradient."""
    leaves: list[torch.Tensor] = []

    def leaf_of(item: Any) -> Any:  # noqa: ANN401 - any leaf of a tree of arguments
        if not _wants_gradient(item):
            return item
        leaves.append(item.detach().requires_grad_())
        return leaves[-1]

    return _mapped(call, leaf_of), leaves


def _wants_gradient(item: Any) -> bool:  # noqa: ANN401 - any leaf of a tree
    return isinstance(item, torch.Tensor) and item.requires_grad


def _cotangent(out: torch.Tensor, seed: int) -> torch.Tensor:
    """Numbers of `_COTANGENTS` by a hash of their place, so that no random source is used."""
    places = torch.arange(out.numel()) + 7919 * seed
    choice = (places * 2654435761 >> 15) % len(_COTANGENTS)
    picked = torch.tensor(_COTANGENTS, dtype=torch.float64)[choice].reshape(out.shape)
    return picked.to(out.dtype).to(out.device)
