"""What a server carries out when it starts, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from worlds import TEXT, Hand, card_of, matrix_of, offer_of, report_of, world

from matrix.errors import CoevoError
from matrix.model import Matrix
from matrix.status import Status
from orchestrator.service import carrying
from orchestrator.service.news import News
from orchestrator.store import read_jobs, read_runs
from orchestrator.store.store import Store
from orchestrator.store.store_queue import StoreQueue
from orchestrator.views import JobFilter
from runners.environments.repositories import Repositories
from runners.work import Offer

NOBODYS = Repositories(Path("/nowhere"))  # none of these stacks follows one
OFFERS: tuple[Offer, ...] = (offer_of(),)


def begun(
    store: Store, matrix: Matrix, *, once: bool = False, offers: Sequence[Offer] = OFFERS
) -> int | None:
    StoreQueue(store).announce(card_of("bench", *offers))
    return carrying.begin(store, matrix, offers, News(), NOBODYS, once=once)


def names(store: Store, run: int) -> set[str]:
    page = read_jobs.jobs(store, "small", JobFilter(run=run), 0, 100)
    assert page is not None
    return {job.name for job in page.jobs}


def states(store: Store) -> list[str]:
    return [run.state for run in read_runs.runs(store, "small", 0, 10) or ()]


def carry_out(store: Store, clock: Hand) -> None:
    """End what is queued and offered, all with PASS."""
    small = world(store, clock)
    while tickets := small.claim(8):
        small.end(tickets, report_of())


def test_an_empty_store_gets_a_run_of_everything(store: Store) -> None:
    run = begun(store, matrix_of())

    assert run is not None
    assert len(names(store, run)) == 16


def test_what_is_unfinished_goes_on(store: Store) -> None:
    first = begun(store, matrix_of())

    assert begun(store, matrix_of()) == first
    assert begun(store, matrix_of(), once=True) == first


def test_nothing_is_run_where_all_that_is_offered_is_fresh(store: Store, clock: Hand) -> None:
    begun(store, matrix_of())
    carry_out(store, clock)

    assert begun(store, matrix_of()) is None


def test_once_runs_everything_again(store: Store, clock: Hand) -> None:
    first = begun(store, matrix_of())
    carry_out(store, clock)

    second = begun(store, matrix_of(), once=True)

    assert second is not None
    assert second != first
    assert len(names(store, second)) == 16


def test_what_nobody_offered_is_queued_at_most_once(store: Store, clock: Hand) -> None:
    begun(store, matrix_of())
    carry_out(store, clock)
    begun(store, matrix_of(), once=True)

    page = read_jobs.jobs(store, "small", JobFilter(states=frozenset({"queued"})), 0, 100)

    assert page is not None
    assert len({job.name for job in page.jobs}) == len(page.jobs) == 16
    assert states(store) == ["running", "ended"]


def test_a_stale_result_is_run_again(store: Store, clock: Hand) -> None:
    begun(store, matrix_of())
    carry_out(store, clock)
    clock.pass_by(timedelta(hours=37))

    run = begun(store, matrix_of())

    assert run is not None
    assert "lab/cpu:quick@stable" in names(store, run)


def test_only_what_changed_is_run_again(store: Store, clock: Hand) -> None:
    begun(store, matrix_of())
    carry_out(store, clock)

    run = begun(store, matrix_of(TEXT.replace("quick.sh", "quicker.sh")))

    assert run is not None
    found = {name for name in names(store, run) if name.startswith("lab/cpu")}
    assert found == {"lab/cpu:quick@stable"}


def test_nothing_is_run_where_nobody_offers_anything(store: Store) -> None:
    assert begun(store, matrix_of(), offers=(offer_of("moon"),)) is None


def test_once_is_a_run_even_where_nobody_offers_anything(store: Store) -> None:
    assert begun(store, matrix_of(), once=True, offers=(offer_of("moon"),)) is not None


def test_a_run_that_was_asked_for_has_what_was_selected(store: Store, clock: Hand) -> None:
    small = world(store, clock)

    run = carrying.start_selected(
        store, small.matrix, "site=lab,suite=wide,accelerator!=gpu", News(), NOBODYS
    )

    assert names(store, run) == {f"lab/cpu:wide@stable#{n}/3" for n in (1, 2, 3)}


def test_a_run_of_everything_has_everything(store: Store, clock: Hand) -> None:
    small = world(store, clock)

    assert (
        len(names(store, carrying.start_selected(store, small.matrix, "", News(), NOBODYS))) == 16
    )


@pytest.mark.parametrize("select", ["site=moon", "suite!=quick,suite!=wide"])
def test_a_run_of_nothing_is_a_mistake(store: Store, clock: Hand, select: str) -> None:
    small = world(store, clock)

    with pytest.raises(CoevoError, match="no planned job is selected"):
        carrying.start_selected(store, small.matrix, select, News(), NOBODYS)


def test_a_failure_is_fresh_too(store: Store, clock: Hand) -> None:
    begun(store, matrix_of())
    small = world(store, clock)
    while tickets := small.claim(8):
        small.end(tickets, report_of(Status.FAIL))

    assert begun(store, matrix_of()) is None
