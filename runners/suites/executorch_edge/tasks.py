"""Which cases there are: an id, a dtype, and what finds out about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from runners.suites.executorch_edge import building, checks, others
from runners.suites.executorch_edge.found import Found
from runners.suites.executorch_edge.lowering import DELEGATES
from runners.suites.executorch_edge.models import MODELS, Model


class Task(NamedTuple):
    """One case."""

    id: str
    dtype: str
    check: Callable[[], Found]


def tasks() -> Iterator[Task]:
    """Every case: program by program, then the other delegates, and the runner."""
    for model in MODELS:
        for delegate in DELEGATES:
            yield from _of(model, delegate)
    for other in others.OTHERS:
        yield Task(f"delegate.{other.name}", "float32", partial(others.works, other))
    yield Task("runner.build", "", building.build)


def _of(model: Model, delegate: str) -> Iterator[Task]:
    every = [checks.parity, checks.repeats, checks.refused, checks.latency]
    if delegate != "portable":
        every.insert(0, checks.delegated)
    if model.grows:
        every.append(checks.bound)
    dtype = "int8" if model.is_quantized else "float32"
    for check in every:
        id_ = f"{model.name}.{delegate}.{check.__name__}"
        yield Task(id_, dtype, partial(check, model, delegate))
