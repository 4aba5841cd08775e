"""Labels of pull requests, as git hosts tell of them: who bears one that is wanted is run."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from told import READY, listed, request, told
from trigger_scene import ASKED, Scene, look
from worlds import Hand

from orchestrator.messages import StartedRun
from orchestrator.store.store import Store


@pytest.fixture
def scene(store: Store, clock: Hand, tmp_path: Path) -> Scene:
    (tmp_path / "hook-secret").write_text("shared\n")
    return Scene(store, clock, tmp_path)


def test_a_pull_request_is_run_when_it_gets_the_label(scene: Scene) -> None:
    triggers = scene.serve(READY)
    triggers.look()
    head = scene.request(1, {"src/new.py": "x"})
    look(triggers)
    assert scene.runs() == ()

    told(scene, request(scene, 1, "bug"))
    triggers.look()
    assert scene.runs() == ()

    scene.clock.pass_by(timedelta(seconds=1))
    told(scene, request(scene, 1, "bug", "Ready-to-go", delivery="r2"))
    triggers.look()
    look(triggers)
    (run,) = scene.runs()
    assert run.note == f"it: #1 at {head[:10]}"
    assert [one.runs for one in listed(scene)] == [(StartedRun("small", run.id),), ()]


def test_an_old_pull_request_is_run_when_it_gets_the_label(scene: Scene) -> None:
    scene.request(1, {"src/old.py": "x"})
    triggers = scene.serve(READY)
    triggers.look()
    told(scene, request(scene, 1, "ready"))
    triggers.look()
    assert len(scene.runs()) == 1


def test_its_next_head_is_run_too_as_long_as_it_bears_the_label(scene: Scene) -> None:
    triggers = scene.serve(READY)
    triggers.look()
    scene.request(1, {"src/new.py": "x"})
    told(scene, request(scene, 1, "ready"))
    triggers.look()
    scene.request(1, {"src/new.py": "y"})
    look(triggers)  # polled: the host told nothing of it
    assert len(scene.runs()) == 2
    told(scene, request(scene, 1, delivery="r2"))
    scene.request(1, {"src/new.py": "z"})
    look(triggers)
    assert len(scene.runs()) == 2


def test_one_that_is_closed_bears_no_label(scene: Scene) -> None:
    triggers = scene.serve(READY)
    triggers.look()
    scene.request(1, {"src/new.py": "x"})
    told(scene, request(scene, 1, "ready", is_open=False))
    look(triggers)
    assert scene.runs() == ()


def test_a_trigger_that_names_other_labels_starts_nothing_old(scene: Scene) -> None:
    triggers = scene.serve(READY)
    triggers.look()
    for number in (1, 2):
        scene.request(number, {"src/new.py": f"{number}"})
    told(scene, request(scene, 1, "ready"))
    look(triggers)
    assert len(scene.runs()) == 1

    look(scene.serve(ASKED))  # it names none
    triggers = scene.serve(ASKED)
    look(triggers)
    assert len(scene.runs()) == 1
    scene.request(3, {"src/new.py": "3"})
    look(triggers)
    assert len(scene.runs()) == 2


def test_labels_that_were_there_at_the_first_look_start_nothing(scene: Scene) -> None:
    scene.request(1, {"src/new.py": "x"})
    scene.serve(ASKED)
    told(scene, request(scene, 1, "ready"))
    look(scene.serve(READY))
    look(scene.serve(READY))
    assert scene.runs() == ()


def test_without_a_secret_a_trigger_with_labels_says_that_it_hears_nothing(scene: Scene) -> None:
    (scene.folder / "hook-secret").unlink()
    triggers = scene.serve(READY)
    look(triggers)
    (problem,) = scene.news.status().problems
    assert "labels are told by messages of the git host alone" in problem
    (scene.folder / "hook-secret").write_text("shared\n")
    look(triggers)
    assert scene.news.status().problems == ()
