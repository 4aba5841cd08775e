from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from measured import RATE, measure, rate
from sqlalchemy import event
from worlds import NOON, Hand, World, report_of, world

from matrix.expand import expand
from matrix.status import Status
from orchestrator.metric_views import Window
from orchestrator.store.read_grid import cell_page
from orchestrator.store.read_metrics import history, of_cell
from orchestrator.store.runs import Subject, Trigger, start_run
from orchestrator.store.store import Store
from runners.work import Component, MetricValue

AXES = """
name: small
axes: {site: [lab, edge], accelerator: [cpu], dtype: [float32, bfloat16]}
suites:
  quick: {command: [sh, quick.sh]}
stacks: {stable: {torch: "2.13.0"}, nightly: {torch: "2.14.0"}}
"""


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """The reads that the store is sent."""
    statements: list[str] = []

    def hear(*call: object) -> None:
        if str(call[2]).startswith("SELECT"):
            statements.append(str(call[2]))

    event.listen(store.engine, "before_cursor_execute", hear)
    yield statements
    event.remove(store.engine, "before_cursor_execute", hear)


def test_points_come_oldest_first_with_their_job_and_replicates(small: World) -> None:
    measure(small, [10, (9, 10, 12), 11])
    (series,) = rate(small).series
    assert [point.median for point in series.points] == [10, 10, 11]
    assert series.points[1].values == (9, 10, 12)
    assert [point.told.job for point in series.points] == [1, 2, 3]
    assert series.points[0].told.runner == "bench"
    assert series.points[0].stack == (("torch", "2.13.0"),)


def test_the_last_point_says_what_the_cell_says(small: World) -> None:
    measure(small, [10, 10, 10, 10, 14, 14])
    page = cell_page(small.store, "small", "lab", "cpu")
    assert page is not None
    cell = next(state for state in page.states if state.suite == "quick")
    assert rate(small).series[0].points[-1].trend == cell.trend == 1


def test_what_a_cell_is_told_is_what_the_history_says_at_each_report(small: World) -> None:
    values = [*[10] * 5, 13, 13, *[10] * 14, 7, 7]
    said = []
    for value in values:
        measure(small, [value])
        page = cell_page(small.store, "small", "lab", "cpu")
        said.append(next(one.trend for one in page.states if one.suite == "quick") if page else 9)
    assert [point.trend for point in rate(small).series[0].points] == said
    assert {-1, 0, 1} == set(said)


def test_a_failure_in_between_is_a_gap(small: World) -> None:
    measure(small, [10, None, 10])
    (series,) = rate(small).series
    assert [(gap.told.job, gap.told.status) for gap in series.gaps] == [(2, Status.FAIL)]


def test_a_new_torch_is_a_change_at_its_first_job(small: World) -> None:
    measure(small, [10, 10])
    measure(small, [11, 11], torch="2.14.0")
    (change,) = rate(small).series[0].changes
    assert (change.job, change.before, change.after) == (3, "2.13.0", "2.14.0")


def test_a_build_is_part_of_a_version(small: World) -> None:
    measure(small, [10], observed=(Component("torch", "2.13.0", "cpu"),))
    assert rate(small).series[0].points[0].stack == (("torch", "2.13.0+cpu"),)


def test_a_run_about_a_commit_is_shown_and_not_judged(small: World) -> None:
    measure(small, [10] * 6)
    jobs = [one for one in expand(small.matrix) if one.id == "lab/cpu:quick@stable"]
    about = (Subject("torch", "", "", "2.15.0", title="Fuse"),)
    start_run(small.store, small.matrix, jobs, Trigger(subjects=about, aside=True))
    metrics = (MetricValue("rate", "1/s", "higher", (99.0,)),)
    small.end(small.claim(), report_of(Status.PASS, metrics=metrics))
    (series,) = rate(small).series
    assert series.points[-1].told.aside
    assert series.points[-1].judged is None
    assert [(mark.component, mark.head) for mark in series.commits] == [("torch", "2.15.0")]


def test_a_metric_of_a_case_is_one_of_its_own(small: World) -> None:
    both = (
        MetricValue("rate", "1/s", "higher", (1.0,)),
        MetricValue("rate", "1/s", "higher", (2.0,), "gpt"),
    )
    measure(small, [1], metrics=both)
    assert rate(small).series[0].points[0].median == 1.0
    assert rate(small, RATE._replace(case="gpt")).series[0].points[0].median == 2.0


