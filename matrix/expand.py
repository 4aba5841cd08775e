"""The jobs of a matrix: exclude, then include, as GitHub Actions documents them.

Source of the rules: "Running variations of jobs in a workflow", docs.github.com; MODEL in
docs/model.md says what Coevo adds. The time is linear in the number of jobs.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from typing import NamedTuple

from matrix.feeding import fed
from matrix.model import EXCLUDED, PLANNED, SKIPPED, Include, Job, Matrix, Overrides, Suite
from matrix.occasion import ANY, Leaving, Occasion
from matrix.places import displaced
from matrix.playground import Place, cells, values_of
from matrix.rules import Board, board, met, ones
from matrix.select import STACK, SUITE

Pairs = tuple[tuple[str, str], ...]


def expand(
    matrix: Matrix, offers: Sequence[Place] = (), occasion: Occasion = ANY
) -> tuple[Job, ...]:
    """Every job, planned or not, in the order of the declaration; ids are unique.

    The combinations that includes make of their own come behind, and last those of the playground:
    of the values that `offers` have on open axes, and nobody listed. A matrix that `load` returned
    expands without mistakes. What is planned depends on the occasion.
    """
    table, leaving = board(matrix), Leaving(occasion)
    with _uncollected():
        jobs = list(_product(matrix, table, _cells(table), leaving))
        made = list(_made(matrix, table, leaving))
        played = list(_played(matrix, offers, leaving))
    again = {job.id for job in made}
    if again:
        jobs = [job for job in jobs if job.id not in again]
    return fed(matrix, [*jobs, *made, *played])


def merged_id(job: Job) -> str:
    """The id of a job without its shard: what history is kept by."""
    return job.id.partition("#")[0]


class Combination(NamedTuple):
    """What an include makes of its own: a point of the axes, a suite and a stack."""

    include: Include
    cell: Pairs
    suite: Suite
    stack: str


def combinations(matrix: Matrix, table: Board) -> Iterator[Combination]:
    """The combinations that come from includes which add to none; bare axes take defaults.

    An include that leaves an axis open for which there is no default makes none.
    """
    unmet = ~met(table) & ((1 << table.includes) - 1)
    for place in ones(unmet):
        include = matrix.includes[place]
        cell = include_cell(matrix, include)
        if not include.when and cell is not None:
            literals = dict(include.literals)
            suites = [s for s in matrix.suites if literals.get(SUITE, s.name) == s.name]
            stacks = [s.name for s in matrix.stacks if literals.get(STACK, s.name) == s.name]
            for suite, stack in product(suites, stacks):
                if not displaced(suite, cell, stack):
                    yield Combination(include, cell, suite, stack)


def include_cell(matrix: Matrix, include: Include) -> Pairs | None:
    """The cell that an include names, None where an axis is open and has no default."""
    literals = dict(include.literals)
    chosen = [(axis.name, literals.get(axis.name, axis.default)) for axis in matrix.axes]
    cell = tuple((name, value) for name, value in chosen if value is not None)
    return cell if len(cell) == len(chosen) else None


def job_id(cell: Pairs, parameters: Pairs, suite: str, stack: str) -> str:
    """The id of a job without its shard."""
    return cell_id(cell) + _tail(parameters, suite, stack)


def cell_id(cell: Pairs) -> str:
    """A cell as ids begin: `site/accelerator[,axis=value…]`, other axes in the matrix's order."""
    (_, site), (_, accelerator), *others = sorted(cell, key=_first)
    return "".join([f"{site}/{accelerator}", *(f",{key}={value}" for key, value in others)])


class _Added(NamedTuple):
    """What the includes of one set add to a combination; `line` is the last one's."""

    parameters: Pairs
    overrides: Overrides
    line: int


class _Pair(NamedTuple):
    """A suite on a stack; `lacks` says that the stack does not name a component of its."""

    suite: Suite
    stack: str
    bits: int
    lacks: str


class _Point(NamedTuple):
    """A point of the axes, the beginning of its jobs' ids, and the rules that it admits."""

    cell: Pairs
    head: str
    bits: int


def _product(
    matrix: Matrix, table: Board, points: Iterable[_Point], leaving: Leaving
) -> Iterator[Job]:
    """The jobs of all suites and stacks at these points."""
    pairs = _pairs(matrix, table)
    additions: dict[int, _Added] = {}
    excludes = table.exclude_bits
    for cell, head, admitted in points:
        for pair in pairs:
            bits = admitted & pair.bits
            if bits & excludes:
                yield _excluded(matrix, head, cell, pair, bits & excludes)
                continue
            if pair.suite.place and (why := displaced(pair.suite, cell, pair.stack)):
                yield _unplanned(head, cell, pair, why, pair.suite.line)
                continue
            added = additions.get(bits)
            if added is None:
                chosen = [matrix.includes[place] for place in ones(bits >> table.excludes)]
                added = additions[bits] = _addition(chosen)
            yield from _jobs(head, cell, pair, added, leaving)


