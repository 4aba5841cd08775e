"""Which cases there are: an id, a dtype, and what finds out about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from runners.suites.executorch_pte import checks
from runners.suites.executorch_pte.checks import Found
from runners.suites.executorch_pte.given import Given


class Task(NamedTuple):
    """One case."""

    id: str
    dtype: str
    check: Callable[[], Found]


def tasks(made: Given) -> Iterator[Task]:
    """Every case: the place, the runner, then program by program as they were announced."""
    yield Task("no-torch", "", partial(checks.without_torch, made))
    yield Task("runner", "", partial(checks.starts, made))
    for name in made.programs:
        dtype = "int8" if name.startswith("int8.") else "float32"
        for check in (checks.parity, checks.repeats, checks.refused, checks.latency):
            yield Task(f"{name}.{check.__name__}", dtype, partial(check, made, name))
