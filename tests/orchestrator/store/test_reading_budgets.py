"""Accounts as readers see them: who is there, what is left, how many wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from budgeted import capped, declared
from worlds import TEXT, Hand, report_of, world

from matrix.verdict import State
from orchestrator.server_views import AccountView
from orchestrator.store.read_budgets import accounts
from orchestrator.store.read_grid import cell_page, grid
from orchestrator.store.read_health import health
from orchestrator.store.read_jobs import jobs
from orchestrator.store.store import Store
from orchestrator.views import JobFilter

HOUR = timedelta(hours=1)
QUICK, WIDE = "lab/cpu:quick", "lab/cpu:wide"
CAPPED = TEXT + "policies: {timeout: 1h, budget: {day: 2h, owners: {eve: {month: 9h}}}}\n"


def by_owner(store: Store) -> dict[str, AccountView]:
    return {one.owner: one for one in accounts(store, "small") or ()}


def test_each_owner_has_its_periods(store: Store, clock: Hand) -> None:
    small = world(store, clock, CAPPED)
    small.start("lab/cpu:wide", owner="ann")
    first, _ = small.claim(8)
    clock.pass_by(HOUR)
    small.end([first], report_of())

    found = by_owner(store)
    assert set(found) == {"ann", "eve"}
    ann, eve = found["ann"], found["eve"]
    assert (ann.held, ann.waiting) == (HOUR, 1)
    assert [(one.period, one.used, one.cap) for one in ann.spent] == [
        ("day", HOUR, 2 * HOUR),
        ("week", HOUR, None),
        ("month", HOUR, None),
    ]
    assert [one.cap for one in eve.spent] == [None, None, 9 * HOUR]
    assert [one.renews_at for one in eve.spent] == [
        datetime(2026, 11, 24, tzinfo=UTC),
        datetime(2026, 11, 30, tzinfo=UTC),
        datetime(2026, 12, 1, tzinfo=UTC),
    ]


def test_without_a_budget_it_is_still_known_who_used_what(store: Store, clock: Hand) -> None:
    small = world(store, clock)
    small.start("lab/cpu:quick")
    tickets = small.claim()
    clock.pass_by(HOUR / 2)
    small.end(tickets, report_of())
    (local,) = by_owner(store).values()
    assert {one.used for one in local.spent} == {HOUR / 2}
    assert {one.cap for one in local.spent} == {None}
    assert local.waiting == 0


def test_who_waits_for_a_runner_does_not_wait_for_a_budget(store: Store, clock: Hand) -> None:
    small = world(store, clock, CAPPED)
    small.start("edge", owner="ann")
    small.start("lab/cpu:quick", owner="bob")
    assert by_owner(store)["bob"].waiting == 0
    assert "ann" not in by_owner(store)


def test_an_account_of_last_month_is_no_longer_listed(store: Store, clock: Hand) -> None:
    small = world(store, clock)
    small.start("lab/cpu:quick")
    tickets = small.claim()
    clock.pass_by(HOUR / 2)
    small.end(tickets, report_of())
    clock.pass_by(timedelta(days=40))
    assert accounts(store, "small") == ()


def test_a_matrix_that_is_not_there_has_no_accounts(store: Store) -> None:
    assert accounts(store, "small") is None


def test_a_job_that_waits_for_a_budget_does_not_want_more_runners(
    store: Store, clock: Hand
) -> None:
    small = capped(store, clock, "{day: 1h, owners: {bob: {}}}")
    small.start(WIDE)
    small.claim(8)
    assert health(store).queue.oldest_at is None
    clock.pass_by(HOUR / 4)
    small.start(QUICK, owner="bob")
    assert health(store).queue.oldest_at == clock.now()


def test_grid_cell_and_lists_tell_the_reason(store: Store, clock: Hand) -> None:
    small = capped(store, clock, "{day: 30m}")
    small.start()
    shown = grid(store, "small")
    assert shown is not None
    faces = {(one.site.name, one.accelerator.name): one for one in shown.faces}
    assert faces["lab", "cpu"].state is State.QUEUED
    assert "waits for the budget of local" in faces["lab", "cpu"].reason
    assert faces["edge", "gpu"].reason == "no runner offers site=edge"
    square = cell_page(store, "small", "lab", "cpu")
    assert square is not None
    assert square.face.reason == faces["lab", "cpu"].reason
    assert {state.waits for state in square.states} == {square.face.reason}
    page = jobs(store, "small", JobFilter(sites=frozenset({"lab"})), 0, 50)
    assert page is not None
    reasons = {one.waiting_for for one in page.jobs if dict(one.cell)["accelerator"] == "cpu"}
    assert reasons == {square.face.reason}

    declared(small, "{day: 99h}")
    again = grid(store, "small")
    assert again is not None
    assert all("budget" not in one.reason for one in again.faces)
