"""Trees of arguments and answers: their tensors, and a call of an operator on a sample."""

from __future__ import annotations

from typing import Any  # any tree

import torch
from torch.testing._internal.opinfo.core import OpInfo, SampleInput
from torch.utils._pytree import tree_flatten


def called(op: OpInfo, sample: SampleInput) -> Any:  # noqa: ANN401 - any tree of answers
    """What an operator says of a sample."""
    return op(sample.input, *sample.args, **sample.kwargs)


def tensors(tree: Any) -> list[torch.Tensor]:  # noqa: ANN401 - any tree
    """The tensors among its leaves, in order."""
    return [leaf for leaf in tree_flatten(tree)[0] if isinstance(leaf, torch.Tensor)]
