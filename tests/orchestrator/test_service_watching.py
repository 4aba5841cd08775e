"""A matrix file that changes while the server runs: taken up where it is good, told where not."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds import TEXT, Hand, World, report_of, world

from orchestrator.service.answers import Answers
from orchestrator.service.declarations import Declarations, read
from orchestrator.service.folder import Folder
from orchestrator.service.news import News
from orchestrator.service.settings import Settings
from orchestrator.service.watching import Watcher
from orchestrator.store import events, read_jobs, read_runs
from orchestrator.store.planning import save_matrix
from orchestrator.store.read_grid import grid
from orchestrator.store.store import Store
from orchestrator.views import JobFilter, JobView

WRONG = TEXT.replace("suites:", "suits:")
MORE = TEXT.replace("stacks:", "  more: {command: [sh, more.sh]}\nstacks:")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(TEXT)
    return path


@pytest.fixture
def served(store: Store, clock: Hand, file: Path) -> World:
    small = world(store, clock)
    reading = read(file)
    assert reading.matrix is not None
    save_matrix(store, reading.matrix)
    return small


@pytest.fixture
def answers(served: World, file: Path, tmp_path: Path) -> Answers:
    settings = Settings(Folder(tmp_path), served.store.url, matrices=(file,))
    return Answers(settings, Declarations([read(file)]), served.store, News(), "token")


@pytest.fixture
def watcher(answers: Answers) -> Watcher:
    return Watcher(answers)


def change(file: Path, text: str) -> None:
    """Save as editors do, so that two changes within one tick of the clock differ."""
    fresh = file.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(file)


def looked(watcher: Watcher) -> bool:
    """Two looks: one sees that something is another, the next that it has come to rest."""
    return watcher.look() or watcher.look()


def jobs(store: Store, **wanted: object) -> tuple[JobView, ...]:
    page = read_jobs.jobs(store, "small", JobFilter(**wanted), 0, 100)  # type: ignore[arg-type] # a filter's fields
    assert page is not None
    return page.jobs


def test_nothing_happens_while_nothing_changes(watcher: Watcher, served: World) -> None:
    before = events.latest(served.store)

    assert not looked(watcher)
    assert events.latest(served.store) == before


def test_what_is_still_being_written_is_left_alone(
    watcher: Watcher, answers: Answers, file: Path
) -> None:
    change(file, WRONG)
    assert not watcher.look()
    change(file, MORE)
    assert not watcher.look()
    assert answers.news.status().problems == ()
    assert watcher.look()


def test_a_mistake_changes_nothing_but_is_told(
    watcher: Watcher, answers: Answers, served: World, file: Path
) -> None:
    before = answers.declarations.matrices()
    seen = events.latest(served.store)

    change(file, WRONG)
    assert looked(watcher)

    assert answers.declarations.matrices() == before
    assert answers.news.status().problems[0].startswith(f"{file}:6:1: unknown key")
    (declared,) = answers.declared()
    assert declared.is_served
    assert str(declared.mistakes[0].place) == f"{file}:6:1"
    assert [event.matrix for event in events.since(served.store, seen, 10)] == ["small"]


def test_a_server_that_starts_with_mistakes_tells_them(answers: Answers, file: Path) -> None:
    change(file, WRONG)
    answers.declarations.put(read(file))

    Watcher(answers).begin()

    assert "unknown key `suits`" in answers.news.status().problems[0]


def test_a_corrected_file_is_taken_up_and_its_mistakes_forgotten(
    watcher: Watcher, answers: Answers, file: Path
) -> None:
    change(file, WRONG)
    looked(watcher)
    change(file, MORE)
    assert looked(watcher)

    assert answers.news.status().problems == ()
    (matrix,) = answers.declarations.matrices()
    assert [suite.name for suite in matrix.suites] == ["quick", "wide", "more"]


def test_a_new_revision_runs_what_has_no_fresh_result(
    watcher: Watcher, served: World, file: Path
) -> None:
    served.carry_out(report_of())

    change(file, MORE)
    looked(watcher)

    (newest, *_) = read_runs.runs(served.store, "small", 0, 9) or ()
    assert newest.note == "the matrix file has changed"
    names = {job.name for job in jobs(served.store, run=newest.id)}
    assert "lab/cpu:more@stable" in names
    assert not names & {"lab/cpu:quick@stable", "lab/cpu:wide@stable#1/3"}


def test_what_waits_already_is_not_queued_again(
    watcher: Watcher, served: World, file: Path
) -> None:
    first = served.start()

    change(file, MORE)
    looked(watcher)

    queued = jobs(served.store, states=frozenset({"queued"}))
    assert len({job.name for job in queued}) == len(queued)
    assert {job.name for job in queued if job.run != first} == {
        f"{site}/{kind}:more@stable" for site in ("lab", "edge") for kind in ("cpu", "gpu")
    }


def test_what_waits_and_is_declared_otherwise_is_withdrawn_and_what_runs_goes_on(
    watcher: Watcher, served: World, file: Path
) -> None:
    first = served.start("lab/cpu:quick")
    served.start("edge/cpu:quick")
    (ticket,) = served.claim()

    change(file, TEXT.replace("quick.sh", "quicker.sh"))
    looked(watcher)

    by_name = {job.name: job for job in jobs(served.store) if job.run <= first + 1}
    withdrawn = by_name["edge/cpu:quick@stable"]
    assert (withdrawn.end, withdrawn.reason) == (
        "cancelled",
        "the matrix declares it otherwise now",
    )
    assert by_name["lab/cpu:quick@stable"].state == "leased"
    served.end([ticket], report_of())
    again = jobs(served.store, states=frozenset({"queued"}))
    assert {"lab/cpu:quick@stable", "edge/cpu:quick@stable"} <= {job.name for job in again}


def test_a_run_that_stands_aside_is_left_alone(watcher: Watcher, served: World, file: Path) -> None:
    run = served.start("lab/cpu:quick", aside=True)  # type: ignore[arg-type] # a trigger's field

    change(file, TEXT.replace("quick.sh", "quicker.sh"))
    looked(watcher)

    (job,) = jobs(served.store, run=run)
    assert job.state == "queued"


def test_the_grid_shows_the_new_revision(watcher: Watcher, served: World, file: Path) -> None:
    change(file, TEXT.replace("label: Lab", "label: Laboratory"))
    looked(watcher)

    view = grid(served.store, "small")
    assert view is not None
    assert [site.label for site in view.sites] == ["Laboratory", "edge"]


def test_whoever_works_hears_that_there_is_more(
    watcher: Watcher, answers: Answers, file: Path
) -> None:
    heard: list[str] = []
    answers.listeners.append(lambda: heard.append("changed"))

    change(file, MORE)
    looked(watcher)

    assert heard == ["changed"]


def test_a_file_that_vanishes_leaves_its_matrix(
    watcher: Watcher, answers: Answers, file: Path
) -> None:
    file.unlink()
    looked(watcher)

    assert [matrix.name for matrix in answers.declarations.matrices()] == ["small"]
    assert "cannot read" in answers.news.status().problems[0]


def test_a_file_that_comes_into_a_folder_is_served_from_then_on(
    answers: Answers, served: World, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    settings = Settings(Folder(tmp_path), served.store.url, matrices=(folder,))
    many = Answers(settings, answers.declarations, served.store, News(), "token")
    watcher = Watcher(many)
    (folder / "other.yaml").write_text(TEXT.replace("name: small", "name: other"))
    (folder / "wrong.yaml").write_text(WRONG)

    looked(watcher)

    assert [matrix.name for matrix in many.declarations.matrices()] == ["small", "other"]
    assert [bool(one.mistakes) for one in many.declared()] == [False, False, True]
    assert many.is_several


def test_a_broken_file_that_has_left_its_folder_is_forgotten(
    answers: Answers, served: World, tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    settings = Settings(Folder(tmp_path), served.store.url, matrices=(folder,))
    many = Answers(settings, answers.declarations, served.store, News(), "token")
    watcher, broken = Watcher(many), folder / "zbroken.yaml"
    broken.write_text(WRONG)
    looked(watcher)
    assert len(many.declared()) == 2
    before = events.latest(served.store)

    broken.unlink()
    assert looked(watcher)

    assert many.news.status().problems == ()
    assert [one.mistakes for one in many.declared()] == [()]
    assert events.latest(served.store) > before
    assert not looked(watcher)
    broken.write_text(WRONG)
    looked(watcher)
    assert len(many.news.status().problems) == 1


def test_a_name_that_has_become_free_is_taken(
    answers: Answers, served: World, file: Path, tmp_path: Path
) -> None:
    second = tmp_path / "second.yaml"
    second.write_text(TEXT)
    settings = Settings(Folder(tmp_path), served.store.url, matrices=(file, second))
    both = Answers(settings, answers.declarations, served.store, News(), "token")
    watcher = Watcher(both)
    looked(watcher)
    assert "is called small, too" in both.news.status().problems[0]

    change(file, TEXT.replace("name: small", "name: renamed"))
    looked(watcher)

    assert both.news.status().problems == ()
    assert [matrix.name for matrix in both.declarations.matrices()] == ["renamed", "small"]
