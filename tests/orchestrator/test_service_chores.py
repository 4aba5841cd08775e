"""What a server does beside its work, at a quick pace, over the real stores."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from worlds import World, report_of

from matrix.status import Status
from orchestrator.service import chores as chores_module
from orchestrator.service.chores import Rhythm, chores
from orchestrator.service.folder import Folder
from orchestrator.service.growth import FILE, samples
from orchestrator.service.logbook import LOG_FILE, logbook
from orchestrator.service.news import News
from orchestrator.service.settings import LogFormat, Settings
from orchestrator.store.keep import longest_keep, prune
from orchestrator.store.read_reports import cases
from orchestrator.views import CaseFilter
from runners.work import CaseResult

QUICK = "lab/cpu:quick"
QUICKLY = Rhythm(room=0.01, measure=0.01, tell=0.01, forget_first=0.0, forget=0.01)
NEVER = Rhythm(measure=600.0, tell=600.0, forget_first=600.0)
GOOD = CaseResult("good", Status.PASS)


def settings(home: Path, **changes: object) -> Settings:
    return Settings(Folder(home).made(), "", log_format=LogFormat.JSON, **changes)  # type: ignore[arg-type] # by name


def lines(home: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (home / LOG_FILE).read_text().splitlines()]


def named(home: Path, event: str) -> list[dict[str, object]]:
    return [line for line in lines(home) if line["event"] == event]


def lived(
    world: World,
    told: Settings,
    is_done: Callable[[], bool],
    rhythm: Rhythm = QUICKLY,
    *,
    once: bool = False,
) -> None:
    """Run the chores until something holds, and end them as a server does."""

    async def live() -> None:
        every = chores(told, world.store, News(), once=once, rhythm=rhythm)
        tasks = [asyncio.create_task(one) for one in every]
        async with asyncio.timeout(30):
            while not is_done():  # noqa: ASYNC110 - files and rows tell of no event
                await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    with logbook(told.folder, told.log_format):
        asyncio.run(live())


def aged(world: World) -> int:
    """A job whose cases are past their time; its row."""
    world.carry_out(report_of(Status.PASS, GOOD), QUICK)
    world.clock.pass_by(timedelta(days=200))
    return 1


def test_what_is_due_is_forgotten_without_being_asked(small: World, tmp_path: Path) -> None:
    number = aged(small)
    lived(small, settings(tmp_path), lambda: bool(named(tmp_path, "forgotten")))
    assert cases(small.store, number, CaseFilter(), 0, 9).total == 0
    (line,) = named(tmp_path, "forgotten")
    assert (line["cases"], line["environments"]) == (1, 0)
    assert not any(prune(small.store, longest_keep(small.store), dry_run=True))


def test_a_day_on_which_nothing_is_due_is_not_told(small: World, tmp_path: Path) -> None:
    small.carry_out(report_of(Status.PASS, GOOD), QUICK)
    lived(small, settings(tmp_path), lambda: len(samples(tmp_path)) > 0)
    assert named(tmp_path, "forgotten") == []
    assert cases(small.store, 1, CaseFilter(), 0, 9).total == 1


@pytest.mark.parametrize(("once", "simulated"), [(True, False), (False, True)])
def test_a_single_run_and_a_demo_forget_nothing(
    small: World, tmp_path: Path, once: bool, simulated: bool
) -> None:
    number = aged(small)
    told = settings(tmp_path, simulated=simulated)
    lived(small, told, lambda: len(samples(tmp_path)) > 0, once=once)
    assert cases(small.store, number, CaseFilter(), 0, 9).total == 1


def test_the_size_of_the_database_is_kept(small: World, tmp_path: Path) -> None:
    lived(small, settings(tmp_path), (tmp_path / FILE).exists, NEVER)
    (sample,) = samples(tmp_path)
    assert sample.at == small.clock.now()
    assert sample.bytes > 2**16


def test_the_last_word_is_told_when_a_server_ends(small: World, tmp_path: Path) -> None:
    def done() -> bool:
        if not samples(tmp_path):
            return False
        small.carry_out(report_of(), QUICK)
        return True

    lived(small, settings(tmp_path), done, NEVER)
    assert len(named(tmp_path, "job.ended")) == 1


def test_a_text_log_is_left_to_people(small: World, tmp_path: Path) -> None:
    told = Settings(Folder(tmp_path).made(), "")
    small.carry_out(report_of(), QUICK)
    lived(small, told, lambda: len(samples(tmp_path)) > 0)
    assert "coevo.events" not in (tmp_path / LOG_FILE).read_text()


def test_a_chore_that_fails_says_so_and_is_tried_again(
    small: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = iter([OSError("the disk is away"), 12_345])

    def size(_store: object) -> int:
        found = next(sizes)
        if isinstance(found, OSError):
            raise found
        return found

    monkeypatch.setattr(chores_module, "database_bytes", size)
    lived(small, settings(tmp_path), lambda: len(samples(tmp_path)) > 0)
    (line,) = named(tmp_path, "size.failed")
    assert "the disk is away" in str(line["error"])
    assert [one.bytes for one in samples(tmp_path)] == [12_345]
