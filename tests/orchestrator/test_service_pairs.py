"""Comparisons as a server starts them: of real commits, and by the requests of a repository."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from repositories import repository
from trigger_scene import Scene, look
from worlds import Hand

from matrix.errors import CoevoError
from orchestrator.messages import Kind, Message
from orchestrator.service.carrying import NothingSelected, NothingTouched
from orchestrator.store.read_pairs import comparison, comparisons
from orchestrator.store.store import Store

PAIRED = "{pull_requests: toy, pairs: 2}"


@pytest.fixture
def scene(store: Store, clock: Hand, tmp_path: Path) -> Scene:
    return Scene(store, clock, tmp_path)


def started(scene: Scene, at: dict[str, str], against: str = "", repeat: int = 1) -> int:
    assert scene.answers is not None
    return scene.answers.start_pairs("small", "", at, against, repeat).id


def ends(scene: Scene, number: int = 1) -> tuple[str, str]:
    found = comparison(scene.store, "small", number)
    assert found is not None
    return found.base.name, found.head.name


def test_a_request_is_compared_with_where_it_left_the_branch(scene: Scene) -> None:
    head = scene.request(1, {"src/new.py": "x"})
    scene.repository.commit({"src/main.py": "moved on"})
    scene.serve("{pull_requests: toy}")
    assert ends(scene, started(scene, {"toy": "pull/1/head"})) == (scene.first, head)


def test_a_base_that_is_named_is_the_base(scene: Scene) -> None:
    head = scene.request(1, {"src/new.py": "x"})
    tip = scene.repository.commit({"src/main.py": "moved on"})
    scene.serve("{pull_requests: toy}")
    assert ends(scene, started(scene, {"toy": "pull/1/head"}, "main")) == (tip, head)


def test_both_runs_stand_aside_with_the_suites_that_take_it(scene: Scene) -> None:
    scene.request(1, {"src/new.py": "x"})
    scene.serve("{pull_requests: toy}")
    started(scene, {"toy": "pull/1/head"}, repeat=2)
    head, base = scene.runs()
    assert (head.jobs, base.jobs) == (2, 2)
    assert {job.suite for job in scene.jobs(base.id)} == {"check"}
    assert base.note == "toy at pull/1/head in pairs against where it parted from its branch"


MINDFUL = """
  check: {command: [sh, check.sh], takes: [toy]}
  lint: {command: [sh, lint.sh], takes: [toy], paths: [docs/]}
