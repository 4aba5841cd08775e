"""The demo's parts: its matrix over time, its clock, its machines, its story."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from matrix.expand import expand
from matrix.needs import first_unmet
from orchestrator.service.demo import MovedClock, cards, demo_matrix, forget_past
from orchestrator.service.folder import Folder
from orchestrator.service.settings import Settings
from orchestrator.service.stations import stations
from orchestrator.service.story import NEW, PAST_HOURS, STALE, _lived


def settings(folder: Path) -> Settings:
    return Settings(Folder(folder).made(), "", simulated=True)


def test_the_demo_is_the_slide() -> None:
    matrix = demo_matrix()

    assert [value.label for value in matrix.axis("site").values] == [
        "Cloud A",
        "Cloud B",
        "Cloud C",
        "Lab",
        "Edge",
    ]
    assert len(expand(matrix)) == 5 * 4 * 2


def test_each_tick_is_a_revision_of_the_same_suites() -> None:
    now, then, later = demo_matrix(), demo_matrix(1), demo_matrix(2)

    assert len({now.digest, then.digest, later.digest}) == 3
    assert now.name == then.name == later.name
    for suite in then.suites:
        told = dict(suite.parameters)
        assert (told["tick"], told["pace"]) == ("1", "0")
    assert not any("tick" in dict(suite.parameters) for suite in now.suites)


def test_every_suite_of_the_demo_is_the_simulated_one() -> None:
    assert {suite.program for suite in demo_matrix().suites} == {"simulated"}


def test_every_job_of_the_demo_is_offered_by_one_machine() -> None:
    matrix = demo_matrix()
    offers = [offer for card in cards(matrix) for offer in card.offers]

    for job in expand(matrix):
        assert first_unmet(job.cell, matrix.suite(job.suite).needs, offers) == ""
    assert len(offers) == 20


def test_every_machine_of_the_demo_says_that_it_is_simulated() -> None:
    for card in cards(demo_matrix()):
        assert card.simulated
        assert card.kind == "simulated"
        assert "simulated" in card.label


def test_no_real_machine_takes_the_demos_jobs(tmp_path: Path) -> None:
    matrix = demo_matrix()
    (real,) = stations(Settings(Folder(tmp_path).made(), "", use_ray=False), matrix)

    for job in expand(matrix):
        assert first_unmet(job.cell, matrix.suite(job.suite).needs, real.card.offers)


def test_the_demo_never_uses_this_machines_own_runner(tmp_path: Path) -> None:
    found = stations(settings(tmp_path), demo_matrix())

    assert [station.card.name for station in found] == [
        f"{site}-simulated" for site in ("cloud-a", "cloud-b", "cloud-c", "lab", "edge")
    ]


def test_the_clock_of_the_past_runs_as_fast_as_ours() -> None:
    clock = MovedClock(timedelta(hours=3))

    before = datetime.now(UTC) - timedelta(hours=3)
    assert before <= clock.now() <= datetime.now(UTC) - timedelta(hours=3)
    clock.behind = timedelta()
    assert clock.now() >= before + timedelta(hours=3)


def test_what_an_earlier_demo_left_is_dropped(tmp_path: Path) -> None:
    folder = Folder(tmp_path).made()
    for name in ("coevo.db", "coevo.db-wal", "coevo.db-shm"):
        (tmp_path / name).touch()
    token = folder.token()

    forget_past(folder)

    assert not list(tmp_path.glob("coevo.db*"))
    assert folder.token() == token


def test_the_past_goes_forward() -> None:
    assert list(PAST_HOURS) == sorted(PAST_HOURS, reverse=True)
    freshness = demo_matrix().policies.freshness
    assert timedelta(hours=PAST_HOURS[0]) > freshness > timedelta(hours=PAST_HOURS[1])


@pytest.mark.parametrize("tick", range(len(PAST_HOURS)))
def test_the_past_leaves_out_what_is_to_be_stale_or_new(tick: int) -> None:
    lived = {
        "/".join(value for _, value in job.cell)
        for job in expand(demo_matrix(tick))
        if _lived(job, tick)
    }

    assert not lived & set(NEW)
    assert bool(lived & set(STALE)) == (tick == 0)
    assert len(lived) == (19 if tick == 0 else 17)
