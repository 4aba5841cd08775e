"""Which cases there are: an id, a dtype, and what finds out about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from runners.suites.tiny_models.architectures import ARCHITECTURES
from runners.suites.vllm_engine.found import Found
from runners.suites.vllm_models import features, sampling
from runners.suites.vllm_models.bench import Bench
from runners.suites.vllm_models.writing import writes


class Task(NamedTuple):
    """One case."""

    id: str
    dtype: str
    check: Callable[[Bench], Found]


def tasks() -> Iterator[Task]:
    """Every case: what asks the plain engine first, so that one shard starts it early."""
    for id_, check in sampling.CHECKS:
        yield Task(id_, "float32", check)
    for id_, is_right, structured in sampling.FORMS:
        yield Task(id_, "float32", partial(sampling.formed, is_right, structured))
    for id_, dtype, look in features.OTHERS:
        yield Task(id_, dtype, look)
    for feature in features.FEATURES:
        yield Task(feature.id, feature.dtype, partial(features.unchanged, feature))
    for one in ARCHITECTURES:
        check_ = partial(writes, architecture=one.id, dtype="float32")
        yield Task(f"{one.id}.generate", "float32", check_)
    narrow = partial(writes, architecture=features.MODEL, dtype="bfloat16")
    yield Task(f"{features.MODEL}.generate", "bfloat16", narrow)
