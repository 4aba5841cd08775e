"""A server's health as its service puts it together: store, disk and growth."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from worlds import World, report_of

from orchestrator.service.answers import Answers
from orchestrator.service.declarations import Declarations
from orchestrator.service.folder import Folder
from orchestrator.service.growth import note
from orchestrator.service.news import News
from orchestrator.service.settings import Settings

DAY = timedelta(days=1)


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def answers(small: World, tmp_path: Path) -> Answers:
    settings = Settings(Folder(tmp_path).made(), small.store.url)
    return Answers(settings, Declarations.of(small.matrix), small.store, News(), "token")


@pytest.fixture(autouse=True)
def _disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(1000, 600, 400))


def grown(world: World, home: Path, *sizes: int) -> None:
    """The database had these sizes, a day between two."""
    for size in sizes:
        note(home, world.clock.now(), size)
        world.clock.pass_by(DAY)


def test_it_has_the_store_and_the_disk_under_the_data_folder(
    small: World, answers: Answers
) -> None:
    small.carry_out(report_of(), "lab/cpu:quick")
    found = answers.health()
    assert found.store.totals.reports == 1
    assert (found.disk_bytes, found.free_bytes) == (1000, 400)
    assert found.growth is None


def test_a_sqlite_file_that_grows_fills_its_disk(
    small: World, answers: Answers, tmp_path: Path
) -> None:
    grown(small, tmp_path, 100, 150, 200)
    growth = answers.health().growth
    assert growth is not None
    assert growth.bytes_per_day == pytest.approx(50)
    if small.store.is_sqlite:
        assert growth.full_in_days == pytest.approx(8)
    else:
        assert growth.full_in_days is None  # PostgreSQL may lie on any disk


def test_it_started_when_it_was_opened(answers: Answers) -> None:
    assert answers.health().started_at == answers.started_at == answers.health().started_at
    assert answers.started_at.utcoffset() == timedelta()


def test_it_reads_what_is_there_now(small: World, answers: Answers) -> None:
    before = answers.health()
    small.start("lab/cpu")
    after = answers.health()
    assert before.store.queue.waiting == 0
    assert after.store.queue.waiting > 0