"""


@pytest.mark.parametrize(
    ("file", "against", "suites"),
    [
        ("src/new.py", "", {"check"}),
        ("docs/new.md", "", {"check", "lint"}),
        ("src/new.py", "main", {"check"}),
    ],
)
def test_suites_that_mind_paths_are_compared_where_the_change_touches_them(
    scene: Scene, file: str, against: str, suites: set[str]
) -> None:
    scene.suites = MINDFUL
    scene.request(1, {file: "x"})
    scene.serve("{pull_requests: toy}")
    started(scene, {"toy": "pull/1/head"}, against)
    assert {job.suite for run in scene.runs() for job in scene.jobs(run.id)} == suites


def test_a_change_that_touches_the_paths_of_no_suite_is_not_compared(scene: Scene) -> None:
    scene.suites = MINDFUL.replace("takes: [toy]}", "takes: [toy], paths: [docs/]}")
    scene.request(1, {"src/new.py": "x"})
    scene.serve("{pull_requests: toy}")
    with pytest.raises(NothingTouched, match="touches the paths of no suite"):
        started(scene, {"toy": "pull/1/head"})
    assert scene.runs() == ()


@pytest.mark.parametrize(
    ("at", "against", "repeat", "problem"),
    [
        ({}, "main", 1, "a comparison is of one component"),
        ({"toy": "main", "other": "1"}, "main", 1, "a comparison is of one component"),
        ({"toy": "main"}, "", 1, "base and head are both"),
        ({"toy": "main"}, "main", 0, "a pair is repeated 1 to 100 times"),
        ({"toy": "main"}, "main", 101, "a pair is repeated 1 to 100 times"),
        ({"toy": "main"}, "nosuch", 1, "has no branch, tag or commit nosuch"),
    ],
)
def test_what_cannot_be_compared_is_told_and_starts_nothing(
    scene: Scene, at: dict[str, str], against: str, repeat: int, problem: str
) -> None:
    scene.serve("{pull_requests: toy}")
    with pytest.raises(CoevoError, match=problem):
        started(scene, at, against, repeat)
    assert scene.runs() == ()


def test_histories_that_have_nothing_in_common_want_a_base(scene: Scene) -> None:
    scene.repository.git("checkout", "--quiet", "--orphan", "alone")
    scene.repository.commit({"src/alone.py": "x"}, "Alone")
    scene.repository.git("checkout", "--quiet", "main")
    scene.serve("{pull_requests: toy}")
    with pytest.raises(CoevoError, match="have no commit in common"):
        started(scene, {"toy": "alone"})


def test_a_selector_that_leaves_nothing_starts_nothing(scene: Scene) -> None:
    scene.request(1, {"src/new.py": "x"})
    scene.serve("{pull_requests: toy}")
    assert scene.answers is not None
    with pytest.raises(NothingSelected):
        scene.answers.start_pairs("small", "suite=other", {"toy": "pull/1/head"}, "", 1)


def test_a_matrix_that_is_not_served_compares_nothing(scene: Scene) -> None:
    scene.serve("{pull_requests: toy}")
    assert scene.answers is not None
    with pytest.raises(LookupError):
        scene.answers.start_pairs("nosuch", "", {"toy": "main"}, "", 1)


def test_a_trigger_with_pairs_compares_each_new_head(scene: Scene) -> None:
    triggers = scene.serve(PAIRED)
    look(triggers)
    head = scene.request(1, {"src/new.py": "x"})
    scene.repository.commit({"src/main.py": "moved on"})
    look(triggers)
    look(triggers)
    listed = comparisons(scene.store, "small", 10)
    assert listed is not None
    assert [(one.base, one.head, one.repetitions) for one in listed] == [(scene.first, head, 2)]
    assert {run.trigger for run in scene.runs()} == {"pull request"}


def test_a_newer_head_replaces_both_runs_of_the_older_one(scene: Scene) -> None:
    triggers = scene.serve(PAIRED, supersede=True)
    look(triggers)
    scene.request(1, {"src/new.py": "x"})
    look(triggers)
    scene.request(1, {"src/new.py": "y"})
    look(triggers)
    newer, older = scene.runs()[:2], scene.runs()[2:]
    assert [run.state for run in older] == ["ended", "ended"]
    assert [run.state for run in newer] == ["running", "running"]


def test_a_trigger_says_that_it_compares(scene: Scene) -> None:
    scene.serve(PAIRED)
    assert scene.answers is not None
    (view,) = scene.answers.triggers("small") or ()
    assert view.what.endswith(", in 2 pairs")


def test_a_repository_that_cannot_be_asked_starts_nothing(scene: Scene, tmp_path: Path) -> None:
    gone = repository(tmp_path / "gone")
    scene.serve("{pull_requests: toy}")
    with pytest.raises(CoevoError):
        started(scene, {"toy": f"git+{gone.url}@{'a' * 40}"}, "main")
    assert scene.runs() == ()


def test_a_request_with_the_label_is_compared_on_behalf_of_its_owner(scene: Scene) -> None:
    (scene.folder / "hook-secret").write_text("shared\n")
    trigger = "{pull_requests: toy, pairs: 2, labels: [ready], owner: release, every: 1h}"
    triggers = scene.serve(trigger, supersede=True)
    triggers.look()
    assert scene.answers is not None
    for number in (1, 2):
        scene.request(1, {"src/new.py": str(number)})
        where, reference = (scene.repository.url,), "refs/pull/1/head"
        told = Message(f"m{number}", "pull_request", Kind.REQUEST, where, reference, ("ready",))
        assert scene.answers.received(told).reason == ""
        triggers.look()
        scene.clock.pass_by(timedelta(seconds=1))
    runs = [run.id for run in scene.runs()]
    assert [run.state for run in scene.runs()] == ["running", "running", "ended", "ended"]
    assert {job.owner for run in runs for job in scene.jobs(run)} == {"release"}
    found = [[one.run for one in told.runs] for told in scene.answers.deliveries(0, 9)]
    assert found == [sorted(runs[:2]), sorted(runs[2:])]
