"""Which cases there are: an id, a dtype, and what finds out about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from runners.suites.tiny_models.declared import Declared, built_in
from runners.suites.vllm_engine.found import Found
from runners.suites.vllm_models import features, given, sampling
from runners.suites.vllm_models.bench import Bench
from runners.suites.vllm_models.writing import writes

DTYPES = ("float32", "bfloat16")


class Task(NamedTuple):
    """One case."""

    id: str
    dtype: str
    check: Callable[[Bench], Found]


def tasks(more: Iterable[Declared] = ()) -> Iterator[Task]:
    """Every case: what asks the plain engine first, so that one shard starts it early.

    `more` are models that the suite is given; they come last.
    """
    for id_, check in sampling.CHECKS:
        yield Task(id_, "float32", check)
    for id_, is_right, structured in sampling.FORMS:
        yield Task(id_, "float32", partial(sampling.formed, is_right, structured))
    for id_, dtype, look in features.OTHERS:
        yield Task(id_, dtype, look)
    for feature in features.FEATURES:
        yield Task(feature.id, feature.dtype, partial(features.unchanged, feature))
    own = [one for one in built_in() if one.is_made]
    for dtype in DTYPES:
        for one in own:
            if dtype in one.dtypes:
                check_ = partial(writes, architecture=one.id, dtype=dtype)
                yield Task(f"{one.id}.generate", dtype, check_)
    for one in more:
        for dtype in one.dtypes:
            yield Task(f"{one.id}.generate", dtype, partial(given.writes, one=one, dtype=dtype))
