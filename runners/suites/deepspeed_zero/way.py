"""How DeepSpeed is to train: the stage of ZeRO, and what is added to it."""

from __future__ import annotations

from typing import NamedTuple


class Way(NamedTuple):
    """`clip`: the largest norm of a gradient (0: any)."""

    stage: int
    accumulate: int = 1
    clip: float = 0.0
    bf16: bool = False
