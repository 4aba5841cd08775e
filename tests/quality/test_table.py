"""The table of `make test-suites`: it lists every suite, and says what is other than promised."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sample_views import ATTEMPT, JOB, NOON

from matrix.library import library
from matrix.load import load
from matrix.model import Metric, Suite
from matrix.status import Evidence, Status
from matrix.verdict import Counts
from orchestrator.views import AttemptView, JobView, ReportView
from runners.work import MetricValue, Usage
from tests.table.rows import Part, row, table

MATRIX = load(Path(__file__).parents[1] / "table" / "matrix.yaml")
PASSED = Counts(passed=1)
SPEED = MetricValue("speed", "steps/s", "higher", (3.0, 1.0, 2.0))


def suite() -> Suite:
    """A suite that promises one metric."""
    return replace(MATRIX.suites[0], metrics=(Metric("speed", "steps/s", "higher"),))


def attempt(**changes: object) -> AttemptView:
    return replace(ATTEMPT, **changes)  # type: ignore[arg-type] # reason: fields of a view by name


def part(
    tried: AttemptView = ATTEMPT,
    job: JobView = JOB,
    counts: Counts = PASSED,
    metrics: tuple[MetricValue, ...] = (SPEED,),
) -> Part:
    """A job with one attempt and its report."""
    return Part(replace(job, attempts=(tried,)), ReportView(job.id, counts, metrics, (), (), ()))


def test_every_built_in_suite_is_in_the_table_but_for_the_script_and_the_long_forms() -> None:
    known = {name for name in library().suites if not name.endswith("-full")}
    assert {one.name for one in MATRIX.suites} == known - {"simulated"}


def test_a_suite_that_did_what_it_says_has_nothing_amiss() -> None:
    assert row(suite(), [part()]).amiss == ()


def test_what_belongs_neither_to_the_environment_nor_to_the_suite_is_coevos() -> None:
    usage = Usage(prepare_seconds=2.0, run_seconds=3.0)
    tried = attempt(usage=usage, ended_at=NOON + timedelta(seconds=5.5))
    assert row(suite(), [part(tried), part(tried)]).coevo_seconds == 1.0


def test_shards_are_summed_and_each_says_what_is_amiss() -> None:
    half = replace(JOB, shards=2)
    bad = replace(half, shard=2, status=Status.FAIL, reason="add: wrong")
    found = row(suite(), [part(job=half), part(job=bad, counts=Counts(fail=1, passed=2))])
    assert found.counts == Counts(fail=1, passed=3)
    assert found.amiss == ("shard 2: FAIL: add: wrong",)


def test_a_skipped_suite_did_not_do_what_it_says() -> None:
    skipped = replace(JOB, status=Status.SKIP, reason="no compiler")
    assert "SKIP: no compiler" in row(suite(), [part(job=skipped)]).amiss


def test_a_case_that_never_came_is_told() -> None:
    assert row(suite(), [part(attempt(total=3))]).amiss == ("1 of 3 cases",)


def test_a_promised_metric_that_never_came_is_told() -> None:
    assert row(suite(), [part(metrics=())]).amiss == ("no metric speed",)


def test_a_simulated_device_has_no_metrics_and_is_told_where_it_has() -> None:
    simulated = attempt(evidence=Evidence.SIMULATED)
    assert row(suite(), [part(simulated, metrics=())]).amiss == ()
    assert row(suite(), [part(simulated)]).amiss == ("a simulated device has metrics: speed",)


def test_what_is_amiss_stands_below_its_row() -> None:
    head, line, amiss = table([row(suite(), [part(metrics=())])])
    assert head.split()[:2] == ["suite", "cell"]
    assert line.split()[:3] == ["✕", "probe", "lab/cpu"]
    assert amiss.strip() == "no metric speed"
