"""An operator over a batch by `vmap`, beside what a loop over the batch says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple  # Any: operators, samples and their answers

import torch
from torch.utils._pytree import tree_flatten, tree_unflatten

_NOT_BATCHABLE = (
    "vmap:",
    "Batching rule not implemented",
    "does not yet have a batching rule",
    "while the running_mean or running_var",  # kept for all members together
    "data-dependent",
    "data_ptr",
    "called random operation while in randomness error mode",
    "over an in-place",
    "dynamic shape",
)


class Batch(NamedTuple):
    """What `vmap` found, and what is right; or why they cannot be compared."""

    found: Any = None
    right: Any = None
    how: str = ""
    excuse: str = ""


def batches(op: Any, sample: Any) -> Iterator[Batch]:  # noqa: ANN401 - OpInfo, SampleInput
    """Two batches of a sample: of all its tensors, and of the first alone.

    The second member is half of the first, which stays in every domain that op_db's samples are
    drawn from: positive numbers, probabilities, definite and triangular matrices.
    """
    flat, tree = tree_flatten((sample.input, tuple(sample.args), sample.kwargs))
    at = [place for place, leaf in enumerate(flat) if _is_batchable(leaf)]
    for chosen, how in ((at, "every tensor in a batch"), (at[:1], "the first tensor in a batch")):
        if chosen:
            yield _batch(op, flat, tree, chosen)._replace(how=how)


def _batch(op: Any, flat: Sequence[Any], tree: Any, chosen: Sequence[int]) -> Batch:  # noqa: ANN401 - torch's
    def call(*leaves: torch.Tensor) -> Any:  # noqa: ANN401 - any tree of answers
        whole = list(flat)
        for place, leaf in zip(chosen, leaves):  # noqa: B905 - Python 3.9 has no strict
            whole[place] = leaf
        first, args, kwargs = tree_unflatten(whole, tree)
        return tree_flatten(op(first, *args, **kwargs))[0]

    one = [flat[place].detach().clone() for place in chosen]
    two = [_other(leaf) for leaf in one]
    right = _stacked(call, one, two)
    if isinstance(right, str):
        return Batch(excuse=right)
    try:
        found = torch.func.vmap(call)(*(torch.stack(pair) for pair in zip(one, two)))  # noqa: B905 - the same
    except (RuntimeError, ValueError) as error:
        if any(words in str(error) for words in _NOT_BATCHABLE):
            return Batch(excuse=f"capability: {str(error).splitlines()[0][:300]}")
        raise
    return Batch(found, right)


def _stacked(call: Any, one: Sequence[Any], two: Sequence[Any]) -> Any:  # noqa: ANN401 - a text or tensors
    """What a loop says of both, stacked; a text where that is no batch."""
    answers = []
    for leaves in (one, two):
        copies = ([leaf.clone() for leaf in leaves] for _ in range(2))
        first, again = (call(*copy) for copy in copies)
        if not all(isinstance(leaf, torch.Tensor) for leaf in first):
            return "reference: it answers with something else than tensors"
        if any(leaf.layout != torch.strided for leaf in first):
            return "reference: it answers with a sparse tensor"
        if not all(map(_is_same, first, again)):
            return "reference: it is random"
        answers.append(first)
    pairs = list(zip(*answers))  # noqa: B905 - Python 3.9 has no strict
    if any(a.shape != b.shape for a, b in pairs):
        return "reference: what comes out depends on the numbers"
    return [torch.stack(pair) for pair in pairs]


def _is_same(a: torch.Tensor, b: torch.Tensor) -> bool:
    return bool(a.shape == b.shape and torch.allclose(a, b, equal_nan=True))


def _is_batchable(leaf: Any) -> bool:  # noqa: ANN401 - any leaf of a tree of arguments
    return (
        isinstance(leaf, torch.Tensor) and leaf.layout == torch.strided and leaf.is_floating_point()
    )


def _other(leaf: torch.Tensor) -> torch.Tensor:
    return leaf / 2
