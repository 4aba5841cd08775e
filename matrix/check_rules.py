"""Mistakes of the rules together: includes that never apply, jobs told twice, too many jobs."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from matrix.document import Node
from matrix.expand import combinations, include_cell, job_id
from matrix.model import Include, Matrix
from matrix.names import shown
from matrix.places import told, values
from matrix.playground import may_play
from matrix.rules import Board, board, met
from matrix.tree import child, items, key_of
from matrix.wording import Finding

MAX_JOBS = 1_000_000
MAX_PARAMETERS = 64  # of one job
MAX_MEETINGS = 100_000_000  # points times rules: what deciding all of them costs, about a second


def rules(matrix: Matrix, root: Node) -> Iterator[Finding]:
    """What is wrong with the rules of a matrix that has no other mistakes."""
    if (count := _jobs_at_most(matrix)) > MAX_JOBS:
        hint = f"the limit is {MAX_JOBS:,}; take values off an axis, or split the matrix"
        at = key_of(root, "axes")
        yield Finding(at, f"this makes up to {count:,} jobs", hint, at)
        return
    if too_much := _overloaded(matrix, root):
        yield too_much
        return
    table = board(matrix)
    entries = items(child(root, "include"))
    yield from _untaken(matrix, root)
    yield from _out_of_place(matrix, entries)
    yield from _idle(matrix, table, entries)
    yield from _twice(matrix, table, entries)


def _jobs_at_most(matrix: Matrix) -> int:
    shards = max(
        [*(suite.shards for suite in matrix.suites)]
        + [include.overrides.shards or 1 for include in matrix.includes],
    )
    axes = prod(len(axis.values) for axis in matrix.axes)
    return axes * len(matrix.suites) * len(matrix.stacks) * shards


def _overloaded(matrix: Matrix, root: Node) -> Finding | None:
    """More rules or parameters than a file of this size could mean."""
    at = key_of(root, "include")
    named = {name for include in matrix.includes for name, _ in include.parameters}
    if len(named) > MAX_PARAMETERS:
        hint = f"the limit is {MAX_PARAMETERS}; make an axis of what varies"
        return Finding(at, f"the includes name {len(named):,} parameters", hint, at)
    told = len(matrix.includes) + len(matrix.excludes)
    points = prod(len(axis.values) for axis in matrix.axes)
    if points * told > MAX_MEETINGS:
        at = at if matrix.includes else key_of(root, "exclude")
        hint = "let one rule select several values with `in(a,b)`, or split the matrix"
        return Finding(at, f"{told:,} rules for {points:,} cells are too many", hint, at)
    return None


def _untaken(matrix: Matrix, root: Node) -> Iterator[Finding]:
    """Suites that take a component which no stack names: they could never run."""
    have = {component for stack in matrix.stacks for component, _ in stack.components}
    for suite in matrix.suites:
        for component in sorted(set(suite.takes) - have):
            at = key_of(child(root, "suites"), suite.name)
            problem = f"the suite {shown(suite.name)} takes {shown(component)}, which no stack has"
            yield Finding(at, problem, f'add `{component}: "VERSION"` to a stack', at)


def _idle(matrix: Matrix, table: Board, entries: tuple[Node, ...]) -> Iterator[Finding]:
    """Includes that neither add to a combination nor can make one."""
    found = met(table)
    for place, include in enumerate(matrix.includes):
        if found >> place & 1:
            continue
        at = entries[place]
        if include.when and may_play(matrix, include.when):
            continue  # where, is known once runners offer it
        if include.when:
            hint = "it selects among what the axes list and no exclude drops; compare with those"
            when = key_of(at, "when")
            yield Finding(when, "this include's `when` never selects anything", hint, when)
        elif include_cell(matrix, include) is None:
            yield _open(matrix, include, at)


def _out_of_place(matrix: Matrix, entries: tuple[Node, ...]) -> Iterator[Finding]:
    """Includes for a suite where it never runs."""
    suites = {suite.name: suite for suite in matrix.suites}
    for include, at in zip(matrix.includes, entries, strict=True):
        point = dict(include.literals)
        suite = suites.get(point.get("suite", ""))
        cell = dict(() if suite is None or include.when else include_cell(matrix, include) or ())
        for key, admitted in values(suite.place).items() if suite else ():
            if {**cell, **point}.get(key, admitted[0]) not in admitted:
                where = told(key, admitted)
                problem = f"the suite {shown(point['suite'])} has its place at {where}"
                node = child(at, key) if key in point else at
                yield Finding(node, problem, f"write `{key}: {admitted[0]}`", node)


def _open(matrix: Matrix, include: Include, at: Node) -> Finding:
    given = dict(include.literals)
    missing = [a.name for a in matrix.axes if a.name not in given and a.default is None]
    problem = f"this include makes a cell of its own, but names no {' and no '.join(missing)}"
    return Finding(at, problem, f"add `{missing[0]}: …`", at)


def _twice(matrix: Matrix, table: Board, entries: tuple[Node, ...]) -> Iterator[Finding]:
    places = {include.line: at for include, at in zip(matrix.includes, entries, strict=True)}
    seen: dict[str, int] = {}
    for include, cell, suite, stack in combinations(matrix, table):
        job = job_id(cell, include.parameters, suite.name, stack)
        if job in seen:
            lines = f"lines {seen[job]} and {include.line}"
            hint = "take one out, or let a parameter tell them apart"
            at = places[include.line]
            yield Finding(at, f"the job {shown(job)} comes from {lines}", hint, at)
            return
        seen[job] = include.line
