"""Where work is placed: placement groups, resources and labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any  # Ray's own

import ray
from ray import exceptions
from ray.util import placement_group, placement_group_table, remove_placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

from runners.suites.ray_core import actor_kinds, work
from runners.suites.ray_core.calls import PATIENCE_SECONDS, actor, error, task, value
from runners.suites.ray_core.cluster import CPUS, SEATS, Cluster, zone_of
from runners.suites.ray_core.found import Detail, Wrong, awaited, holds, same

_SOON_SECONDS = 2


def pack(_: Cluster) -> Detail:
    """Bundles that fit on one node go to one, and those that do not go to several."""
    with _group(1, 1, strategy="PACK") as group:
        same("nodes of what fits on one", len(set(_ran(group))), 1)
    with _group(*[1] * (CPUS + 1), strategy="PACK") as group:
        same("nodes of what does not", len(set(_ran(group))), 2)
    return {"bundles": [2, CPUS + 1]}


def spread(_: Cluster) -> Detail:
    """Bundles go to as many nodes as there are, and share them where there are more of them."""
    with _group(1, 1, strategy="SPREAD") as group:
        same("nodes of two", len(set(_ran(group))), 2)
    with _group(1, 1, 1, strategy="SPREAD") as group:
        same("nodes of three", len(set(_ran(group))), 2)
    return {"bundles": [2, 3]}


def strict_pack(_: Cluster) -> Detail:
    """All bundles on one node, or none at all."""
    with _group(1, 1, strategy="STRICT_PACK") as group:
        same("nodes", len(set(_ran(group))), 1)
    _never(*[1] * (CPUS + 1), strategy="STRICT_PACK")
    return {"waited_seconds": _SOON_SECONDS}


def strict_spread(_: Cluster) -> Detail:
    """Each bundle on a node of its own, or none at all."""
    with _group(1, 1, strategy="STRICT_SPREAD") as group:
        same("nodes", len(set(_ran(group))), 2)
    _never(1, 1, 1, strategy="STRICT_SPREAD")
    return {"waited_seconds": _SOON_SECONDS}


def reserved(_: Cluster) -> Detail:
    """What a group reserves nobody else gets, until it is removed."""
    with _group(CPUS, CPUS, strategy="STRICT_SPREAD") as group:
        outside = task(work.where)
        holds(not ray.wait([outside], timeout=_SOON_SECONDS)[0], "a task ran in reserved CPUs")
        same("a task inside", len(value(_inside(work.where, group, 0))) > 0, right=True)
    value(outside)
    return {"waited_seconds": _SOON_SECONDS}


def removed(cluster: Cluster) -> Detail:
    """With a group end the actor and the task that are in it."""
    with _group(1, 1, strategy="PACK") as group:
        placed = actor(actor_kinds.Ledger, num_cpus=1, scheduling_strategy=_in(group, 0))
        value(placed.process.remote())
        path = cluster.path("sleep")
        running = _inside(work.sleep, group, 1, path)
        awaited(lambda: Path(path).exists(), "the task did not begin")
        remove_placement_group(group)
        awaited(lambda: _state(group) == "REMOVED", "the group is not removed")
        told = error(placed.all.remote(), exceptions.ActorPlacementGroupRemoved, *_ACTOR)
        ended = error(running, exceptions.TaskPlacementGroupRemoved, *_WORKER)
    return {"actor": type(told).__name__, "task": type(ended).__name__}


def limited(cluster: Cluster) -> Detail:
    """As many tasks run at once as a resource has room for, whole or in halves, and no more."""
    found = {}
    for share in (1.0, 0.5):
        room = int(SEATS / share)
        times = _met(share, room, cluster.path("met"))
        overlap = max(sum(a <= begin < b for a, b in times) for begin, _ in times)
        same(f"tasks at once, of {share:g} seats each", overlap, room)
        found[f"{share:g} seats each"] = overlap
    return {"at_once": found}


def labels(_: Cluster) -> Detail:
    """A label selector leads to the nodes that it names."""
    right = {"west": "west", "!west": "east", "in(east)": "east", "!in(east)": "west"}
    for asked, zone in right.items():
        selector = {"zone": asked}
        ran = value([task(work.where, num_cpus=0, label_selector=selector) for _ in range(4)])
        same(f"zones of {asked}", {zone_of(node) for node in ran}, {zone})
    return {"selectors": list(right)}


def nowhere(_: Cluster) -> Detail:
    """What no node offers is never run, and can be cancelled."""
    asked: Sequence[dict[str, Any]] = (
        {"label_selector": {"zone": "north"}},
        {"resources": {"unheard-of": 1}},
        {"num_cpus": 50},
    )
    waiting = [task(work.where, **options) for options in asked]
    ready = ray.wait(waiting, timeout=_SOON_SECONDS)[0]
    holds(not ready, "a task ran where nothing offers what it needs")
    for one in waiting:
        ray.cancel(one)
        error(one, exceptions.TaskCancelledError)
    return {"waited_seconds": _SOON_SECONDS}


_ACTOR = (exceptions.ActorDiedError,)
_WORKER = (exceptions.WorkerCrashedError,)


@contextmanager
def _group(*cpus: float, strategy: str) -> Iterator[Any]:
    group = placement_group([{"CPU": each} for each in cpus], strategy=strategy)
    try:
        if not group.wait(PATIENCE_SECONDS):
            raise Wrong(f"{strategy} of {cpus} was not placed in {PATIENCE_SECONDS} s")
        yield group
    finally:
        _remove(group)


def _never(*cpus: float, strategy: str) -> None:
    """Raises Wrong where a group that has no room is placed."""
    group = placement_group([{"CPU": each} for each in cpus], strategy=strategy)
    try:
        holds(not group.wait(_SOON_SECONDS), f"{strategy} of {cpus} was placed")
    finally:
        _remove(group)


def _remove(group: Any) -> None:  # noqa: ANN401 - Ray's own
    remove_placement_group(group)
    awaited(lambda: _state(group) == "REMOVED", "the group is not removed")


def _state(group: Any) -> str:  # noqa: ANN401 - Ray's own
    return str(placement_group_table(group)["state"])


def _ran(group: Any) -> list[str]:  # noqa: ANN401 - Ray's own
    """The nodes that tasks in each bundle ran on; Wrong where the group says something else."""
    many = len(group.bundle_specs)
    found: list[str] = value([_inside(work.where, group, at) for at in range(many)])
    said = placement_group_table(group)["bundles_to_node_id"]
    same("nodes of the bundles", found, [said[at] for at in range(many)])
    return found


def _inside(function: Any, group: Any, at: int, *args: object) -> Any:  # noqa: ANN401 - Ray's own
    return task(function, *args, scheduling_strategy=_in(group, at), max_retries=0)


def _in(group: Any, at: int) -> PlacementGroupSchedulingStrategy:  # noqa: ANN401 - Ray's own
    return PlacementGroupSchedulingStrategy(group, placement_group_bundle_index=at)


def _met(share: float, room: int, path: str) -> list[tuple[float, float]]:
    """When each of three times as many tasks as there is room for began and ended.

    The first ones end only once all that there is room for have begun.
    """
    taken = {"seat": share}
    found: list[tuple[float, float]] = value(
        [task(work.meet, path, room, num_cpus=0, resources=taken) for _ in range(3 * room)]
    )
    return found
