"""Reads of some cell states what their reports measured, on what stacks and about what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from orchestrator.metric_fold import About
from orchestrator.metric_views import Metric, Told, Window
from orchestrator.store.columns import End
from orchestrator.store.recorded import MetricValueRow, ObservedComponent, ReportRow
from orchestrator.store.work import AttemptRow, JobRow, Runner, RunRow, SubjectRow
from orchestrator.views import Pairs

EARLIER = 40  # reports before a window, by which its first ones are judged
Ids = Mapping[int, Metric]  # of metrics; the case is not in it
Rows = Select[*tuple[Any, ...]]


class Which(NamedTuple):
    """Of which cell states which metrics, when, and how many reports at most of each (0: all)."""

    states: Sequence[int]
    metrics: Ids
    window: Window
    case: str | None = None  # None: of all cases
    newest: int = 0


class Measured(NamedTuple):
    """Reports by state, values by state, metric and report; stacks by report, subjects by run."""

    reports: Mapping[int, Sequence[Told]]
    values: Mapping[tuple[int, Metric], Mapping[int, Sequence[float]]]
    stacks: Mapping[int, Pairs]
    about: Mapping[int, Sequence[About]]


def measured(connection: Connection, which: Which, components: Collection[str]) -> Measured:
    """All of that in four queries; of the stack only these components."""
    wanted = _wanted(which)
    reports = _reports(connection, wanted)
    states = {one.id: state for state, told in reports.items() for one in told}
    return Measured(
        reports,
        _values(connection, wanted, which, states),
        _stacks(connection, wanted, components),
        _about(connection, which.states),
    )


def _wanted(which: Which) -> Rows:
    """The ids of the reports in the window, and of as many before it as judge its first ones."""
    since, until = which.window.since, which.window.until
    base = select(ReportRow.id).join(JobRow, JobRow.id == ReportRow.job_id)
    base = base.where(JobRow.cell_state_id.in_(which.states))
    if until is not None:
        base = base.where(ReportRow.received_at < until)
    if which.newest:
        inside = base if since is None else base.where(ReportRow.received_at >= since)
        return _newest(inside, which.newest)
    if since is None:
        return base
    earlier = _newest(base.where(ReportRow.received_at < since), EARLIER)
    return base.where(or_(ReportRow.received_at >= since, ReportRow.id.in_(earlier)))


def _newest(base: Rows, most: int) -> Rows:
    number = func.row_number().over(partition_by=JobRow.cell_state_id, order_by=ReportRow.id.desc())
    numbered = base.add_columns(number.label("number")).subquery()
    return select(numbered.c.id).where(numbered.c.number <= most)


def _reports(connection: Connection, wanted: Rows) -> dict[int, list[Told]]:
    found: dict[int, list[Told]] = defaultdict(list)
    rows = connection.execute(_TOLD.where(ReportRow.id.in_(wanted)).order_by(ReportRow.id))
    for state, *fields in rows:
        found[state].append(Told(*fields))
    return found


def _values(
    connection: Connection, wanted: Rows, which: Which, states: Mapping[int, int]
) -> dict[tuple[int, Metric], dict[int, list[float]]]:
    found: dict[tuple[int, Metric], dict[int, list[float]]] = defaultdict(dict)
    rows = connection.execute(_VALUES.where(MetricValueRow.report_id.in_(wanted), *_of(which)))
    keys: dict[tuple[int, str], Metric] = {}
    for report, metric, case, value in rows:
        key = keys.get((metric, case))
        if key is None:
            key = keys[metric, case] = which.metrics[metric]._replace(case=case)
        found[states[report], key].setdefault(report, []).append(value)
    return found


def _of(which: Which) -> list[ColumnElement[bool]]:
    named = MetricValueRow.metric_id.in_(which.metrics)
    return [named] if which.case is None else [named, MetricValueRow.case == which.case]


def _stacks(connection: Connection, wanted: Rows, components: Collection[str]) -> dict[int, Pairs]:
    """By report the observed versions of these components, a build behind a plus sign."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    rows = connection.execute(
        _OBSERVED.where(
            ObservedComponent.report_id.in_(wanted), ObservedComponent.name.in_(components)
        )
    )
    for report, name, version, build in rows:
        found[report][name] = f"{version}+{build}" if build else version
    kept: dict[Pairs, Pairs] = {}  # most reports share one stack
    stacks = ((report, tuple(sorted(stack.items()))) for report, stack in found.items())
    return {report: kept.setdefault(stack, stack) for report, stack in stacks}


def _about(connection: Connection, states: Sequence[int]) -> dict[int, list[About]]:
    """What runs of these states were about: component, head and title by run."""
    found: dict[int, list[About]] = defaultdict(list)
    for run, *about in connection.execute(_SUBJECTS.where(JobRow.cell_state_id.in_(states))):
        found[run].append((about[0], about[1], about[2]))
    return found


_COUNTS = and_(
    AttemptRow.fence == JobRow.fence,
    JobRow.end == End.REPORTED,
    RunRow.aside.is_(False),
    ReportRow.cancelled.is_(False),
)
_TOLD = (
    select(
        JobRow.cell_state_id,
        ReportRow.id,
        ReportRow.received_at,
        ReportRow.job_id,
        JobRow.run_id,
        AttemptRow.fence,
        Runner.name,
        ReportRow.status,
        ReportRow.reason,
        ReportRow.evidence,
        ReportRow.contended,
        RunRow.aside,
        _COUNTS.label("counts"),
    )
    .join(JobRow, JobRow.id == ReportRow.job_id)
    .join(RunRow, RunRow.id == JobRow.run_id)
    .join(AttemptRow, AttemptRow.id == ReportRow.attempt_id)
    .join(Runner, Runner.id == AttemptRow.runner_id)
)
_VALUES = select(
    MetricValueRow.report_id, MetricValueRow.metric_id, MetricValueRow.case, MetricValueRow.value
).order_by(MetricValueRow.report_id, MetricValueRow.number, MetricValueRow.replicate)
_OBSERVED = select(
    ObservedComponent.report_id,
    ObservedComponent.name,
    ObservedComponent.version,
    ObservedComponent.build,
)
_SUBJECTS = (
    select(SubjectRow.run_id, SubjectRow.component, SubjectRow.head, SubjectRow.title)
    .join(JobRow, JobRow.run_id == SubjectRow.run_id)
    .distinct()
    .order_by(SubjectRow.run_id, SubjectRow.component, SubjectRow.head)
)
