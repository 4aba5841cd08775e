"""What Ray makes of the machine's accelerators: how many there are, and who may see which."""

from __future__ import annotations

from typing import Any  # Ray's own

import ray
from ray._private import accelerators

from runners.suites.harness import Skipped
from runners.suites.ray_core import work
from runners.suites.ray_core.calls import task, value
from runners.suites.ray_core.cluster import Cluster
from runners.suites.ray_core.found import Detail, holds, same

# Ray's resource of each kind of torch device.
_RESOURCES = {"cuda": "GPU", "xpu": "GPU", "npu": "NPU", "hpu": "HPU", "xla": "TPU", "tpu": "TPU"}


def detected(device: str) -> int:
    """How many accelerators of the device's kind Ray itself finds; 0 on a CPU."""
    resource = _RESOURCES.get(device.partition(":")[0])
    return 0 if resource is None else int(_manager(resource).get_current_node_num_accelerators())


def isolated(_: Cluster, device: str, allowed: int) -> Detail:
    """Each task that asks for one accelerator sees one, and two at once see two."""
    kind = device.partition(":")[0]
    if kind not in _RESOURCES:
        raise Skipped(f"capability: Ray has no resource for {kind}")
    resource, there = _RESOURCES[kind], detected(device)
    holds(there, f"Ray finds no {resource} here")
    if allowed:
        same(f"how many {resource} Ray finds", there, allowed)
    variable = str(_manager(resource).get_visible_accelerator_ids_env_var())
    many = min(there, 2)
    asked = {"num_gpus": 1} if resource == "GPU" else {"resources": {resource: 1}}
    seen = value([task(work.devices, [variable], 0.5, **asked) for _ in range(many)])
    for one in seen:
        same("accelerators of a task", len(one["ids"][resource]), 1)
        same(variable, one["variables"].get(variable), str(one["ids"][resource][0]))
    held = {one["ids"][resource][0] for one in seen}
    same("accelerators of tasks at once", len(held), many)
    return {"resource": resource, "detected": there, "seen": seen, "ray": ray.__version__}


def _manager(resource: str) -> Any:  # noqa: ANN401 - Ray's own
    """What knows the accelerators of a resource."""
    return accelerators.get_accelerator_manager_for_resource(resource)
