"""Calls a model and takes its answer apart into named tensors of numbers."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, Optional  # Any: Transformers is not installed beside mypy

import torch

from runners.suites.transformers_architectures.inputs import Inputs, placed
from runners.suites.transformers_architectures.weights import SEED

Named = Mapping[str, torch.Tensor]


def answer(model: Any, inputs: Inputs, seed: int = SEED) -> Named:  # noqa: ANN401 - a model
    """The floating tensors of the model's answer, by their path in it, without a cache.

    Inputs are moved to where the model lies and numbers to its dtype. torch's generators are
    seeded before.
    """
    torch.manual_seed(seed)
    known = inspect.signature(model.forward).parameters
    quiet = {"use_cache": False} if "use_cache" in known else {}
    return dict(_named(model(**placed(inputs, model), **quiet), ""))


def gradients(model: Any, named: Named) -> dict[str, Optional[torch.Tensor]]:  # noqa: ANN401, UP045 - Python 3.9
    """The gradient of each parameter, by its name; None where the answer does not need it.

    What is differentiated is the sum of all elements of the answer, each times a number out of
    33 between -2 and 2 that are exact in every dtype.
    """
    wanted = {name: one for name, one in model.named_parameters() if one.requires_grad}
    weighted = [_weighted(one) for one in named.values() if one.requires_grad]
    total = torch.stack(weighted).sum()
    found = torch.autograd.grad(total, list(wanted.values()), allow_unused=True)
    return dict(zip(wanted, found))  # noqa: B905 - Python 3.9 has no strict


def _weighted(one: torch.Tensor) -> torch.Tensor:
    source = torch.Generator().manual_seed(SEED)
    shares = torch.randint(-16, 17, one.shape, generator=source).double() / 8
    return (one * shares.to(one.dtype).to(one.device)).sum()


def _named(item: Any, path: str) -> Iterator[tuple[str, torch.Tensor]]:  # noqa: ANN401 - any value
    if isinstance(item, torch.Tensor):
        if item.is_floating_point():
            yield path or "answer", item
    elif isinstance(item, Mapping):
        for name, one in item.items():
            yield from _named(one, f"{path}.{name}".lstrip("."))
    elif isinstance(item, (list, tuple)):
        for number, one in enumerate(item):
            yield from _named(one, f"{path}[{number}]")
