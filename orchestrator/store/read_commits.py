"""Commits and versions that runs were about: the trunk as a strip, and each with its cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, ScalarSelect, bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from matrix.playground import Listed, is_on_slide, listed
from matrix.status import Evidence, Role, rolled_up
from matrix.verdict import CellState, Counts
from orchestrator.commit_views import About, Commit, CommitPage, CommitVerdict, Shift
from orchestrator.store import documents
from orchestrator.store.declared import Cell, CellStateRow, MatrixRow, StackRow, SuiteRow
from orchestrator.store.open_verdicts import Standing, standings
from orchestrator.store.paired import ComparisonRow
from orchestrator.store.read_grid import drawn_from, in_force
from orchestrator.store.store import Store
from orchestrator.store.work import RunRow, SubjectRow, Verdict
from orchestrator.trunk import before, newest_first

TRUNK = 40  # commits that a strip shows
SHORTEST = 7  # digits by which a commit may be asked for
_FOR_EVER = timedelta(days=36500)  # what was found at a commit does not grow old
_SUBJECTS = (
    select(SubjectRow.component, SubjectRow.head, SubjectRow.title)
    .join(RunRow, RunRow.id == SubjectRow.run_id)
    .join(MatrixRow, MatrixRow.id == RunRow.matrix_id)
    .where(MatrixRow.name == bindparam("matrix"), RunRow.id == bindparam("run"))
    .order_by(SubjectRow.component, SubjectRow.head)
)
_Heads = dict[tuple[str, str], list["_Found"]]


class _Found(NamedTuple):
    """The newest verdict of a cell state at one head, and what a grid needs of it."""

    verdict: CommitVerdict
    axes: str
    role: Role


class _Of(NamedTuple):
    """The matrix that is read, and what its open axes list."""

    matrix: int
    known: Listed

    def counting(self, found: Sequence[_Found]) -> Sequence[_Found]:
        """What a commit is judged by: the playground only where there is nothing else."""
        own = [one for one in found if is_on_slide(self.known, documents.pairs(one.axes))]
        return own or found


def commits(store: Store, matrix: str, component: str | None = None) -> tuple[Commit, ...] | None:
    """The commits that runs of a matrix were about, newest first; None without that matrix."""
    with store.read() as connection:
        row = connection.scalar(_MATRIX, {"matrix": matrix})
        if row is None:
            return None
        return _trunk(connection, _Of(row, listed(in_force(connection, matrix))), component)[0]


def about(store: Store, matrix: str, run: int) -> tuple[About, ...]:
    """What a run is about, by component; nothing for one that is about what the stacks say."""
    with store.read() as connection:
        rows = connection.execute(_SUBJECTS, {"matrix": matrix, "run": run})
        return tuple(About(*row) for row in rows)


def commit_page(
    store: Store, matrix: str, component: str, head: str, against: str = ""
) -> CommitPage | None:
    """One commit, by its whole name or its first digits; None where no run was about it."""
    now = store.clock.now()
    with store.read() as connection:
        row = connection.scalar(_MATRIX, {"matrix": matrix})
        if row is None:
            return None
        of = _Of(row, listed(in_force(connection, matrix)))
        trunk, found = _trunk(connection, of, component)
        commit = _named(trunk, head)
        if commit is None:  # one that the strip no longer shows
            commit = _older(connection, of, component, head, found)
        if commit is None:
            return None
        wanted = {"matrix": row, "component": component, "head": commit.head}
        if beside := against or connection.scalar(_PAIRED, wanted):
            other = _named(trunk, beside) or _older(connection, of, component, beside, found)
        else:
            other = before(trunk, commit)
        here = found[component, commit.head]
        grid = drawn_from(connection, matrix, map(_state, here), now, _FOR_EVER)
    there = found[component, other.head] if other else []
    verdicts = sorted((one.verdict for one in here), key=lambda one: one.name)
    shifts = _shifts(there, here) if other else ()
    return CommitPage(grid.matrix, commit, grid, tuple(verdicts), trunk, other, shifts)


def _trunk(
    connection: Connection, of: _Of, component: str | None, head: str = ""
) -> tuple[tuple[Commit, ...], _Heads]:
    """Those commits that were run last, the newest first, and what was found at each."""
    wanted = _HEADS
    if component is not None:
        wanted = wanted.where(SubjectRow.component == component)
    if head:
        wanted = wanted.where(SubjectRow.head.startswith(head, autoescape=True))
    runs = connection.scalars(wanted, {"matrix": of.matrix, "most": TRUNK}).all()
    about = connection.execute(_ABOUT, {"runs": runs, "matrix": of.matrix}).all()
    heads = {one.head for one in about}
    found = _found(connection, of.matrix, heads)
    newest: dict[tuple[str, str], Row[*tuple[Any, ...]]] = {}
    for one in about:  # by run, so that the last one stays
        if not component or one.component == component:
            newest[one.component, one.head] = one
    commits = [_commit(one, of.counting(found[key])) for key, one in newest.items()]
    return newest_first(commits), found


def _older(
    connection: Connection, of: _Of, component: str, head: str, found: _Heads
) -> Commit | None:
    """A commit that the strip no longer shows; what was found at it is added to `found`."""
    trunk, more = _trunk(connection, of, component, head)
    found |= more
    return _named(trunk, head)


def _found(connection: Connection, matrix: int, heads: Collection[str]) -> _Heads:
    rows = connection.execute(_VERDICTS, {"matrix": matrix, "heads": list(heads)}).all()
    newest: dict[tuple[str, str], dict[int, _Found]] = defaultdict(dict)
    stands = standings(connection, {row.run_id for row in rows if row.status is None})
    for component, head, state, axes, role, row, *rest in rows:  # in order: the newest one stays
        fields: list[Any] = [*rest[7:], Counts(*rest[:7]), *stands.get(row, Standing())]
        verdict = CommitVerdict(*fields)
        newest[component, head][state] = _Found(verdict, axes, role)
    found: _Heads = defaultdict(list)
    found.update({key: list(states.values()) for key, states in newest.items()})
    return found


def _commit(row: Row[*tuple[Any, ...]], found: Sequence[_Found]) -> Commit:
    known = [one.verdict.status for one in found if one.verdict.status is not None]
    return Commit(
        component=row.component,
        repository=row.repository,
        base=row.base,
        head=row.head,
        run=row.run_id,
        at=row.started_at,
        status=rolled_up(known) if known else None,
        counts=Counts(*map(sum, zip(*(one.verdict.counts for one in found), strict=True))),
        verdicts=len(found),
        ended=len(known),
        unoffered=sum(1 for one in found if one.verdict.unmet),
        committed_at=row.committed_at,
        title=row.title,
        parent=row.parent,
        request=row.request,
    )


def _named(trunk: Sequence[Commit], head: str) -> Commit | None:
    """The commit of that name, or the only one that begins so."""
    if whole := next((one for one in trunk if one.head == head), None):
        return whole
    begun = [one for one in trunk if len(head) >= SHORTEST and one.head.startswith(head)]
    return begun[0] if len(begun) == 1 else None


def _shifts(before: Iterable[_Found], after: Iterable[_Found]) -> tuple[Shift, ...]:
    was = {one.verdict.name: one.verdict.status for one in before}
    now = {one.verdict.name: one.verdict.status for one in after}
    names = sorted(was.keys() | now.keys())
    shifts = (Shift(name, was.get(name), now.get(name)) for name in names)
    return tuple(one for one in shifts if one.before is not one.after)


def _state(found: _Found) -> CellState:
    """The verdict as the grid's own rules roll it up."""
    verdict = found.verdict
    is_open = verdict.status is None and not verdict.unmet
    return CellState(
        cell=documents.pairs(found.axes),
        suite=verdict.suite,
        stack=verdict.stack,
        role=found.role,
        status=verdict.status,
        layer=verdict.layer,
        confidence=0.0,
        reason=verdict.reason,
        counts=verdict.counts,
        history="",
        since=verdict.ended_at,
        reported_at=verdict.ended_at,
        job=None,
        run=verdict.run,
        queued=int(is_open),
        running=int(verdict.running),
        unmet=verdict.unmet,
        trend=0,
        evidence=Evidence.SELF_REPORTED,
    )


