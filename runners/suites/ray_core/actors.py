"""Actors: their state and order, how many they serve at once, names, lives and deaths."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any  # a handle

import ray
from ray import exceptions

from runners.suites.ray_core import actor_kinds, processes, work
from runners.suites.ray_core.calls import PATIENCE_SECONDS, actor, error, task, value
from runners.suites.ray_core.cluster import Cluster
from runners.suites.ray_core.found import Detail, Wrong, awaited, holds, same

CALLS, AT_ONCE = 500, 20
VISITED = "visited"
_LAUNCHER = Path(__file__).resolve().parent.parent / "__main__.py"


def order(_: Cluster) -> Detail:
    """Calls of one handle come in the order in which they were made, each of them once."""
    ledger = actor(actor_kinds.Ledger)
    counts = value([ledger.add.remote(number) for number in range(CALLS)])
    same("how many entries each call saw", counts, list(range(1, CALLS + 1)))
    same("the entries", value(ledger.all.remote()), list(range(CALLS)))
    _end(ledger)
    return {"calls": CALLS}


def state(_: Cluster) -> Detail:
    """Two actors of a class have a state each, in a process each; a handle can be handed on."""
    one, other = actor(actor_kinds.Ledger, 1), actor(actor_kinds.Ledger, 2)
    value([one.add.remote(5), other.add.remote(6)])
    same("entries", value([one.all.remote(), other.all.remote()]), [[1, 5], [2, 6]])
    pids = value([one.process.remote(), other.process.remote()])
    same("processes", len({*pids, os.getpid()}), 3)
    same("a task with the handle", value(task(work.enter, one, 7)), 3)
    _end(one, other)
    return {"actors": 2}


def concurrent(_: Cluster) -> Detail:
    """Calls of an asynchronous actor wait for each other inside it."""
    meeting = actor(actor_kinds.Meeting, max_concurrency=AT_ONCE)
    found = value([meeting.arrive.remote(number, AT_ONCE) for number in range(AT_ONCE)])
    same("who met", found, list(range(AT_ONCE)))
    _end(meeting)
    return {"calls_at_once": AT_ONCE}


def threaded(_: Cluster) -> Detail:
    """Calls of an actor with threads wait for each other, each in a thread of its own."""
    threads = actor(actor_kinds.Threads, 4, max_concurrency=4)
    met = value([threads.arrive.remote() for _ in range(4)])
    same("threads", len(set(met)), 4)
    _end(threads)
    return {"threads": 4}


def generator(_: Cluster) -> Detail:
    """A method that yields is a stream."""
    ledger = actor(actor_kinds.Ledger)
    stream = ledger.numbers.options(num_returns="streaming").remote(10)
    same("the stream", [value(one) for one in stream], list(range(10)))
    _end(ledger)
    return {"values": 10}


def named(_: Cluster) -> Detail:
    """A name leads to its actor from everywhere in the namespace, is given once, and is freed."""
    ledger = actor(actor_kinds.Ledger, 4, name="ledger")
    value(ledger.process.remote())
    same("entries, by name, in a task", value(task(work.entries, "ledger")), [4])
    again = actor(actor_kinds.Ledger, 9, name="ledger", get_if_exists=True)
    same("entries of the one that exists", value(again.all.remote()), [4])
    _refused(lambda: actor(actor_kinds.Ledger, name="ledger"), "a name was given twice")
    _refused(lambda: ray.get_actor("ledger", namespace="elsewhere"), "it is known elsewhere")
    _end(ledger)
    seconds = awaited(lambda: _is_unknown("ledger"), "the name of a killed actor is known")
    return {"freed_after_seconds": seconds, "tolerance": "exact; the name is free within 60 s"}


def detached(cluster: Cluster) -> Detail:
    """A detached actor outlives the driver that made it, with its state; another does not."""
    pids = _visit(cluster)
    ledger: Any = ray.get_actor("detached", namespace=VISITED)
    same("its entries", value(ledger.all.remote()), [11, 12])
    same("its process", value(ledger.process.remote()), pids["detached"])
    seconds = awaited(
        lambda: not processes.is_alive(pids["attached"]), "an actor outlives its driver"
    )
    _end(ledger)
    awaited(lambda: _is_unknown("detached", VISITED), "a killed actor is known")
    return {"attached_gone_after_seconds": seconds, "tolerance": "exact; gone within 60 s"}


def dropped(_: Cluster) -> Detail:
    """An actor ends when nobody has a handle to it."""
    ledger = actor(actor_kinds.Ledger)
    pid = value(ledger.process.remote())
    del ledger
    seconds = awaited(lambda: not processes.is_alive(pid), "it lives without a handle")
    return {"seconds": seconds, "tolerance": "gone within 60 s"}


def death(_: Cluster) -> Detail:
    """What an actor was doing when it died, and all that it is asked then, is ActorDiedError."""
    ledger = actor(actor_kinds.Ledger, max_restarts=0)
    value(ledger.process.remote())
    found = error(ledger.die.remote(), exceptions.ActorDiedError)
    error(ledger.all.remote(), exceptions.ActorDiedError)
    return {"says": str(found).strip().splitlines()[0][:200]}


def restart(_: Cluster) -> Detail:
    """An actor that may be restarted once begins anew after its first death, not the second."""
    ledger = actor(actor_kinds.Ledger, 3, max_restarts=1, max_task_retries=0)
    same("entries", value(ledger.add.remote(4)), 2)
    first = value(ledger.process.remote())
    ended = exceptions.RayActorError
    error(ledger.die.remote(), ended)
    awaited(lambda: _answers(ledger), "it was not restarted")
    same("entries after its restart", value(ledger.all.remote()), [3])
    holds(value(ledger.process.remote()) != first, "it is in the process that died")
    error(ledger.die.remote(), ended)
    error(ledger.all.remote(), exceptions.ActorDiedError)
    return {"max_restarts": 1}


def unborn(_: Cluster) -> Detail:
    """What the constructor raised is told with the first call."""
    found = error(actor(actor_kinds.Unborn).process.remote(), exceptions.ActorDiedError)
    holds("refused to be born" in str(found), "the constructor's error is not told")
    return {"error": type(found).__name__}


def raised(_: Cluster) -> Detail:
    """An error of a method is the caller's, and the actor lives on with its state."""
    ledger = actor(actor_kinds.Ledger, 3)
    error(ledger.refuse.remote(), work.Refused)
    same("its entries", value(ledger.all.remote()), [3])
    _end(ledger)
    return {}