def test_another_unit_is_counted_and_not_drawn(small: World) -> None:
    measure(small, [1], metrics=(MetricValue("rate", "k/s", "higher", (1.0,)),))
    measure(small, [10, 11])
    found = rate(small)
    assert found.metric.unit == "1/s"
    assert [point.median for point in found.series[0].points] == [10, 11]
    assert found.series[0].other_units == 1


def test_a_window_shows_a_part_and_judges_by_what_was_before(small: World) -> None:
    measure(small, [10] * 12)
    since = NOON + timedelta(hours=6 * 10)
    points = rate(small, window=Window(since)).series[0].points
    assert [point.told.job for point in points] == [10, 11, 12]
    assert points[0].judged is not None
    until = rate(small, window=Window(None, since)).series[0].points
    assert [point.told.job for point in until] == list(range(1, 10))


def test_an_infrastructure_retry_counts_only_by_its_last_report(small: World) -> None:
    measure(small, [10])
    small.start("lab/cpu:quick")
    metrics = (MetricValue("rate", "1/s", "higher", (3.0,)),)
    small.end(small.claim(), report_of(Status.MISS, metrics=metrics, retry=True))
    again = small.claim()
    small.end(again, report_of(Status.PASS, metrics=(replace_value(metrics[0], 10.0),)))
    told = [point.told for point in rate(small).series[0].points]
    assert [(one.attempt, one.counts) for one in told] == [(1, True), (1, False), (2, True)]


def replace_value(metric: MetricValue, value: float) -> MetricValue:
    return metric._replace(values=(value,))


def test_other_stacks_lie_over_it_and_can_be_chosen(store: Store, clock: Hand) -> None:
    text = AXES.replace(", dtype: [float32, bfloat16]", "")
    made = world(store, clock, text)
    measure(made, [10, 10], only="lab/cpu:quick@stable")
    measure(made, [20, 21], only="lab/cpu:quick@nightly")
    other = "lab/cpu:quick@nightly"
    alone = rate(made)
    both = rate(made, RATE._replace(beside=(other,)))
    assert [place.name for place in alone.choices] == [other]
    assert [one.place.name for one in both.series] == ["lab/cpu:quick@stable", other]
    assert [point.median for point in both.series[1].points] == [20, 21]


@pytest.mark.parametrize(
    "changes",
    [
        {"matrix": "none"},
        {"site": "none"},
        {"suite": "none"},
        {"stack": "none"},
        {"metric": "none"},
        {"of": "lab/cpu,dtype=none:quick@stable"},
    ],
)
def test_what_is_not_there_is_none(small: World, changes: dict[str, str]) -> None:
    measure(small, [10])
    assert history(small.store, RATE._replace(**changes), Window()) is None


def test_a_name_that_is_laid_over_and_is_not_there_is_left_out(small: World) -> None:
    measure(small, [10])
    assert len(rate(small, RATE._replace(beside=("nobody", "lab/cpu:quick@stable"))).series) == 1


def test_a_history_costs_a_fixed_number_of_queries(small: World) -> None:
    measure(small, [10, 11])
    with counted(small.store) as few:
        rate(small, window=Window(NOON))
    measure(small, [12] * 10, torch="2.14.0")
    with counted(small.store) as many:
        rate(small, window=Window(NOON))
    assert len(few) == len(many) <= 9


def test_all_metrics_of_a_cell_come_by_suite_and_name(small: World) -> None:
    more = (
        MetricValue("zeal", "", "", (1.0,)),
        MetricValue("rate", "1/s", "higher", (1.0,)),
        MetricValue("rate", "1/s", "higher", (2.0,), "gpt"),
    )
    measure(small, [1], metrics=more)
    found = of_cell(small.store, "small", "lab", "cpu", Window())
    assert found is not None
    assert [one.metric[:2] for one in found.series] == [("rate", ""), ("rate", "gpt"), ("zeal", "")]
    assert found.site.label == "Lab"


def test_a_cell_that_measured_nothing_has_no_series_and_one_that_is_none_is_none(
    small: World,
) -> None:
    empty = of_cell(small.store, "small", "lab", "cpu", Window())
    assert empty is not None
    assert empty.series == ()
    assert of_cell(small.store, "small", "nowhere", "cpu", Window()) is None
    assert of_cell(small.store, "none", "lab", "cpu", Window()) is None


def test_small_charts_take_the_newest_reports(
    small: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.store.read_metrics.SMALL", 3)
    measure(small, [1, 2, 3, 4, 5])
    found = of_cell(small.store, "small", "lab", "cpu", Window())
    assert found is not None
    assert [point.median for point in found.series[0].points] == [3, 4, 5]
