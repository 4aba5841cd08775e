"""Seeded numbers for the weights of a model, the same in every release and whatever the order.

Initial weights of most architectures are so small that attention is all but uniform and a fault
in it would not be seen. So matrices are drawn such that signals neither fade nor grow: normal,
with the variance 1 / fan-in (X. Glorot and Y. Bengio, AISTATS 2010); vectors are moved from what
the model begins with.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import torch

SEED = 0
_MOVED_BY = 0.1
_CONVOLUTIONS = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)


def fill(model: torch.nn.Module) -> None:
    """Give every parameter its numbers, by its name."""
    for name, parameter, module in _parameters(model):
        source = torch.Generator().manual_seed(zlib.crc32(name.encode()))
        noise = torch.randn(parameter.shape, generator=source, dtype=torch.float32)
        with torch.no_grad():
            if parameter.dim() < 2:  # noqa: PLR2004 - a vector
                parameter.add_(_MOVED_BY * noise)
            else:
                parameter.copy_(noise / _fan_in(parameter, module) ** 0.5)


def _parameters(
    model: torch.nn.Module,
) -> Iterator[tuple[str, torch.nn.Parameter, torch.nn.Module]]:
    """Each parameter that learns, by its first name, with the module that holds it."""
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            yield name, parameter, model.get_submodule(name.rpartition(".")[0])


def _fan_in(parameter: torch.nn.Parameter, module: torch.nn.Module) -> int:
    """How many inputs each output sums. Of stacked matrices (experts) the last side counts."""
    inputs = parameter[0].numel() if isinstance(module, _CONVOLUTIONS) else parameter.shape[-1]
    return max(1, int(inputs))