_MATRIX = select(MatrixRow.id).where(MatrixRow.name == bindparam("matrix"))
_NEWEST = func.max(SubjectRow.run_id)
_HEADS = (
    select(_NEWEST)
    .join(RunRow, RunRow.id == SubjectRow.run_id)
    .where(RunRow.matrix_id == bindparam("matrix"))
    .group_by(SubjectRow.component, SubjectRow.head)
    .order_by(_NEWEST.desc())
    .limit(bindparam("most"))
)
_ANY = aliased(SubjectRow)
_PAIRED = (  # with what a commit was compared last, by pairs
    select(_ANY.head)
    .join(ComparisonRow, ComparisonRow.base_run_id == _ANY.run_id)
    .join(SubjectRow, SubjectRow.run_id == ComparisonRow.head_run_id)
    .where(
        ComparisonRow.matrix_id == bindparam("matrix"),
        ComparisonRow.component == bindparam("component"),
        SubjectRow.head == bindparam("head"),
        SubjectRow.component == ComparisonRow.component,
        _ANY.component == ComparisonRow.component,
    )
    .order_by(ComparisonRow.id.desc())
    .limit(1)
)


def _said(column: InstrumentedAttribute[Any]) -> ScalarSelect[Any]:
    """What the commit says of itself, in whichever run it was asked."""
    same = (_ANY.component == SubjectRow.component, _ANY.head == SubjectRow.head)
    return select(func.max(column)).where(*same).scalar_subquery()


