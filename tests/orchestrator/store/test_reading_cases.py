from __future__ import annotations

from datetime import timedelta

import pytest
from many_cases import ALL, FEW, MANY, QUICK, SORTED, names, page, recorded
from sqlalchemy import text
from worlds import World, lost_machine, report_of

from matrix.status import WORST_FIRST, Status
from orchestrator.store.months import case_table, month_of
from orchestrator.store.read_reports import report
from orchestrator.store.rerunning import rerun
from orchestrator.views import CaseFilter, CasePage
from runners.work import CaseResult


def test_cases_of_one_status_keep_the_order_of_the_report(small: World) -> None:
    found = page(small, recorded(small, *MANY))
    assert found == CasePage(len(MANY), SORTED)


@pytest.mark.parametrize("size", [1, 7, 50, 119, 120, 121])
def test_pages_put_side_by_side_are_the_whole(small: World, size: int) -> None:
    job = recorded(small, *MANY)
    pages = [page(small, job, ALL, at, size) for at in range(0, len(MANY), size)]
    assert tuple(case for one in pages for case in one.cases) == SORTED
    assert {one.total for one in pages} == {len(MANY)}


@pytest.mark.parametrize(("offset", "limit"), [(120, 10), (10**9, 1), (0, 0), (60, 0)])
def test_a_page_behind_the_end_or_of_no_length_is_empty_but_counts(
    small: World, offset: int, limit: int
) -> None:
    assert page(small, recorded(small, *MANY), ALL, offset, limit) == CasePage(120, ())


@pytest.mark.parametrize("expected", [False, True])
@pytest.mark.parametrize("planted", [False, True])
@pytest.mark.parametrize("status", Status)
def test_flags_come_back_with_every_status(
    small: World,
    status: Status,
    planted: bool,
    expected: bool,
) -> None:
    case = CaseResult("one", status, expected=expected, planted=planted)
    job = recorded(small, case)
    assert page(small, job).cases == (case,)
    assert page(small, job, CaseFilter(frozenset({status}))).total == 1


@pytest.mark.parametrize(
    ("seconds", "kept"),
    [
        (None, None),
        (0.0, 0.0),
        (0.000001, 0.000001),
        (0.0000004, 0.0),
        (1.5, 1.5),
        (86_400.25, 86_400.25),
    ],
)
def test_a_duration_is_kept_to_the_microsecond(
    small: World, seconds: float | None, kept: float | None
) -> None:
    (case,) = page(small, recorded(small, CaseResult("a", Status.PASS, seconds))).cases
    assert case.seconds == kept


@pytest.mark.parametrize("seconds", [16.777217, 99.999999, 3_600.123456, 600_000.654321])
def test_of_a_longer_duration_at_least_seven_digits_are_kept(small: World, seconds: float) -> None:
    (case,) = page(small, recorded(small, CaseResult("a", Status.PASS, seconds))).cases
    exactly = pytest.approx(seconds, rel=1e-12, abs=1.1e-6)  # cut off behind the microsecond
    assert case.seconds == (exactly if small.store.is_sqlite else pytest.approx(seconds, rel=1e-7))


def test_a_month_that_was_begun_with_exact_durations_goes_on_with_them(small: World) -> None:
    if small.store.is_sqlite:
        pytest.skip("they are always exact there")
    long = CaseResult("a", Status.PASS, 3_600.123456)
    first = recorded(small, long)
    with small.store.write() as connection:
        table = case_table(month_of(small.clock.now()))
        connection.execute(text(f"ALTER TABLE {table.name} ALTER COLUMN micros TYPE bigint"))
    second = recorded(small, long)
    assert page(small, first).cases[0].seconds == pytest.approx(3_600.123456, rel=1e-7)
    assert page(small, second).cases == (long,)


def test_one_op_on_several_devices_and_formats_is_told_apart(small: World) -> None:
    variants = tuple(
        CaseResult("add", Status.PASS, 0.5, device, dtype)
        for device in ("cpu", "cuda:0", "")
        for dtype in ("float32", "bfloat16", "")
    )
    assert page(small, recorded(small, *variants)).cases == variants


def test_the_same_case_twice_in_a_report_is_two_cases(small: World) -> None:
    twice = (CaseResult("a", Status.PASS, 0.5), CaseResult("a", Status.PASS, 0.25))
    assert page(small, recorded(small, *twice)).cases == twice