def _answers(ledger: Any) -> bool:  # noqa: ANN401 - a handle
    try:
        ray.get(ledger.process.remote(), timeout=10)
    except (exceptions.ActorUnavailableError, exceptions.GetTimeoutError):
        return False
    return True


def _is_unknown(name: str, namespace: str | None = None) -> bool:
    try:
        ray.get_actor(name, namespace=namespace)
    except ValueError:
        return True
    return False


def _refused(call: Any, otherwise: str) -> None:  # noqa: ANN401 - a call of Ray's
    try:
        call()
    except ValueError:
        return
    raise Wrong(otherwise)


def _end(*actors: Any) -> None:  # noqa: ANN401 - handles
    for one in actors:
        ray.kill(one)


def _visit(cluster: Cluster) -> dict[str, int]:
    """The processes of two actors, by name, that a driver of its own has made and left."""
    asked = ["ray_core.visitor", f"address={cluster.address}"]
    told = cluster.path("visited")
    done = subprocess.run(
        [sys.executable, "-I", str(_LAUNCHER), *asked, f"told={told}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=2 * PATIENCE_SECONDS,
        check=False,
        text=True,
    )
    if done.returncode:
        raise Wrong(f"a second driver ended with {done.returncode}: {done.stdout[-500:]}")
    lines = (line.split() for line in Path(told).read_text().splitlines())
    return {name: int(pid) for name, pid in lines}
