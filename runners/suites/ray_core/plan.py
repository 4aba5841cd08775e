"""Which cases there are: an id, and what finds out about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from runners.suites.ray_core import (
    accelerators,
    actors,
    failing,
    nodes,
    objects,
    placing,
    tasks,
)
from runners.suites.ray_core.cluster import Cluster
from runners.suites.ray_core.found import Detail
from runners.suites.ray_core.speed import SPEEDS, Speed


class Check(NamedTuple):
    """One case. `find` raises `Wrong` where Ray is; its detail else."""

    id: str
    find: Callable[[Cluster], Detail]


CHECKS = (
    Check("cluster.alone", nodes.alone),
    Check("cluster.stranger", nodes.stranger),
    Check("tasks.arguments", tasks.arguments),
    Check("tasks.references", tasks.references),
    Check("tasks.nested", tasks.nested),
    Check("tasks.wait", tasks.wait),
    Check("tasks.timeout", tasks.timeout),
    Check("tasks.generator", tasks.generator),
    Check("tasks.generator-error", tasks.generator_error),
    Check("tasks.generator-delegating", tasks.generator_delegating),
    Check("tasks.error", tasks.raised),
    Check("tasks.error-passed-on", tasks.passed_on),
    Check("tasks.crash", failing.crash),
    Check("tasks.retries", failing.retries),
    Check("tasks.retry-exceptions", failing.retry_exceptions),
    Check("tasks.cancel", failing.cancel),
    Check("tasks.cancel-pending", failing.cancel_pending),
    Check("tasks.cancel-forced", failing.cancel_forced),
    Check("tasks.environment", nodes.environment),
    Check("actors.order", actors.order),
    Check("actors.state", actors.state),
    Check("actors.async", actors.concurrent),
    Check("actors.threads", actors.threaded),
    Check("actors.generator", actors.generator),
    Check("actors.named", actors.named),
    Check("actors.detached", actors.detached),
    Check("actors.dropped", actors.dropped),
    Check("actors.death", actors.death),
    Check("actors.restart", actors.restart),
    Check("actors.constructor", actors.unborn),
    Check("actors.error", actors.raised),
    Check("objects.round-trip", objects.round_trip),
    Check("objects.zero-copy", objects.zero_copy),
    Check("objects.transfer", objects.transfer),
    Check("objects.released", objects.released),
    Check("objects.ownership", objects.ownership),
    Check("objects.spilling", objects.spilling),
    Check("placement.pack", placing.pack),
    Check("placement.spread", placing.spread),
    Check("placement.strict-pack", placing.strict_pack),
    Check("placement.strict-spread", placing.strict_spread),
    Check("placement.reserved", placing.reserved),
    Check("placement.removed", placing.removed),
    Check("resources.limited", placing.limited),
    Check("resources.labels", placing.labels),
    Check("resources.nowhere", placing.nowhere),
    Check("nodes.death", nodes.death),
    Check("nodes.reconstruction", nodes.reconstruction),
)


def cases(device: str, allowed: int) -> Iterator[Check | Speed]:
    """Every case but the cluster's own start and end; the device matters to one alone."""
    yield from CHECKS
    isolated = partial(accelerators.isolated, device=device, allowed=allowed)
    yield Check("accelerators.isolated", isolated)
    yield from SPEEDS
