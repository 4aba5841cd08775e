"""Time tables at a branch: what has changed since they struck last, and why that led to no run."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from trigger_scene import Scene
from worlds import Hand

from matrix.occasion import UNTOUCHED
from orchestrator.server_views import TriggerView
from orchestrator.service.striking import UNMOVED
from orchestrator.service.triggers import Triggers
from orchestrator.store import triggered
from orchestrator.store.runs import Seen
from orchestrator.store.store import Store

SUITES = """
  code: {command: [sh, a.sh], takes: [toy], paths: [src]}
  docs: {command: [sh, b.sh], takes: [toy], paths: [docs]}
"""
DOCS = '{cron: "* * * * *", at: {toy: main}, select: "suite=docs"}'
ALL = '{cron: "* * * * *", at: {toy: main}}'


@pytest.fixture
def scene(store: Store, clock: Hand, tmp_path: Path) -> Scene:
    return Scene(store, clock, tmp_path, SUITES)


def strike(scene: Scene, triggers: Triggers) -> None:
    scene.clock.pass_by(timedelta(minutes=1))
    triggers.poke()
    triggers.look()


def begun(scene: Scene, trigger: str) -> Triggers:
    """A trigger that has struck once, at the first commit."""
    triggers = scene.serve(trigger)
    triggers.look()
    strike(scene, triggers)
    return triggers


def seen(scene: Scene) -> TriggerView:
    assert scene.answers is not None
    (one,) = scene.answers.triggers("small") or ()
    return one


def test_before_it_has_struck_there_is_nothing_to_say(scene: Scene) -> None:
    scene.serve(DOCS).look()
    assert (seen(scene).run, seen(scene).why) == (None, "")


def test_at_its_first_time_nobody_knows_what_is_new(scene: Scene) -> None:
    begun(scene, DOCS)
    (run,) = scene.runs()
    assert [job.suite for job in scene.jobs(run.id)] == ["docs"]
    assert (seen(scene).run, seen(scene).why) == (run.id, "")


def test_a_change_that_touches_no_suite_is_told_with_its_time(scene: Scene) -> None:
    triggers = begun(scene, DOCS)
    scene.repository.commit({"src/a.py": "2"})
    strike(scene, triggers)

    assert len(scene.runs()) == 1
    told = seen(scene)
    assert told.why == "the change touches the paths of no suite"
    assert (told.run, told.seen_at) == (1, scene.clock.now())


def test_of_a_time_table_the_clock_speaks(scene: Scene) -> None:
    strike(scene, begun(scene, DOCS))
    struck_at = scene.clock.now()
    scene.clock.pass_by(timedelta(microseconds=1))
    triggered.note(scene.store, "small", Seen("it", "at toy of elsewhere", "a" * 40))
    assert (seen(scene).seen_at, seen(scene).why) == (struck_at, UNMOVED)


def test_a_branch_that_has_not_moved_is_told(scene: Scene) -> None:
    strike(scene, begun(scene, DOCS))
    assert len(scene.runs()) == 1
    assert seen(scene).why == UNMOVED == "nothing there has changed since it struck last"


def test_all_that_is_new_since_the_last_time_counts(scene: Scene) -> None:
    triggers = begun(scene, ALL)
    scene.repository.commit({"docs/a.md": "2"})
    scene.repository.commit({"other": "2"})
    strike(scene, triggers)

    latest, _ = scene.runs()
    told = {job.suite: job.reason for job in scene.jobs(latest.id)}
    assert told == {"code": UNTOUCHED, "docs": ""}
    assert seen(scene).why == ""


def test_what_led_to_no_run_is_seen_all_the_same(scene: Scene) -> None:
    triggers = begun(scene, DOCS)
    for name in ("src/a.py", "src/b.py"):
        scene.repository.commit({name: "2"})
        strike(scene, triggers)
    assert len(scene.runs()) == 1
    scene.repository.commit({"docs/a.md": "2"})
    strike(scene, scene.serve(DOCS))  # a server that was started anew
    assert [one.id for one in scene.runs()] == [2, 1]
    assert (seen(scene).run, seen(scene).why) == (2, "")


def test_what_a_push_threw_away_may_have_been_anything(scene: Scene) -> None:
    triggers = begun(scene, DOCS)
    scene.repository.git("checkout", "--quiet", "--orphan", "fresh")
    scene.repository.commit({"x": "1"}, "another beginning")
    scene.repository.git("branch", "--quiet", "-M", "fresh", "main")
    strike(scene, triggers)
    assert len(scene.runs()) == 2


def test_a_time_table_without_a_branch_strikes_as_ever(scene: Scene) -> None:
    triggers = begun(scene, '{cron: "* * * * *"}')
    strike(scene, triggers)
    assert [len(scene.jobs(run.id)) for run in scene.runs()] == [2, 2]