_ABOUT = (
    select(
        SubjectRow.run_id,
        SubjectRow.component,
        SubjectRow.repository,
        SubjectRow.base,
        SubjectRow.head,
        _said(_ANY.committed_at).label("committed_at"),
        _said(_ANY.title).label("title"),
        _said(_ANY.parent).label("parent"),
        SubjectRow.request,
        RunRow.started_at,
    )
    .join(RunRow, RunRow.id == SubjectRow.run_id)
    .where(
        RunRow.matrix_id == bindparam("matrix"),
        SubjectRow.run_id.in_(bindparam("runs", expanding=True)),
    )
    .order_by(SubjectRow.run_id)
)
_VERDICTS = (
    select(
        SubjectRow.component,
        SubjectRow.head,
        Verdict.cell_state_id,
        Cell.axes,
        CellStateRow.role,
        Verdict.id,
        *(getattr(Verdict, name) for name in Counts._fields),
        Verdict.name,
        Cell.site,
        Cell.accelerator,
        SuiteRow.name,
        StackRow.name,
        Verdict.run_id,
        Verdict.status,
        Verdict.layer,
        Verdict.reason,
        Verdict.ended_at,
    )
    .join(RunRow, RunRow.id == SubjectRow.run_id)
    .join(Verdict, Verdict.run_id == RunRow.id)
    .join(CellStateRow, CellStateRow.id == Verdict.cell_state_id)
    .join(Cell, Cell.id == CellStateRow.cell_id)
    .join(SuiteRow, SuiteRow.id == CellStateRow.suite_id)
    .join(StackRow, StackRow.id == CellStateRow.stack_id)
    .where(
        RunRow.matrix_id == bindparam("matrix"),
        SubjectRow.head.in_(bindparam("heads", expanding=True)),
    )
    .order_by(Verdict.id)
)
