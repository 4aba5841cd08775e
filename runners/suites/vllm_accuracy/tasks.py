"""Which cases there are: an id, a dtype, and what finds out about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from runners.suites.tiny_models.architectures import ARCHITECTURES
from runners.suites.vllm_accuracy import checks
from runners.suites.vllm_accuracy.bench import Bench
from runners.suites.vllm_accuracy.checks import Found

DTYPES = ("float32", "bfloat16")


class Task(NamedTuple):
    """One case."""

    id: str
    dtype: str
    check: Callable[[Bench], Found]


def tasks() -> Iterator[Task]:
    """Every case: both dtypes of a model lie in different shards."""
    for dtype in DTYPES:
        yield Task("copying", dtype, partial(checks.copies, dtype=dtype))
    for one in ARCHITECTURES:
        for dtype in DTYPES:
            check = partial(checks.forced, architecture=one.id, dtype=dtype)
            yield Task(f"{one.id}.logprobs", dtype, check)
