"""What a run is to queue, and which environments it needs resolved first: pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from matrix.expand import merged_id
from matrix.feeding import feeders
from matrix.markers import parted
from matrix.model import PLANNED, Axis, Job, Matrix, Overrides, Stack, Suite
from matrix.sources import PREINSTALLED, source

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LockRequest:
    """Requirements to be resolved, the stack's components filled in; `digest` names them.

    A component that is a version makes `name==2.1`, any other source `name @ SOURCE`. What is in
    `exclude` is left out. Lines of both may end with a marker (`matrix.markers`).
    """

    digest: str
    requirements: tuple[str, ...]
    exclude: tuple[str, ...] = ()


def to_queue(
    jobs: Iterable[Job],
    fresh: frozenset[str],
    is_offered: Callable[[Job], bool] = lambda _: True,
) -> tuple[Job, ...]:
    """The planned jobs that have no fresh result; `fresh` holds ids without shards.

    Jobs that no runner can take are queued too: they say so at once, and run when one comes. Those
    that feed a job are queued with it, fresh or not, but never for a job that nobody takes.
    """
    every = tuple(jobs)
    chosen = [job for job in every if job.status == PLANNED and merged_id(job) not in fresh]
    ids = {job.id for job in chosen}
    fed = [
        job
        for job in chosen
        if all(producer in ids for _, producer in job.inputs) or is_offered(job)
    ]
    return with_feeders(every, fed)


def with_feeders(every: Sequence[Job], chosen: Sequence[Job]) -> tuple[Job, ...]:
    """The chosen jobs, behind those of all that feed them and were not chosen themselves."""
    return (*feeders(every, chosen), *chosen)


def lock_request(suite: Suite, stack: Stack, overrides: Overrides) -> LockRequest | None:
    """What a job needs resolved; None where it brings no environment, or all is preinstalled."""
    environment = overrides.environment or suite.environment
    if environment is None or not environment.requirements:
        return None
    versions = dict(stack.components)
    wanted = (_filled(line, versions) for line in environment.requirements)
    filled = tuple(sorted(line for line in wanted if line))
    if not filled:
        return None
    without = tuple(sorted(environment.exclude))
    told = "\n".join((*filled, *(f"without {one}" for one in without)))
    return LockRequest(sha256(told.encode()).hexdigest(), filled, without)


def lock_requests(matrix: Matrix, jobs: Iterable[Job]) -> tuple[LockRequest, ...]:
    """The distinct requests of these jobs, in their order."""
    suites = {suite.name: suite for suite in matrix.suites}
    stacks = {stack.name: stack for stack in matrix.stacks}
    wanted = {(job.suite, job.stack, job.overrides.environment): job for job in jobs}
    found = (
        lock_request(suites[job.suite], stacks[job.stack], job.overrides) for job in wanted.values()
    )
    return tuple(dict.fromkeys(request for request in found if request is not None))


def cell_key(cell: Pairs, axes: Iterable[Axis]) -> str:
    """A cell's identity: its sorted pairs without those at their axis's default.

    So an axis that is added later, with a default, keeps the history of the cells before it.
    """
    defaults = {axis.name: axis.default for axis in axes}
    kept = sorted((name, value) for name, value in cell if defaults.get(name) != value)
    return ",".join(f"{name}={value}" for name, value in kept)


def _filled(line: str, versions: dict[str, str]) -> str:
    """`torch=={torch}` with the stack's source; a component it does not name stays free.

    "" for one that is preinstalled.
    """
    bare, marker = parted(line)
    found = _SOURCED.fullmatch(bare)
    said = versions.get(found["component"]) if found else None
    if said == PREINSTALLED:
        return ""
    if found and said is not None and source(said).kind != "version":
        return f"{found['name']} @ {said}{marker}"
    return _COMPONENT.sub(
        lambda hit: hit[0].replace(f"{{{hit[1]}}}", versions[hit[1]]) if hit[1] in versions else "",
        line,
    )


_SOURCED = re.compile(r"(?P<name>.+)==\{(?P<component>[\w.-]+)\}")
_COMPONENT = re.compile(r"(?:==)?\{([\w.-]+)\}")