def test_details_stay_with_their_own_case(small: World) -> None:
    told = tuple(
        CaseResult(f"c{n}", Status.FAIL, message=f"off by {n}", detail=f"[{n}]", repeat=f"run {n}")
        if n % 3
        else CaseResult(f"c{n}", Status.FAIL)
        for n in range(9)
    )
    assert page(small, recorded(small, *told)).cases == told


def test_details_of_two_reports_do_not_mix(small: World) -> None:
    first = recorded(small, CaseResult("a", Status.FAIL, message="first"))
    second = recorded(small, CaseResult("a", Status.FAIL, message="second"))
    assert [page(small, job).cases[0].message for job in (first, second)] == ["first", "second"]


def test_a_passing_case_that_says_something_keeps_it(small: World) -> None:
    told = CaseResult("a", Status.PASS, message="slow, but right", detail="{}")
    assert page(small, recorded(small, told)).cases == (told,)


def test_cases_of_the_newest_attempt_are_shown(small: World) -> None:
    small.start(QUICK)
    first = lost_machine()
    small.end(
        small.claim(),
        report_of(
            first.status,
            CaseResult("half", Status.PASS),
            layer=first.layer,
            retry=True,
        ),
    )
    assert names(page(small, 1)) == ["half"]
    small.end(small.claim(), report_of(Status.PASS, CaseResult("whole", Status.PASS)))
    assert names(page(small, 1)) == ["whole"]


def test_a_rerun_leaves_the_cases_of_its_parent(small: World) -> None:
    old = recorded(small, CaseResult("a", Status.FAIL))
    again = rerun(small.store, "small", old)
    assert page(small, again) == CasePage(0, ())
    small.end(small.claim(), report_of(Status.PASS, CaseResult("a", Status.PASS)))
    assert page(small, again).cases[0].status is Status.PASS
    assert page(small, old).cases[0].status is Status.FAIL


def test_a_report_without_cases_has_none_though_others_have(small: World) -> None:
    recorded(small, CaseResult("a", Status.PASS))
    empty = recorded(small)
    recorded(small, CaseResult("b", Status.PASS))
    assert page(small, empty) == CasePage(0, ())


@pytest.mark.parametrize("job", [0, -1, 99, 2**40])
def test_a_job_that_does_not_exist_has_no_cases(small: World, job: int) -> None:
    recorded(small, CaseResult("a", Status.PASS))
    assert page(small, job) == CasePage(0, ())


def test_reports_of_two_months_are_both_read(small: World) -> None:
    november = recorded(small, CaseResult("a", Status.PASS), CaseResult("b", Status.FAIL))
    small.clock.pass_by(timedelta(days=20))
    small.queue.renew(small.runner, [])
    december = recorded(small, CaseResult("b", Status.PASS), CaseResult("c", Status.PASS))
    assert names(page(small, november)) == ["b", "a"]
    assert names(page(small, december)) == ["b", "c"]


def test_cases_of_the_shards_of_a_suite_are_their_own(small: World) -> None:
    small.start("lab/cpu:wide")
    for number, ticket in enumerate(small.claim(3)):
        small.end([ticket], report_of(Status.PASS, CaseResult(f"part {number}", Status.PASS)))
    assert [names(page(small, job)) for job in (1, 2, 3)] == [["part 0"], ["part 1"], ["part 2"]]


def test_reports_recorded_in_one_batch_keep_their_cases_apart(small: World) -> None:
    for _ in range(3):
        small.start(QUICK)
    cases_of_all = report_of(Status.PASS, *FEW[:3])
    small.end(small.claim(3), cases_of_all)
    assert [page(small, job).total for job in (1, 2, 3)] == [3, 3, 3]


def test_two_suites_may_name_their_cases_alike(small: World) -> None:
    small.carry_out(report_of(Status.PASS, CaseResult("a", Status.PASS)), "lab/cpu")
    assert {names(page(small, job))[0] for job in (1, 2, 3, 4)} == {"a"}


def test_a_report_counts_what_its_pages_hold(small: World) -> None:
    job = recorded(small, *MANY)
    found = report(small.store, job)
    assert found is not None
    assert found.counts.total == page(small, job).total == len(MANY)
    for status, counted in zip(WORST_FIRST, found.counts, strict=False):
        assert page(small, job, CaseFilter(frozenset({status}))).total == counted
