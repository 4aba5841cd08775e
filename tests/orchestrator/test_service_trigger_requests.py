"""Pull requests and what replaces what: runs of triggers that are about the same thing."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import repository
from trigger_scene import ASKED, NIGHTLY, PUSHED, Scene, look
from worlds import Hand

from orchestrator.store import triggered
from orchestrator.store.read_commits import commits
from orchestrator.store.store import Store


@pytest.fixture
def scene(store: Store, clock: Hand, tmp_path: Path) -> Scene:
    return Scene(store, clock, tmp_path)


def test_heads_of_pull_requests_start_runs_each_time_they_move(scene: Scene) -> None:
    scene.request(1, {"src/old.py": "x"})
    triggers = scene.serve(ASKED)
    look(triggers)
    assert scene.runs() == ()  # what was open before

    first = scene.request(2, {"src/new.py": "x"})
    look(triggers)
    again = scene.request(2, {"src/new.py": "y"})
    look(triggers)
    look(triggers)

    runs = scene.runs()
    assert [run.note for run in runs] == [f"it: #2 at {again[:10]}", f"it: #2 at {first[:10]}"]
    assert {run.trigger for run in runs} == {"pull request"}
    assert {one.request for one in commits(scene.store, "small") or ()} == {"#2"}


def test_the_first_request_of_a_repository_that_had_none_starts_a_run(scene: Scene) -> None:
    triggers = scene.serve(ASKED)
    look(triggers)
    scene.request(1, {"src/new.py": "x"})
    look(triggers)
    assert len(scene.runs()) == 1


def test_a_request_is_compared_with_where_it_left_the_branch(scene: Scene) -> None:
    triggers = scene.serve("{pull_requests: toy, paths: [src]}")
    look(triggers)
    scene.request(1, {"docs/new.md": "x"})
    scene.repository.commit({"src/main.py": "moved on"})
    look(triggers)
    assert scene.runs() == ()


def test_a_request_that_is_closed_is_forgotten(scene: Scene) -> None:
    scene.request(1, {"src/new.py": "x"})
    triggers = scene.serve(ASKED)
    look(triggers)
    assert set(triggered.standings(scene.store, "small")["it"]) == {
        scene.looked_at,
        "refs/pull/1/head",
    }
    scene.repository.git("update-ref", "-d", "refs/pull/1/head")
    look(triggers)
    assert set(triggered.standings(scene.store, "small")["it"]) == {scene.looked_at}


def test_its_run_stays_the_last_one_of_its_trigger(scene: Scene) -> None:
    triggers = scene.serve(ASKED + "\n  it-too: {pull_requests: toy, paths: [else]}")
    look(triggers)
    scene.request(1, {"src/new.py": "x"})
    look(triggers)
    scene.repository.git("update-ref", "-d", "refs/pull/1/head")
    look(triggers)
    assert scene.answers is not None
    assert [one.run for one in scene.answers.triggers("small") or ()] == [1, None]


def test_a_newer_head_withdraws_what_the_older_one_has_queued(scene: Scene) -> None:
    triggers = scene.serve(ASKED, supersede=True)
    look(triggers)
    scene.request(1, {"src/new.py": "x"})
    scene.request(2, {"src/else.py": "x"})
    look(triggers)
    scene.request(1, {"src/new.py": "y"})
    look(triggers)

    newest, *older = scene.runs()
    ended = [run for run in older if run.state == "ended"]
    assert [run.note[:6] for run in ended] == ["it: #1"]
    (job,) = scene.jobs(ended[0].id)
    assert job.reason == f"run {newest.id} of it is newer"
    assert len(older) == 2  # the other request goes on


def test_what_runs_already_is_not_withdrawn(scene: Scene) -> None:
    triggers = scene.serve(PUSHED, supersede=True)
    look(triggers)
    scene.repository.commit({"src/a.py": "2"})
    look(triggers)
    assert scene.world is not None
    scene.world.claim()
    scene.repository.commit({"src/a.py": "3"})
    look(triggers)
    assert [run.state for run in scene.runs()] == ["running", "running"]


def test_without_the_policy_older_runs_go_on(scene: Scene) -> None:
    triggers = scene.serve(PUSHED)
    look(triggers)
    for text in ("2", "3"):
        scene.repository.commit({"src/a.py": text})
        look(triggers)
    assert [run.state for run in scene.runs()] == ["running", "running"]


def test_a_repository_that_does_not_answer_is_told_until_it_does(scene: Scene) -> None:
    triggers = scene.serve(PUSHED)
    look(triggers)
    away = scene.repository.folder.rename(scene.folder / "away")
    look(triggers)
    (problem,) = scene.news.status().problems
    told = f"trigger it of small: {scene.repository.url}: git ls-remote: fatal: "
    assert problem.startswith(told)

    away.rename(scene.repository.folder)
    look(triggers)
    assert scene.news.status().problems == ()


def test_another_kind_of_trigger_under_the_same_name_starts_from_anew(scene: Scene) -> None:
    scene.request(1, {"src/new.py": "x"})
    look(scene.serve(NIGHTLY))
    look(scene.serve(ASKED))
    look(scene.serve(PUSHED))
    look(scene.serve(ASKED))
    look(scene.serve(NIGHTLY))
    assert scene.runs() == ()
    assert set(triggered.standings(scene.store, "small")["it"]) == {""}


def test_another_repository_under_the_same_name_starts_from_anew(
    scene: Scene, tmp_path: Path
) -> None:
    look(scene.serve(PUSHED))
    other = repository(tmp_path / "other")
    other.commit({"src/a.py": "other"})
    look(scene.serve(f'{{commits: toy, branch: main, repository: "{other.url}"}}'))
    assert scene.runs() == ()


def test_one_head_that_cannot_be_run_keeps_no_other_waiting(scene: Scene) -> None:
    triggers = scene.serve("{pull_requests: toy, select: suite=other}")
    look(triggers)
    heads = [scene.request(number, {"src/new.py": str(number)}) for number in (1, 2, 3)]
    look(triggers)
    known = triggered.standings(scene.store, "small")["it"]
    assert sorted(one.head for one in known.values() if one.head) == sorted(heads)
    assert scene.news.status().problems != ()
