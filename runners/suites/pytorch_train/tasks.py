"""Which cases there are: an id, a dtype, and what finds out about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from runners.suites.pytorch_train import learning, loading, ranks, resuming
from runners.suites.pytorch_train.found import Found
from runners.suites.pytorch_train.recipes import RECIPES

NARROW = ("bfloat16", "float16")


class Task(NamedTuple):
    """One case; `check` is given the device."""

    id: str
    dtype: str
    check: Callable[[str], Found]


def tasks(devices: int) -> Iterator[Task]:
    """Every case; `devices` is how many accelerators may be used (0: nobody has said)."""
    for recipe in RECIPES:
        yield Task(f"{recipe.name}.loss", "float32", partial(learning.loss, recipe))
        yield Task(f"{recipe.name}.trajectory", "float32", partial(learning.follows, recipe))
        for dtype in NARROW:
            check = partial(learning.narrowed, recipe, dtype=dtype)
            yield Task(f"{recipe.name}.amp", dtype, check)
        yield Task(f"{recipe.name}.resume", "float32", partial(resuming.resume, recipe))
    yield Task("amp.overflow", "float16", learning.overflow)
    yield Task("dataloader.workers", "float32", loading.workers)
    yield Task("dataloader.pinned", "float32", loading.pinned)
    two_ranks = partial(ranks.two_ranks, allowed_devices=devices)
    yield Task("distributed.two-ranks", "float32", two_ranks)
