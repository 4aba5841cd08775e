from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from worlds import TEXT, Hand, World, matrix_of, report_of, world

from matrix.policies import Keep
from matrix.status import Status
from matrix.verdict import State
from orchestrator.store.events import latest, since
from orchestrator.store.keep import EVENTS, _end, longest_keep, prune
from orchestrator.store.months import CASES, LOGS, month_of, months
from orchestrator.store.planning import save_matrix
from orchestrator.store.read_grid import cell_page, grid
from orchestrator.store.read_jobs import job
from orchestrator.store.read_logs import log
from orchestrator.store.read_reports import cases, report
from orchestrator.store.read_runs import run
from orchestrator.store.store import Store
from orchestrator.views import CaseFilter
from runners.work import CaseResult, LogChunk, MetricValue

QUICK = "lab/cpu:quick"
EVER = timedelta(days=10_000)
GOOD = CaseResult("good", Status.PASS, 0.5, "cpu", "float32")
BAD = CaseResult("bad", Status.FAIL, 0.25, "cuda", "bfloat16", "off by 3", '{"x": 1}', "repeat it")
NOBODY = (CaseResult("known", Status.FAIL, message="known", expected=True),)


def recorded(world: World, *results: CaseResult, words: bytes = b"words") -> int:
    world.queue.renew(world.runner, [])
    world.start(QUICK)
    (ticket,) = world.claim()
    world.queue.note(world.runner, [], [LogChunk(ticket.key, 0, words)])
    world.end([ticket], report_of(Status.FAIL, *results))
    return ticket.key.job


@pytest.fixture
def quarter(small: World) -> World:
    """Reports of 23 November, 28 December and 1 February, seen on 1 March 2027."""
    for days in (35, 35, 28):
        recorded(small, GOOD, BAD)
        small.clock.pass_by(timedelta(days=days))
    return small


def left(world: World, kind: str) -> tuple[int, ...]:
    with world.store.read() as connection:
        return months(connection, kind)


@pytest.mark.parametrize(
    ("days", "gone"),
    [
        (0, (202611, 202612, 202702)),
        (1, (202611, 202612)),
        (58, (202611, 202612)),
        (59, (202611, 202612)),
        (60, (202611,)),
        (90, (202611,)),
        (91, ()),
        (4000, ()),
    ],
)
def test_a_month_goes_once_its_last_day_is_past_its_time(
    quarter: World, days: int, gone: tuple[int, ...]
) -> None:
    # On 1 March at noon: December ended 59 and a half days ago, November 90 and a half.
    kept = Keep(logs=EVER, passing_cases=timedelta(days=days))
    assert prune(quarter.store, kept, dry_run=True).case_months == gone


def test_what_goes_is_counted(quarter: World) -> None:
    found = prune(quarter.store, Keep(timedelta(days=40), timedelta(days=70)))
    assert (found.log_months, found.log_chunks) == ((202611, 202612), 2)
    assert (found.case_months, found.cases) == ((202611,), 2)


def test_only_what_went_is_gone(quarter: World) -> None:
    prune(quarter.store, Keep(timedelta(days=70), timedelta(days=40)))
    assert left(quarter, LOGS) == (202612, 202702)
    assert left(quarter, CASES) == (202702,)
    assert [cases(quarter.store, number, CaseFilter(), 0, 9).total for number in (1, 2, 3)] == [
        1,
        1,
        2,
    ]


def test_a_second_prune_finds_nothing(quarter: World) -> None:
    prune(quarter.store, Keep())
    again = prune(quarter.store, Keep())
    assert again == ((), 0, (), 0, 0, ())


def test_a_store_without_reports_has_nothing_to_prune(small: World) -> None:
    assert prune(small.store, Keep(timedelta(0), timedelta(0))) == ((), 0, (), 0, 0, ())


def test_what_failed_keeps_all_it_had_to_say(quarter: World) -> None:
    prune(quarter.store, Keep(EVER, timedelta(0)))
    assert cases(quarter.store, 1, CaseFilter(), 0, 9).cases == (BAD,)


def test_an_expected_failure_stays_too(small: World) -> None:
    recorded(small, *NOBODY, GOOD)
    small.clock.pass_by(timedelta(days=60))
    prune(small.store, Keep(EVER, timedelta(0)))
    assert cases(small.store, 1, CaseFilter(), 0, 9).cases == NOBODY


@pytest.mark.parametrize("status", Status)
def test_what_passed_or_was_skipped_goes_and_the_rest_stays(small: World, status: Status) -> None:
    recorded(small, CaseResult("a", status, message="it said this"))
    small.clock.pass_by(timedelta(days=60))
    prune(small.store, Keep(EVER, timedelta(0)))
    stays = status in {Status.FAIL, Status.ERROR, Status.MISS}
    assert cases(small.store, 1, CaseFilter(), 0, 9).total == stays


def test_what_is_left_is_found_by_status_text_and_page(small: World) -> None:
    recorded(
        small,
        CaseResult("conv", Status.ERROR),
        CaseResult("add", Status.FAIL),
        GOOD,
        CaseResult("Conv.grad", Status.FAIL),
    )
    small.clock.pass_by(timedelta(days=60))
    prune(small.store, Keep(EVER, timedelta(0)))

    def names(wanted: CaseFilter, offset: int = 0, limit: int = 9) -> list[str]:
        found = cases(small.store, 1, wanted, offset, limit)
        return [case.id for case in found.cases]

    assert names(CaseFilter()) == ["add", "Conv.grad", "conv"]
    assert names(CaseFilter(text="CONV")) == ["Conv.grad", "conv"]
    assert names(CaseFilter(frozenset({Status.ERROR}))) == ["conv"]
    assert names(CaseFilter(), 1, 1) == ["Conv.grad"]


