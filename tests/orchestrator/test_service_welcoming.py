"""Runners that come with what nobody listed, while the server runs, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from playing import OPEN
from worlds import Hand, World, card_of, offer_of, report_of, world

from matrix.playground import MOST_VALUES
from orchestrator.service import carrying
from orchestrator.service.answers import Answers
from orchestrator.service.declarations import Declarations
from orchestrator.service.folder import Folder
from orchestrator.service.news import News
from orchestrator.service.settings import Settings
from orchestrator.service.welcoming import Host
from orchestrator.store import read_jobs, read_runs
from orchestrator.store.announcing import dismiss_all
from orchestrator.store.store import Store
from orchestrator.views import JobFilter, RunSummary
from runners.environments.repositories import Repositories
from runners.work import Offer

GARAGE = offer_of("garage")


@pytest.fixture
def house(store: Store, clock: Hand) -> World:
    return world(store, clock, OPEN)


@pytest.fixture
def answers(house: World, tmp_path: Path) -> Answers:
    settings = Settings(Folder(tmp_path), house.store.url)
    return Answers(settings, Declarations.of(house.matrix), house.store, News(), "token")


@pytest.fixture
def host(answers: Answers) -> Host:
    return Host(answers)


def runs(world: World) -> tuple[RunSummary, ...]:
    return read_runs.runs(world.store, "small", 0, 10) or ()


def names(world: World, run: int) -> set[str]:
    page = read_jobs.jobs(world.store, "small", JobFilter(run=run), 0, 100)
    assert page is not None
    return {job.name for job in page.jobs}


def come(world: World, *offers: Offer) -> int:
    return world.queue.announce(card_of("guest", *(offers or (GARAGE,))))


def test_nothing_is_started_where_nobody_came(host: Host, house: World) -> None:
    assert not host.look()
    assert runs(house) == ()


def test_a_guest_gets_a_run_of_its_own_cells(host: Host, house: World) -> None:
    host.look()
    come(house)

    assert host.look()

    (run,) = runs(house)
    assert run.note == carrying.WELCOME
    assert names(house, run.id) == {
        "garage/cpu:quick@stable",
        *(f"garage/cpu:wide@stable#{shard}/3" for shard in (1, 2, 3)),
    }


def test_a_guest_is_welcomed_once(host: Host, house: World) -> None:
    come(house)
    assert host.look()
    assert not host.look()


def test_what_waits_already_is_not_queued_again(answers: Answers, house: World) -> None:
    come(house)
    Host(answers).look()
    assert not Host(answers).look()
    assert len(runs(house)) == 1


def test_a_guest_whose_results_are_fresh_gets_no_run(answers: Answers, house: World) -> None:
    guest = World(house.store, house.clock, house.matrix, house.queue, come(house))
    Host(answers).look()
    while tickets := guest.claim(8, GARAGE):
        guest.end(tickets, report_of())
    dismiss_all(house.store)
    come(house)
    assert not Host(answers).look()


def test_a_second_guest_gets_only_what_is_its_own(host: Host, house: World) -> None:
    come(house)
    host.look()
    come(house, GARAGE, offer_of("shed"))
    assert host.look()
    assert all(name.startswith("shed/") for name in names(house, runs(house)[0].id))


def test_a_listed_site_starts_no_run(host: Host, house: World) -> None:
    come(house, offer_of("edge"))
    assert not host.look()


def test_a_matrix_without_open_axes_is_left_alone(small: World, tmp_path: Path) -> None:
    settings = Settings(Folder(tmp_path), small.store.url)
    answers = Answers(settings, Declarations.of(small.matrix), small.store, News(), "token")
    come(small)
    assert not Host(answers).look()


def test_the_dispatchers_are_told_of_a_new_run(answers: Answers, house: World) -> None:
    told: list[str] = []
    answers.listeners.append(lambda: told.append("news"))
    Host(answers).look()
    assert told == []
    come(house)
    Host(answers).look()
    assert told == ["news"]


def test_a_full_playground_is_told_until_there_is_room(
    host: Host, answers: Answers, house: World
) -> None:
    come(house, *(offer_of(f"s{number}") for number in range(MOST_VALUES + 2)))
    host.look()
    (problem,) = answers.news.status().problems
    assert problem.startswith("the playground of small is full: site=s")
    assert problem.endswith("and 1 more stays out")

    come(house)
    host.look()
    assert answers.news.status().problems == ()


def test_a_server_that_starts_carries_the_playground_out_too(house: World) -> None:
    come(house)
    run = carrying.begin(
        house.store, house.matrix, (GARAGE,), News(), Repositories(Path("/nowhere")), once=True
    )
    assert run is not None
    assert "garage/cpu:quick@stable" in names(house, run)


def test_a_run_can_select_the_playground(house: World) -> None:
    come(house)
    nobodys = Repositories(Path("/nowhere"))
    run = carrying.start_selected(house.store, house.matrix, "site=garage", News(), nobodys)
    assert len(names(house, run)) == 4


def test_what_feeds_a_guest_is_carried_out_with_it(store: Store, clock: Hand) -> None:
    text = OPEN.replace(
        "stacks:",
        """  build:
    command: [make]
    produces: {wheel: "*.whl"}
    place: {site: lab, accelerator: cpu}
  fed: {command: [run], uses: {wheel: build}}
stacks:""",
    )
    house = world(store, clock, text)
    come(house)
    run = carrying.welcome(store, house.matrix, News(), Repositories(Path("/nowhere")))
    assert run is not None
    assert {"garage/cpu:fed@stable", "lab/cpu:build@stable"} <= names(house, run)
    assert "lab/cpu:quick@stable" not in names(house, run)
