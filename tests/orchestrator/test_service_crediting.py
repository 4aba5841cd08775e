"""Messages of git hosts know the runs that they caused, and those that caused none say why."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from told import READY, listed, push, request, told
from trigger_scene import ASKED, Scene
from worlds import Hand

from orchestrator.messages import StartedRun
from orchestrator.service.triggers import Triggers
from orchestrator.store.store import Store


@pytest.fixture
def scene(store: Store, clock: Hand, tmp_path: Path) -> Scene:
    (tmp_path / "hook-secret").write_text("shared\n")
    return Scene(store, clock, tmp_path)


def begun(scene: Scene, trigger: str) -> Triggers:
    triggers = scene.serve(trigger)
    triggers.look()
    return triggers


def became(scene: Scene) -> dict[str, tuple[list[int], str]]:
    """The runs and the reason of each message."""
    return {one.id: ([run.run for run in one.runs], one.reason) for one in listed(scene)}


def test_a_push_of_an_unchanged_branch_led_to_no_run_at_a_request(scene: Scene) -> None:
    triggers = begun(scene, f"{READY}\n  pushed: {{commits: toy, branch: main, every: 1h}}")
    scene.request(7, {"src/new.py": "x"})
    told(scene, request(scene, 7, "ready"))
    told(scene, push(scene))
    triggers.look()
    assert became(scene) == {"r1": ([1], ""), "p1": ([], "there is nothing new at main")}


@pytest.mark.parametrize("branch", ["", "branch: main, "])
def test_each_message_has_the_run_at_its_own_reference(scene: Scene, branch: str) -> None:
    pushed = f"{{commits: toy, {branch}every: 1h}}"
    triggers = begun(scene, f"{ASKED}\n  pushed: {pushed}")
    for number in (1, 2):
        scene.request(number, {"src/new.py": f"{number}"})
        told(scene, request(scene, number, delivery=f"r{number}"))
    scene.repository.commit({"src/a.py": "2"})
    scene.repository.git("branch", "dev", "main~1")
    told(scene, push(scene))
    triggers.look()
    triggers.poke()
    triggers.look()
    runs = {run.note.partition(" at ")[0]: run.id for run in scene.runs()}
    assert len(runs) == 3
    found = became(scene)
    assert [found[f"r{number}"][0] for number in (1, 2)] == [
        [runs["it: #1"]],
        [runs["it: #2"]],
    ]
    assert found["p1"][0] == [max(runs.values())]


def test_a_push_to_the_head_of_a_request_led_to_its_run(scene: Scene) -> None:
    triggers = begun(scene, "{pull_requests: toy, every: 1h}")
    scene.repository.git("branch", "work", scene.request(1, {"src/new.py": "x"}))
    told(scene, push(scene, "refs/heads/work"))
    told(scene, push(scene, "refs/heads/main", "p2"))
    triggers.look()
    assert became(scene) == {"p1": ([1], ""), "p2": ([], "it is no new head of a pull request")}


def test_a_request_that_led_to_nothing_says_what_is_true_of_it(scene: Scene) -> None:
    triggers = begun(scene, READY)
    for number in (1, 2, 3):
        scene.request(number, {"src/new.py": f"{number}"})
    told(scene, request(scene, 1, "ready", delivery="first"))
    triggers.look()
    told(scene, request(scene, 1, "ready", "bug", delivery="repeated"))
    told(scene, request(scene, 2, "ready", is_open=False, delivery="closed"))
    told(scene, request(scene, 3, "bug", delivery="other label"))
    told(scene, request(scene, 99, "ready", delivery="missing"))
    triggers.look()
    assert became(scene) == {
        "first": ([1], ""),
        "repeated": ([], "there is nothing new at #1"),
        "closed": ([], "#2 is closed"),
        "other label": ([], "#3 bears no label of it"),
        "missing": ([], "the repository has no #99"),
    }


def test_paths_speak_of_the_request_that_was_looked_at(scene: Scene) -> None:
    triggers = begun(scene, "{pull_requests: toy, paths: [docs], every: 1h}")
    scene.request(1, {"src/new.py": "1"})
    scene.request(2, {"docs/new.md": "2"})
    for number in (1, 2):
        told(scene, request(scene, number, delivery=f"r{number}"))
    triggers.look()
    assert became(scene) == {"r1": ([], "it touches no path of it"), "r2": ([1], "")}


def test_what_a_server_before_took_is_credited_by_the_next(scene: Scene) -> None:
    begun(scene, READY)
    scene.request(7, {"src/new.py": "x"})
    told(scene, request(scene, 7, "ready"))
    told(scene, push(scene, "refs/heads/*"))
    scene.clock.pass_by(timedelta(minutes=1))
    begun(scene, READY)
    by_id = {one.id: one.runs for one in listed(scene)}
    assert by_id == {"r1": (StartedRun("small", 1),), "p1": ()}
