"""What a change of a matrix does: cells and jobs added, removed, changed, and by which line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from matrix.expand import cell_id, expand, merged_id
from matrix.model import PLANNED, Job, Matrix
from matrix.quantities import seconds

_SHORT = 24  # characters
_SUITE_FACTS = (
    *("program", "command", "commands", "env", "environment", "needs", "parameters", "metrics"),
    *("place", "produces", "uses", "optional"),
)
_OVERRIDES = (
    *("shards", "role", "priority", "env", "environment"),
    *("needs", "parameters", "optional"),
)


class Kind(StrEnum):
    """What happened to a cell or a job."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `file` and `line` are where it was made; line 0 where the file has none."""

    kind: Kind
    id: str
    detail: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Changes:
    """The cells and the jobs that differ; jobs are merged over their shards."""

    cells: tuple[Change, ...]
    jobs: tuple[Change, ...]


def diff(old: Matrix, new: Matrix) -> Changes:
    """What becomes of the planned jobs of `old` in `new`."""
    before, after = _Side(old), _Side(new)
    jobs = tuple(_jobs(before, after))
    return Changes(tuple(_cells(before, after, jobs)), jobs)


class _Side:
    """One of the two matrices: all its jobs by merged id, and the planned ones among them."""

    def __init__(self, matrix: Matrix) -> None:
        self.matrix = matrix
        self.all = {merged_id(job): job for job in expand(matrix)}
        self.planned = {name: job for name, job in self.all.items() if job.status == PLANNED}
        self.suites = {suite.name: suite for suite in matrix.suites}
        self.stacks = {stack.name: stack for stack in matrix.stacks}
        self.values = {axis.name: {v.name: v.line for v in axis.values} for axis in matrix.axes}
        self._facts: dict[object, Mapping[str, _Fact]] = {}

    def facts(self, job: Job) -> Mapping[str, _Fact]:
        """What a job is carried out with; the same for all jobs of a suite, stack and override."""
        key = (job.suite, job.stack, job.overrides)
        if key not in self._facts:
            self._facts[key] = dict(_facts(self, job))
        return self._facts[key]

    def origin(self, job: Job, other: _Side) -> int | None:
        """The line of what this job is made of and the other matrix has not."""
        for axis, value in job.cell:
            if value not in other.values.get(axis, {}):
                return self.values[axis][value]
        if job.suite not in other.suites:
            return self.suites[job.suite].line
        return None if job.stack in other.stacks else self.stacks[job.stack].line


class _Fact(NamedTuple):
    """Something a job is carried out with, and the line that says so."""

    value: str
    line: int


def _facts(side: _Side, job: Job) -> Iterator[tuple[str, _Fact]]:
    suite, stack, policies = side.suites[job.suite], side.stacks[job.stack], side.matrix.policies
    over = job.overrides
    for key in _SUITE_FACTS:
        yield key, _Fact(repr(getattr(suite, key)), suite.line)
    for component in suite.takes:
        yield component, _Fact(stack.version(component) or "", stack.line)
    timeout, general = suite.timeout or policies.timeout, policies.line or suite.line
    yield "paths", _Fact(", ".join(suite.paths), suite.line)
    yield "timeout", _Fact(seconds(timeout), suite.line if suite.timeout else general)
    yield "shards", _Fact(str(suite.shards), suite.line)
    yield "role", _Fact(str(suite.role or "as the stack"), suite.line)
    yield "priority", _Fact(str(policies.priority), general)
    for key in _OVERRIDES:
        if (value := getattr(over, key)) not in (None, ()):
            yield key, _Fact(str(value), job.line)
    if over.paths is not None:
        yield "paths", _Fact(", ".join(over.paths), job.line)
    if over.timeout:
        yield "timeout", _Fact(seconds(over.timeout), job.line)


def _jobs(before: _Side, after: _Side) -> Iterator[Change]:
    for name, job in after.planned.items():
        if name not in before.planned:
            yield _moved(Kind.ADDED, name, job, after, before)
        elif change := _changed(name, before, before.planned[name], after, job):
            yield change
    for name, job in before.planned.items():
        if name not in after.planned:
            yield _moved(Kind.REMOVED, name, job, before, after)


def _moved(kind: Kind, name: str, job: Job, here: _Side, there: _Side) -> Change:
    """A job that only one side plans: by what is only here, or by what stops it over there."""
    line = here.origin(job, there)
    stopped = there.all.get(name)
    if line is None and stopped is not None:
        was = "was " if kind is Kind.ADDED else ""
        return Change(kind, name, was + stopped.reason, there.matrix.file, stopped.line)
    return Change(kind, name, "", here.matrix.file, job.line if line is None else line)


def _changed(name: str, before: _Side, was: Job, after: _Side, now: Job) -> Change | None:
    old, new = before.facts(was), after.facts(now)
    if old is new or old == new:
        return None
    none = _Fact("", 0)
    different = [
        key
        for key in dict.fromkeys([*new, *old])
        if old.get(key, none).value != new.get(key, none).value
    ]
    if not different:
        return None
    told = [_told(key, old.get(key, none).value, new.get(key, none).value) for key in different]
    line = new.get(different[0], none).line or now.line
    return Change(Kind.CHANGED, name, ", ".join(told), after.matrix.file, line)


def _told(key: str, old: str, new: str) -> str:
    """Short values are shown; long ones are only named."""
    short = all(0 < len(value) <= _SHORT for value in (old, new))
    return f"{key} {old} → {new}" if short else key


def _cells(before: _Side, after: _Side, jobs: tuple[Change, ...]) -> Iterator[Change]:
    """One change for each cell whose jobs differ; it was made where the first of them was."""
    old, new = _points(before), _points(after)
    had, has = set(old.values()), set(new.values())
    by_cell: dict[str, list[Change]] = {}
    for change in jobs:
        by_cell.setdefault(new.get(change.id) or old[change.id], []).append(change)
    for name, changes in by_cell.items():
        kind = Kind.ADDED if name not in had else Kind.CHANGED if name in has else Kind.REMOVED
        detail = "1 job" if len(changes) == 1 else f"{len(changes)} jobs"
        yield Change(kind, name, detail, changes[0].file, changes[0].line)


def _points(side: _Side) -> dict[str, str]:
    """The cell of each planned job, as its id begins."""
    return {name: cell_id(job.cell) for name, job in side.planned.items()}