def test_verdicts_counts_metrics_and_history_stay(small: World) -> None:
    metric = MetricValue("step", "s", "lower", (0.5,))
    number = small.carry_out(report_of(Status.FAIL, GOOD, BAD, metrics=(metric,)), QUICK)
    read = (
        lambda: report(small.store, 1),
        lambda: run(small.store, "small", number),
        lambda: job(small.store, "small", 1),
        lambda: cell_page(small.store, "small", "lab", "cpu"),
        lambda: grid(small.store, "small"),
    )
    small.clock.pass_by(timedelta(days=400))
    before = [one() for one in read[:4]]
    assert prune(small.store, Keep()).case_months == (202611,)
    assert [one() for one in read[:4]] == before
    slide = read[4]()
    assert slide is not None
    assert State.FAILING not in {face.state for face in slide.faces}


def test_a_log_that_went_is_closed_and_empty_at_any_offset(quarter: World) -> None:
    prune(quarter.store, Keep(timedelta(days=70), EVER))
    for offset in (0, 3, 1000):
        piece = log(quarter.store, 1, offset, 10)
        assert piece is not None
        assert (piece.data, piece.closed) == (b"", True)
    kept = log(quarter.store, 2, 0, 10)
    assert kept is not None
    assert kept.data == b"words"


def test_each_day_leaves_a_count_of_its_own(small: World) -> None:
    recorded(small, GOOD, GOOD)
    recorded(small, GOOD, BAD)
    small.clock.pass_by(timedelta(days=1))
    recorded(small, BAD, *NOBODY)
    small.clock.pass_by(timedelta(days=60))
    prune(small.store, Keep(EVER, timedelta(0)))
    query = text("SELECT day, reports, fail, passed, expected FROM daily_count ORDER BY day")
    with small.store.read() as connection:
        assert connection.execute(query).all() == [
            ("2026-11-23", 2, 1, 3, 0),
            ("2026-11-24", 1, 1, 0, 1),
        ]


def test_months_that_go_one_after_the_other_all_leave_their_counts(quarter: World) -> None:
    prune(quarter.store, Keep(EVER, timedelta(days=70)))
    prune(quarter.store, Keep(EVER, timedelta(days=40)))
    with quarter.store.read() as connection:
        days = connection.scalars(text("SELECT day FROM daily_count ORDER BY id")).all()
    assert days == ["2026-11-23", "2026-12-28"]


def test_a_day_is_one_of_utc(small: World) -> None:
    small.clock.pass_by(timedelta(hours=11, minutes=59))  # 23:59 UTC
    recorded(small, GOOD)
    small.clock.pass_by(timedelta(days=60))
    prune(small.store, Keep(EVER, timedelta(0)))
    with small.store.read() as connection:
        assert connection.scalar(text("SELECT day FROM daily_count")) == "2026-11-23"


def test_old_events_go_and_ids_still_rise(small: World) -> None:
    seen = latest(small.store)
    small.clock.pass_by(EVENTS)
    assert prune(small.store, Keep()).events == 0
    small.clock.pass_by(timedelta(microseconds=1))
    assert prune(small.store, Keep()).events == seen
    assert since(small.store, 0, 100) == ()
    small.queue.renew(small.runner, [])
    small.start(QUICK)
    assert since(small.store, 0, 1)[0].id == seen + 1


def test_a_dry_run_counts_old_events_and_leaves_them(small: World) -> None:
    before = since(small.store, 0, 100)
    small.clock.pass_by(timedelta(days=31))
    assert prune(small.store, Keep(), dry_run=True).events == len(before) > 0
    assert since(small.store, 0, 100) == before


def test_without_a_matrix_the_keeping_is_the_ordinary_one(store: Store) -> None:
    assert longest_keep(store) == Keep()


def test_the_matrix_that_keeps_longest_decides_for_each_class(store: Store, clock: Hand) -> None:
    world(store, clock, TEXT + "keep: {logs: 5d, passing_cases: 400d}\n")
    other = TEXT.replace("name: small", "name: other") + "keep: {logs: 60d, passing_cases: 10d}\n"
    clock.pass_by(timedelta(minutes=1))
    save_matrix(store, matrix_of(other))
    assert longest_keep(store) == Keep(timedelta(days=60), timedelta(days=400))


def test_only_the_newest_revision_of_a_matrix_decides(store: Store, clock: Hand) -> None:
    world(store, clock, TEXT + "keep: {logs: 400d}\n")
    clock.pass_by(timedelta(minutes=1))
    save_matrix(store, matrix_of(TEXT + "keep: {logs: 7d}\n"))
    assert longest_keep(store).logs == timedelta(days=7)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - Hypothesis adds the zone
def test_a_month_ends_where_the_next_begins(moment: datetime) -> None:
    month = month_of(moment)
    end = _end(month)
    assert moment < end <= moment + timedelta(days=31)
    assert month_of(end - timedelta(microseconds=1)) == month
    assert month_of(end) > month
