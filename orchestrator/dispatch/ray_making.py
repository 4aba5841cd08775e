"""Makes the actors of a slot: one, or one on each of several nodes, placed all or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.dispatch.names import rank_name

NAMESPACE = "coevo"


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a slot is to be placed: what it takes by Ray's resources, which labels it needs.

    A slot of several `nodes` takes that much of each of them.
    """

    name: str
    amounts: Mapping[str, float]
    selector: Mapping[str, str]
    is_group: bool
    nodes: int = 1


def made(
    ray: Any,  # noqa: ANN401 - Ray's module
    plan: Plan,
    kit: bytes,
    about: Mapping[str, Any],
    args: tuple[object, ...],
) -> list[Any]:
    """The handles of its actors, rank 0 first."""
    from orchestrator.dispatch import ray_actor, ray_peer  # noqa: PLC0415 - go to Ray by value

    for module in (ray_actor, ray_peer):
        ray.cloudpickle.register_pickle_by_value(module)
    group = _group(ray, plan) if plan.is_group else None
    actor = ray.remote(ray_actor.SlotActor)
    handles = []
    for rank in range(plan.nodes):
        name = rank_name(plan.name, rank)
        options = _options(plan, name) | _placed(plan, group, rank)
        handles.append(actor.options(**options).remote(kit, {**about, "slot": name}, *args))
    return handles


def _options(plan: Plan, name: str) -> dict[str, Any]:
    """A slot outlives its driver and is never started again by Ray."""
    amounts = dict(plan.amounts)
    return {
        "name": name,
        "namespace": NAMESPACE,
        "lifetime": "detached",
        "max_restarts": 0,
        "max_task_retries": 0,
        "max_concurrency": 16,
        "get_if_exists": True,
        "num_cpus": amounts.pop("CPU", 0.0),
        "num_gpus": amounts.pop("GPU", 0.0),
        "resources": amounts,
    }


def _placed(plan: Plan, group: Any, rank: int) -> dict[str, Any]:  # noqa: ANN401 - Ray's
    """Where Ray puts it: wherever the labels are, or in its bundle of the group."""
    if group is None:
        return {"label_selector": dict(plan.selector)}
    from ray.util.scheduling_strategies import (  # noqa: PLC0415 - Ray is imported once it is used
        PlacementGroupSchedulingStrategy,
    )

    strategy = PlacementGroupSchedulingStrategy(group, placement_group_bundle_index=rank)
    return {"scheduling_strategy": strategy}


def _group(ray: Any, plan: Plan) -> Any:  # noqa: ANN401 - Ray's
    """What the whole slot takes, on as many different nodes as it spans."""
    return ray.util.placement_group(
        [dict(plan.amounts)] * plan.nodes,
        strategy="STRICT_SPREAD" if plan.nodes > 1 else "STRICT_PACK",
        name=plan.name,
        lifetime="detached",
        bundle_label_selector=[dict(plan.selector)] * plan.nodes,
    )
