"""The projection against the naive way: all reports ever recorded, folded again from the rows."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby, permutations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from worlds import Hand, World, lost_machine, report_of, world

from matrix.status import Status, rolled_up
from matrix.verdict import CellState, Counts
from orchestrator.store.cancelling import cancel_job
from orchestrator.store.read_grid import cell_page
from orchestrator.store.read_runs import run
from orchestrator.store.rerunning import rerun
from orchestrator.store.store import Store
from runners.work import CaseResult, Report

SEVERAL = settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),  # examples build on each other: no shrinking
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ROWS = text(
    "SELECT job.run_id, job.shard, job.status, job.end, report.fail, report.error, report.miss, "
    "report.passed, report.done, report.skip, report.expected FROM job "
    "JOIN cell_state ON cell_state.id = job.cell_state_id "
    "LEFT JOIN attempt ON attempt.job_id = job.id AND attempt.fence = job.fence "
    "LEFT JOIN report ON report.attempt_id = attempt.id "
    "WHERE cell_state.name = :name ORDER BY job.id"
)
CASES = st.lists(
    st.builds(
        CaseResult,
        id=st.sampled_from("abc"),
        status=st.sampled_from(Status),
        seconds=st.none() | st.floats(),
        expected=st.booleans(),
    ),
    max_size=4,
)
REPORTS = st.builds(lambda status, cases: report_of(status, *cases), st.sampled_from(Status), CASES)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("report", "cancel", "lose")), st.lists(REPORTS, min_size=3, max_size=3)
    ),
    min_size=1,
    max_size=4,
)


def state_of(made: World, suite: str) -> CellState:
    page = cell_page(made.store, "small", "lab", "cpu")
    assert page is not None
    return next(one for one in page.states if one.suite == suite)


def refolded(made: World, suite: str) -> tuple[str, Counts]:
    """The history's letters and the newest counts, from every row there is."""
    letters, counts = "", Counts()
    with made.store.read() as connection:
        rows = connection.execute(ROWS, {"name": f"lab/cpu:{suite}@stable"}).all()
    for _, group in groupby(rows, key=lambda row: row.run_id):
        shards = list({row.shard: row for row in group}.values())
        if all(row.end in {"reported", "lost"} for row in shards):
            letters += rolled_up(Status(row.status) for row in shards)[0]
            told = [[n or 0 for n in row[4:]] for row in shards]
            counts = Counts(*map(sum, zip(*told, strict=True)))
    return letters[-30:], counts


def carry_out(made: World, suite: str, what: str, reports: list[Report]) -> None:
    made.start(f"lab/cpu:{suite}")
    tickets = made.claim(3)
    if what == "cancel":
        cancel_job(made.store, "small", tickets[0].key.job)
    for ticket, report in zip(tickets, reports, strict=False):
        made.end([ticket], report)
    if what == "lose":
        rerun(made.store, "small", tickets[0].key.job)
        while again := made.claim():
            made.end(again, lost_machine())


@SEVERAL
@given(steps=STEPS, suite=st.sampled_from(("quick", "wide")))
def test_the_projection_is_what_all_reports_fold_to(
    small: World, steps: list[tuple[str, list[Report]]], suite: str
) -> None:
    for what, reports in steps:
        before = state_of(small, suite).history
        carry_out(small, suite, what, reports)
        if what == "report":
            assert (state_of(small, suite).history, state_of(small, suite).counts) == (
                (before + rolled_up(r.status for r in reports[: 1 if suite == "quick" else 3])[0])[
                    -30:
                ],
                refolded(small, suite)[1],
            )
    with small.store.read() as connection:
        reruns = connection.execute(
            text("SELECT count(*) FROM job WHERE parent_id IS NOT NULL")
        ).scalar_one()
    if not reruns:  # a rerun judges its run once more, and leaves a letter of its own
        assert state_of(small, suite).history == refolded(small, suite)[0]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_shards_that_end_in_any_order_give_the_same_verdict(
    small: World, order: tuple[int, ...]
) -> None:
    reports = [
        report_of(Status.PASS, CaseResult("a", Status.PASS)),
        report_of(Status.FAIL, CaseResult("b", Status.FAIL), CaseResult("c", Status.PASS)),
        report_of(Status.MISS, CaseResult("d", Status.SKIP)),
    ]
    small.start("lab/cpu:wide")
    tickets = small.claim(3)
    for place in order:
        small.end([tickets[place]], reports[place])
    merged = state_of(small, "wide")
    assert (merged.status, merged.reason, merged.job) == (Status.FAIL, "it was FAIL", 2)
    assert merged.counts == Counts(fail=1, passed=2, skip=1)


def test_shards_that_end_in_one_batch_give_one_verdict(small: World) -> None:
    small.start("lab/cpu:wide")
    small.end(small.claim(3), report_of(Status.DONE, CaseResult("a", Status.DONE)))
    merged = state_of(small, "wide")
    assert (merged.history, merged.counts) == ("D", Counts(done=3))


def test_a_run_counts_the_cases_of_all_its_verdicts(small: World) -> None:
    number = small.carry_out(
        report_of(Status.FAIL, CaseResult("a", Status.FAIL), CaseResult("b", Status.PASS)),
        "lab/cpu",
    )
    found = run(small.store, "small", number)
    assert found is not None
    assert found.counts == Counts(fail=4, passed=4)


def test_a_history_keeps_its_last_thirty_letters(store: Store, clock: Hand) -> None:
    made = world(store, clock)
    for number in range(33):
        made.carry_out(report_of(Status.FAIL if number == 32 else Status.PASS), "lab/cpu:quick")
    found = state_of(made, "quick")
    assert found.history == "P" * 29 + "F"
    assert found.confidence == 0.5


def test_since_is_when_the_status_began_and_not_its_last_report(small: World) -> None:
    begun = []
    for status in (Status.PASS, Status.FAIL, Status.FAIL):
        small.clock.pass_by(timedelta(hours=1))
        begun.append(small.clock.now())
        small.carry_out(report_of(status), "lab/cpu:quick")
    found = state_of(small, "quick")
    assert (found.since, found.reported_at) == (begun[1], begun[2])
