"""Which jobs feed which: for everything that a job uses, the one that produces it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from matrix.model import PLANNED, SKIPPED, Job, Matrix, Suite
from matrix.places import values

Uses = Mapping[str, Iterable[str]]
_LISTED = 3


def order(uses: Uses) -> tuple[str, ...]:
    """The suites, each behind those that it uses.

    Raises CycleError, whose second argument is the circle with its first suite at both ends.
    """
    return tuple(TopologicalSorter(uses).static_order())


def circle(uses: Uses) -> tuple[str, ...]:
    """Suites that wait for each other, in the order in which they feed; none where none do."""
    try:
        order(uses)
    except CycleError as error:
        return tuple(error.args[1])
    return ()


def fed(matrix: Matrix, jobs: Sequence[Job]) -> tuple[Job, ...]:
    """The jobs, each with the ids of those that feed it; skipped where one of these is missing.

    Two jobs match where they agree on every axis, on the stack, and on the parameters that both
    have, except where the producer's suite has its place. Of several that match, the one in the
    very same cell is meant.
    """
    suites = {suite.name: suite for suite in matrix.suites}
    uses = {suite.name: [name for _, name in suite.uses] for suite in matrix.suites}
    if not any(uses.values()):
        return tuple(jobs)
    of_suite: dict[str, list[int]] = defaultdict(list)
    for place, job in enumerate(jobs):
        of_suite[job.suite].append(place)
    found = list(jobs)
    for name in order(uses):
        if uses[name]:
            _feed(suites, found, of_suite, name)
    return tuple(found)


def feeders(jobs: Iterable[Job], wanted: Sequence[Job]) -> tuple[Job, ...]:
    """The jobs that those wanted need to be fed, directly or not, without the wanted themselves."""
    fed_ones = [job for job in wanted if job.inputs]
    if not fed_ones:
        return ()
    by_id = {job.id: job for job in jobs}
    seen = {job.id for job in wanted}
    waiting = [job.id for job in fed_ones]
    found = set()
    while waiting:
        for _, producer in by_id[waiting.pop()].inputs:
            if producer not in seen:
                seen.add(producer)
                found.add(producer)
                waiting.append(producer)
    return tuple(job for job in by_id.values() if job.id in found)


class _Source(NamedTuple):
    """The jobs of a producing suite, by the point that consumers are matched on."""

    suite: Suite
    jobs: Mapping[tuple[tuple[str, str], ...], Sequence[Job]]

    def of(self, job: Job) -> Job | str:
        """The job that feeds this one, or why there is none."""
        matching = self.jobs.get(_point(job, self.suite), ())
        planned = [one for one in matching if one.status == PLANNED and _agree(one, job)]
        nearest = [one for one in planned if one.cell == job.cell and one.stack == job.stack]
        match nearest or planned:
            case [one]:
                return one
            case []:
                return _none(self.suite, job, matching)
            case several:
                names = ", ".join(one.id for one in several[:_LISTED])
                return f"{len(several)} jobs of {self.suite.name} fit it: {names}"


def _feed(
    suites: Mapping[str, Suite], found: list[Job], of_suite: Mapping[str, list[int]], name: str
) -> None:
    """Match all jobs of a suite; what feeds it has been matched before."""
    sources = {
        kind: _source(suites[producer], [found[place] for place in of_suite[producer]])
        for kind, producer in suites[name].uses
    }
    for place in of_suite[name]:
        if found[place].status == PLANNED:
            found[place] = _matched(found[place], sources)


def _matched(job: Job, sources: Mapping[str, _Source]) -> Job:
    inputs = []
    for kind, source in sources.items():
        producer = source.of(job)
        if isinstance(producer, str):
            return replace(job, status=SKIPPED, reason=f"nothing makes its {kind}: {producer}")
        inputs.append((kind, producer.id))
    return replace(job, inputs=tuple(inputs))


def _source(suite: Suite, jobs: Iterable[Job]) -> _Source:
    table: dict[tuple[tuple[str, str], ...], list[Job]] = defaultdict(list)
    for job in jobs:
        table[_point(job, suite)].append(job)
    return _Source(suite, table)


def _point(job: Job, producer: Suite) -> tuple[tuple[str, str], ...]:
    """Where a job is, without what the producer's place fixes."""
    fixed = {key for key, admitted in values(producer.place).items() if len(admitted) == 1}
    point = (*job.cell, ("stack", job.stack))
    return tuple(pair for pair in point if pair[0] not in fixed)


def _agree(one: Job, other: Job) -> bool:
    theirs = dict(other.parameters)
    return all(theirs.get(key, value) == value for key, value in one.parameters)


def _none(suite: Suite, job: Job, matching: Sequence[Job]) -> str:
    skipped = next((one for one in matching if one.status == SKIPPED), None)
    if skipped is not None:
        return f"{skipped.id} is skipped, {skipped.reason}"
    where = "/".join(value for _, value in job.cell)
    return f"{suite.name} is not planned for {where} on {job.stack}; a `place` serves all cells"
