"""Samples in other forms: not contiguous in memory, and with nothing in them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Optional  # Any: torch's SampleInput is untyped

import torch
from torch.utils._pytree import tree_flatten, tree_map

from runners.suites.pytorch_ops.execute import Call


def strided(call: Call) -> Call:
    """The same call on tensors of which every second number in memory belongs to another one."""
    first, args, kwargs = tree_map(_strided, call.tree)
    return Call(first, args, kwargs, call.finish)


def empty(
    samples: Callable[[], Iterable[Any]],
    limit: Optional[int],  # noqa: UP045 - Python 3.9 reads it
) -> list[Any]:
    """The first samples in which some tensor holds nothing.

    Where there are none they are made of the first others: nothing is left of the first dimension
    of every tensor, or of the input alone. Not every operator takes what comes of that; then its
    reference does not either, and the sample does not count.
    """
    own = list(itertools.islice(filter(_is_empty, samples()), limit))
    if own:
        return own
    made = (_emptied(one, whole=whole) for one in samples() for whole in (True, False))
    return list(itertools.islice(filter(_is_empty, made), limit))


def _is_empty(sample: Any) -> bool:  # noqa: ANN401 - SampleInput
    return any(not item.numel() for item in _tensors(sample))


def _emptied(sample: Any, *, whole: bool) -> Any:  # noqa: ANN401 - SampleInput
    args, kwargs = (sample.args, sample.kwargs)
    if whole:
        args, kwargs = tree_map(_nothing_of, (args, kwargs))
    return type(sample)(
        tree_map(_nothing_of, sample.input),
        args=args,
        kwargs=kwargs,
        output_process_fn_grad=sample.output_process_fn_grad,
    )


def _tensors(sample: Any) -> Iterator[torch.Tensor]:  # noqa: ANN401 - SampleInput
    flat, _ = tree_flatten((sample.input, sample.args, sample.kwargs))
    return (item for item in flat if isinstance(item, torch.Tensor))


def _nothing_of(item: Any) -> Any:  # noqa: ANN401 - any leaf of a tree of arguments
    if not isinstance(item, torch.Tensor) or not item.ndim or item.layout != torch.strided:
        return item
    return item.detach()[:0].clone().requires_grad_(item.requires_grad)


def _strided(item: Any) -> Any:  # noqa: ANN401 - any leaf of a tree of arguments
    if not isinstance(item, torch.Tensor) or item.layout != torch.strided or item.numel() <= 1:
        return item
    apart = torch.stack([item.detach(), torch.zeros_like(item)], dim=-1)[..., 0]
    return apart.requires_grad_(item.requires_grad)
