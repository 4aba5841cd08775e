"""Leaves of a computation's arguments: widened to float64, moved to a device, differentiated by."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any  # Any: a leaf is whatever an operator takes

import torch

_WIDER = {
    torch.float16: torch.float64,
    torch.bfloat16: torch.float64,
    torch.float32: torch.float64,
    torch.complex32: torch.complex128,
    torch.complex64: torch.complex128,
}
# Exact in every floating type, so that both sides of a comparison get the very same numbers.
_COTANGENTS = (-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0)


def wide(leaf: Any) -> Any:  # noqa: ANN401 - any leaf of a tree of arguments
    """A copy in float64 (complex128) of exactly the numbers of the narrow one; so are dtypes."""
    if isinstance(leaf, torch.dtype):
        return _WIDER.get(leaf, leaf)
    if not isinstance(leaf, torch.Tensor):
        return leaf
    found = leaf.detach().to(_WIDER.get(leaf.dtype, leaf.dtype), copy=True)
    return found.requires_grad_(leaf.requires_grad)


def moved(leaf: Any, device: str) -> Any:  # noqa: ANN401 - any leaf of a tree of arguments
    """A copy on a device; on "cpu" it keeps its strides and overlaps."""
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


def is_floating(leaf: Any) -> bool:  # noqa: ANN401 - any leaf of a tree
    """Whether a leaf is a tensor of real or complex floating numbers."""
    return isinstance(leaf, torch.Tensor) and (leaf.is_floating_point() or leaf.is_complex())


def wants_gradient(leaf: Any) -> bool:  # noqa: ANN401 - any leaf of a tree
    """Whether a leaf is a tensor that takes part in differentiation."""
    return isinstance(leaf, torch.Tensor) and leaf.requires_grad


def gradients(answer: Sequence[Any], leaves: Sequence[torch.Tensor]) -> list[Any]:
    """Gradients of an answer by each of the leaves, None where one got none.

    The cotangents are fixed numbers out of eight that are exact in every floating type. An
    answer that depends on none of the leaves gives an empty list.
    """
    outs = [out for out in answer if wants_gradient(out)]
    if not outs or not leaves:
        return []
    cotangents = [_cotangent(out, number) for number, out in enumerate(outs)]
    return list(torch.autograd.grad(outs, leaves, cotangents, allow_unused=True))


def _cotangent(out: torch.Tensor, seed: int) -> torch.Tensor:
    """Numbers of `_COTANGENTS` by a hash of their place, so that no random source is used."""
    places = torch.arange(out.numel()) + 7919 * seed
    choice = (places * 2654435761 >> 15) % len(_COTANGENTS)
    picked = torch.tensor(_COTANGENTS, dtype=torch.float64)[choice].reshape(out.shape)
    return picked.to(out.dtype).to(out.device)