def _made(matrix: Matrix, table: Board, leaving: Leaving) -> Iterator[Job]:
    """The jobs of the combinations that includes make of their own."""
    pairs = {(pair.suite.name, pair.stack): pair for pair in _pairs(matrix, table)}
    for include, cell, suite, stack in combinations(matrix, table):
        added, pair = _addition([include]), pairs[suite.name, stack]
        yield from _jobs(cell_id(cell), cell, pair, added, leaving)


def _played(matrix: Matrix, offers: Sequence[Place], leaving: Leaving) -> Iterator[Job]:
    """The jobs of the playground, under the same rules."""
    found = cells(matrix, offers)
    if found:
        table = board(matrix, values_of(found))
        yield from _product(matrix, table, _points(table, found), leaving)


def _points(table: Board, found: Iterable[Pairs]) -> Iterator[_Point]:
    """These cells with the rules that each admits."""
    admitted = {one.key: dict(one.values) for one in table.dimensions}
    for cell in found:
        bits = table.all_bits
        for axis, value in cell:
            bits &= admitted[axis][value]
        yield _Point(cell, cell_id(cell), bits)


def _cells(table: Board) -> list[_Point]:
    """Each point of the axes."""
    cells: list[tuple[Pairs, str, int]] = [((), "", table.all_bits)]
    for dimension in table.dimensions[:-2]:
        values = [((dimension.key, value), bits) for value, bits in dimension.values]
        cells = [((*cell, pair), "", bits & own) for cell, _, bits in cells for pair, own in values]
    return [_Point(cell, cell_id(cell), bits) for cell, _, bits in cells]


def _pairs(matrix: Matrix, table: Board) -> list[_Pair]:
    (_, suites), (_, stacks) = table.dimensions[-2:]
    return [
        _Pair(suite, stack, own & bits, _lacking(matrix, suite, stack))
        for suite, (_, own) in zip(matrix.suites, suites, strict=True)
        for stack, bits in stacks
    ]


def _lacking(matrix: Matrix, suite: Suite, stack: str) -> str:
    have = dict(matrix.stack(stack).components)
    missing = (component for component in suite.takes if component not in have)
    return next((f"stack {stack} has no {m}, which suite {suite.name} takes" for m in missing), "")


def _first(pair: tuple[str, str]) -> int:
    return _PLACES.get(pair[0], 2)


_PLACES: Mapping[str, int] = {"site": 0, "accelerator": 1}


def _tail(parameters: Pairs, suite: str, stack: str) -> str:
    return "".join([*(f",{key}={value}" for key, value in parameters), f":{suite}@{stack}"])


def _jobs(head: str, cell: Pairs, pair: _Pair, added: _Added, leaving: Leaving) -> Iterator[Job]:
    """A job for each shard of a combination, or the one that is skipped."""
    suite = pair.suite
    job = head + _tail(added.parameters, suite.name, pair.stack)
    line = added.line or suite.line
    why_not = pair.lacks or leaving.why(suite, added.overrides)
    count = 1 if why_not else added.overrides.shards or suite.shards
    status = SKIPPED if why_not else PLANNED
    for shard in range(1, count + 1):
        yield Job(
            f"{job}#{shard}/{count}" if count > 1 else job,
            cell,
            added.parameters,
            suite.name,
            pair.stack,
            shard,
            count,
            status,
            why_not,
            line,
            added.overrides,
        )


def _excluded(matrix: Matrix, head: str, cell: Pairs, pair: _Pair, bits: int) -> Job:
    """The one entry that stands for an excluded combination, all shards together."""
    rule = matrix.excludes[next(ones(bits))]
    reason = f"excluded by line {rule.line}" + (f": {rule.reason}" if rule.reason else "")
    return _unplanned(head, cell, pair, reason, rule.line)


def _unplanned(head: str, cell: Pairs, pair: _Pair, reason: str, line: int) -> Job:
    job = head + _tail((), pair.suite.name, pair.stack)
    return Job(job, cell, (), pair.suite.name, pair.stack, 1, 1, EXCLUDED, reason, line)


def _addition(includes: list[Include]) -> _Added:
    """What includes add one after another: a later one overwrites an earlier one's additions."""
    parameters: dict[str, str] = {}
    overrides = Overrides()
    for include in includes:
        parameters.update(include.parameters)
        overrides = over(overrides, include.overrides)
    line = includes[-1].line if includes else 0
    return _Added(tuple(sorted(parameters.items())), overrides, line)


def over(before: Overrides, after: Overrides) -> Overrides:
    """What holds where `after` comes on top of `before`."""
    changes = {name: value for name in _REPLACED if (value := getattr(after, name)) is not None}
    env, parameters = (
        tuple(sorted({**dict(getattr(before, name)), **dict(getattr(after, name))}.items()))
        for name in ("env", "parameters")
    )
    return replace(before, env=env, parameters=parameters, **changes)


_REPLACED = (
    *("timeout", "environment", "shards", "role", "priority"),
    *("needs", "paths", "optional"),
)


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection meanwhile: it would look at all jobs again and again, for nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
