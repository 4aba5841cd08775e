"""What the models are trained on: batches made by code on the CPU, in float64, from a generator."""

from __future__ import annotations

import math

import torch

SYMBOLS, COPIED = 12, 8
CLASSES, SIDE = 8, 16
TIMES = 24
_BATCH = 32

Batch = tuple[torch.Tensor, torch.Tensor]


def copies(source: torch.Generator) -> Batch:
    """Sequences that say eight random symbols twice; inputs and next symbols, (32, 15) each.

    Where the first half is still being said nothing can be foretold: -100 there, which
    cross-entropy leaves out.
    """
    said = torch.randint(SYMBOLS, (_BATCH, COPIED), generator=source)
    whole = torch.cat([said, said], dim=1)
    following = whole[:, 1:].clone()
    following[:, : COPIED - 1] = -100
    return whole[:, :-1], following


def gratings(source: torch.Generator) -> Batch:
    """Noisy waves in eight directions, (32, 1, 16, 16), and which direction it is, (32,)."""
    kinds = torch.randint(CLASSES, (_BATCH,), generator=source)
    angles = kinds * (math.pi / CLASSES)
    phases = _uniform(source, _BATCH) * 2 * math.pi
    places = torch.arange(SIDE, dtype=torch.float64)
    across = torch.cos(angles)[:, None, None] * places[None, None, :]
    down = torch.sin(angles)[:, None, None] * places[None, :, None]
    noise = torch.randn(_BATCH, SIDE, SIDE, generator=source, dtype=torch.float64)
    waves = torch.sin(1.2 * (across + down) + phases[:, None, None]) + 0.5 * noise
    return waves[:, None], kinds


def waves(source: torch.Generator) -> Batch:
    """Sines of unknown pitch and phase, and each one's next value, (32, 24, 1) both."""
    pitches = 0.2 + 0.6 * _uniform(source, _BATCH)
    phases = _uniform(source, _BATCH) * 2 * math.pi
    times = torch.arange(TIMES + 1, dtype=torch.float64)
    values = torch.sin(pitches[:, None] * times + phases[:, None])[:, :, None]
    return values[:, :-1], values[:, 1:]


def _uniform(source: torch.Generator, count: int) -> torch.Tensor:
    return torch.rand(count, generator=source, dtype=torch.float64)
