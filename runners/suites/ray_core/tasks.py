"""Tasks: what they are given and give, how they wait, stream, nest, and tell what went wrong."""

from __future__ import annotations

import time
from pathlib import Path

import ray
from ray import exceptions

from runners.suites.ray_core import work
from runners.suites.ray_core.calls import error, prepared, task, value
from runners.suites.ray_core.cluster import CPUS, Cluster
from runners.suites.ray_core.found import Detail, Wrong, holds, same


def arguments(_: Cluster) -> Detail:
    """Arguments by place and by name arrive, and several values come back apart."""
    given = ((1, "two", [3.0], {"four": None}), {"five": b"5"})
    found = value(prepared(work.echo).remote(*given[0], **given[1]))
    same("arguments", found, given)
    split = task(work.parts, 3, num_returns=3)
    same("three returns", value(list(split)), [0, 1, 2])
    return {"arguments": 5, "returns": 3}


def references(_: Cluster) -> Detail:
    """A reference as an argument is its value, a reference inside a list stays one."""
    numbers = [task(work.total, n, n) for n in range(5)]
    same("sum of references", value(task(work.total, *numbers)), 20)
    same("references in a list", value(task(work.opened, numbers)), [0, 2, 4, 6, 8])
    return {"references": len(numbers)}


def nested(_: Cluster) -> Detail:
    """A chain of tasks that wait for each other is longer than there are CPUs."""
    depth = 2 * CPUS + 2
    workers = value(task(work.chain, depth))
    same("different workers along the chain", len(set(workers)), depth + 1)
    return {"depth": depth, "cpus": 2 * CPUS}


def wait(cluster: Cluster) -> Detail:
    """`ray.wait` gives what is ready, no more than was asked for, and the rest."""
    gate = cluster.path("gate")
    closed = [task(work.after, gate, num_cpus=0) for _ in range(2)]
    ready = [task(work.nothing) for _ in range(3)]
    value(ready)
    some, rest = ray.wait([*closed, *ready], num_returns=2, timeout=30)
    same("how many are ready", len(some), 2)
    holds(set(some) <= set(ready), "a task that waits was said to be ready")
    same("how many are left", len(rest), 3)
    early, late = ray.wait(closed, num_returns=2, timeout=0.2)
    same("ready within 0.2 s of two that wait", (len(early), len(late)), (0, 2))
    Path(gate).touch()
    same("both in the end", value(closed), ["open", "open"])
    return {"tolerance": "exact; 0.2 s are waited for what cannot come"}


def timeout(cluster: Cluster) -> Detail:
    """`ray.get` gives up in time, and the value can be had later."""
    gate, began = cluster.path("gate"), time.monotonic()
    waiting = task(work.after, gate)
    try:
        ray.get(waiting, timeout=0.5)
        raise Wrong("a task that waits gave a value")
    except exceptions.GetTimeoutError:
        seconds = time.monotonic() - began
    holds(0.5 <= seconds < 10, f"it gave up after {seconds:.2f} s, not after 0.5")  # noqa: PLR2004 - as stated
    Path(gate).touch()
    same("the value later", value(waiting), "open")
    return {"seconds": round(seconds, 3), "tolerance": "0.5 to 10 s, for a busy machine"}


def generator(cluster: Cluster) -> Detail:
    """The first value of a streaming task can be had while the task is at its second."""
    gate = cluster.path("gate")
    stream = task(work.count_through, gate, 20, num_returns="streaming")
    first = value(next(stream))
    Path(gate).touch()
    same("the stream", [first, *(value(one) for one in stream)], list(range(20)))
    return {"values": 20}


def generator_error(_: Cluster) -> Detail:
    """What a stream gave before it failed stays, and its end is the error."""
    stream = task(work.count_and_refuse, 3, num_returns="streaming", max_retries=0)
    found = list(stream)
    same("references, with that of the error", len(found), 4)
    same("values before the error", value(found[:3]), [0, 1, 2])
    error(found[3], work.Refused)
    return {"values": 3}


def generator_delegating(_: Cluster) -> Detail:
    """A stream may hand on what another iterator gives, by `yield from`."""
    stream = task(work.hand_on, 5, num_returns="streaming", max_retries=0)
    same("the stream", [value(one) for one in stream], list(range(5)))
    return {"values": 5}


def raised(_: Cluster) -> Detail:
    """An error is of its own class and of Ray's, has its cause, and says where it was raised."""
    found = error(task(work.refuse, "wool"), work.Refused)
    holds(isinstance(found, exceptions.RayTaskError), f"{type(found)} is no RayTaskError")
    cause = getattr(found, "cause", None)
    holds(isinstance(cause, work.Refused), f"its cause is {cause!r}")
    for text in ("refused: wool", "KeyError", "in refuse"):
        holds(text in str(found), f"its text does not say {text!r}")
    return {"classes": [kind.__name__ for kind in type(found).__mro__[:4]]}


def passed_on(_: Cluster) -> Detail:
    """A task that depends on one which failed is not run, and fails with the same error."""
    failed = task(work.refuse, "wool")
    between = task(work.total, failed, 1)
    found = error(task(work.total, between, 1), work.Refused)
    holds("refused: wool" in str(found), "the first error's text is lost")
    return {"tasks": 3}
