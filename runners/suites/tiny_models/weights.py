"""Seeded numbers for a checkpoint, by the names of its tensors: the same bits on every machine.

They are drawn from SHAKE-256 of the seed and the name, not from torch's generator, whose normal
numbers differ by processor in their last bit. And it is the checkpoint that is filled, not the
model: names in checkpoints stay, while releases of Transformers fuse a model's weights otherwise.

Matrices are uniform with the variance 1 / fan-in, so that signals neither fade nor grow (X. Glorot
and Y. Bengio, AISTATS 2010); vectors are moved from what the architecture begins with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import torch

_MOVED_BY = 0.1
_BYTES = 2
_HALF = 1 << 15


def filled(name: str, before: torch.Tensor, seed: str) -> torch.Tensor:
    """The numbers of a tensor of the checkpoint: in float32, and exact in bfloat16.

    So an engine of either dtype has the same weights, and differs by what it computes alone.
    """
    noise = _uniform(f"{seed} {name}", before.shape)
    if before.dim() < 2:  # noqa: PLR2004 - a vector
        return _rounded(before.float() + _MOVED_BY * noise)
    inputs = before[0].numel() if before.dim() > 2 else before.shape[1]  # noqa: PLR2004 - convolutions
    return _rounded(noise * (3.0 / inputs) ** 0.5)


def fingerprint(tensors: Mapping[str, torch.Tensor]) -> str:
    """The sha256 of all names, shapes and bits (hex), whatever the order and the file's form."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        one = tensors[name].contiguous().float()
        digest.update(f"{name} {tuple(one.shape)}\n".encode())
        digest.update(one.numpy().tobytes())
    return digest.hexdigest()


def _rounded(numbers: torch.Tensor) -> torch.Tensor:
    return numbers.bfloat16().float()


def _uniform(told: str, shape: torch.Size) -> torch.Tensor:
    """Numbers in [-1, 1) that are whole multiples of 2^-15."""
    drawn = hashlib.shake_256(told.encode()).digest(_BYTES * shape.numel())
    whole = torch.frombuffer(bytearray(drawn), dtype=torch.int16).float()
    return (whole / _HALF).reshape(shape)
