"""Calling Ray: tasks and actors of plain functions and classes, and errors that have to come."""

from __future__ import annotations

from typing import Any  # what a remote call gives is anything

import ray

from runners.suites.ray_core.found import Wrong, told

PATIENCE_SECONDS = 60


def task(function: Any, *args: object, **options: object) -> Any:  # noqa: ANN401 - Ray's own
    """The reference to what a task will give; options are those of `ray.remote`."""
    return prepared(function, **options).remote(*args)


def prepared(work: Any, **options: object) -> Any:  # noqa: ANN401 - Ray's own
    """A function as a task, or a class as an actor, with options of `ray.remote`."""
    remote: Any = ray.remote
    return remote(**options)(work) if options else remote(work)


def actor(kind: Any, *args: object, **options: object) -> Any:  # noqa: ANN401 - Ray's own
    """A handle to a new actor, which holds no CPU unless the options say so."""
    return prepared(kind, **{"num_cpus": 0, **options}).remote(*args)


def value(of: Any) -> Any:  # noqa: ANN401 - anything
    """What a reference, or each of a list, stands for; waits for it, but not for ever."""
    return ray.get(of, timeout=PATIENCE_SECONDS)


def error(of: Any, *kinds: type[Exception]) -> Exception:  # noqa: ANN401 - a reference
    """The error that a reference has to end in; another one, or a value, is Wrong."""
    names = " or ".join(kind.__name__ for kind in kinds)
    try:
        found = value(of)
    except kinds as expected:
        return expected
    except Exception as other:
        raise Wrong(f"{told(other)}, instead of {names}") from other
    raise Wrong(f"the value {str(found)[:100]} instead of {names}")
