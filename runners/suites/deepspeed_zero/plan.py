"""Which cases there are: an id, a dtype, and what finds out about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from runners.suites.deepspeed_zero import checks
from runners.suites.deepspeed_zero.recipe import CLIP
from runners.suites.deepspeed_zero.way import Way
from runners.suites.deepspeed_zero.world import World
from runners.suites.pytorch_train.found import Found

STAGES = (0, 1, 2, 3)


class Check(NamedTuple):
    """One case; `find` is given the ranks."""

    id: str
    dtype: str
    find: Callable[[World], Found]


def plan() -> Iterator[Check]:
    """Every case, stage by stage."""
    for stage in STAGES:
        yield from _of(stage)
    yield Check("optimizer.cpu-adam", "float32", checks.cpu_adam)


def _of(stage: int) -> Iterator[Check]:
    def case(name: str, check: Callable[[World, Way], Found], way: Way, dtype: str) -> Check:
        return Check(f"zero-{stage}.{name}", dtype, lambda world: check(world, way))

    way = Way(stage)
    yield case("loss", checks.losses, way, "float32")
    yield case("accumulation", checks.losses, way._replace(accumulate=2), "float32")
    yield case("clipping", checks.losses, way._replace(clip=CLIP), "float32")
    yield case("partition", checks.partition, way, "float32")
    if stage:
        yield case("bf16", checks.narrowed, way._replace(bf16=True), "bfloat16")
        yield case("resume", checks.resume, way, "float32")
        yield case("consolidation", checks.consolidation, way, "float32")
