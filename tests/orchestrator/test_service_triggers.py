"""Triggers over real repositories: what is new starts a run, once, and nothing old does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from trigger_scene import NIGHTLY, PUSHED, Scene, look
from worlds import Hand

from orchestrator.messages import Kind, Message, Receipt
from orchestrator.store import triggered
from orchestrator.store.store import Store


@pytest.fixture
def scene(store: Store, clock: Hand, tmp_path: Path) -> Scene:
    return Scene(store, clock, tmp_path)


def test_a_time_table_starts_a_run_when_it_is_due(scene: Scene) -> None:
    triggers = scene.serve(NIGHTLY)  # the clock stands at noon
    look(triggers)
    scene.clock.pass_by(timedelta(hours=13, minutes=59))
    look(triggers)
    assert scene.runs() == ()

    scene.clock.pass_by(timedelta(minutes=1))
    look(triggers)
    look(triggers)

    (run,) = scene.runs()
    assert (run.trigger, run.note) == ("schedule", "it: 0 3 * * * Europe/Berlin")
    (job,) = scene.jobs(run.id)
    assert job.suite == "other"


def test_a_run_of_a_trigger_has_its_timeout_and_variables(scene: Scene) -> None:
    triggers = scene.serve(NIGHTLY)
    look(triggers)
    scene.clock.pass_by(timedelta(days=1))
    look(triggers)
    assert scene.world is not None
    (ticket,) = scene.world.claim()
    assert ticket.timeout_seconds == 420
    assert dict(ticket.env)["A"] == "b"


def test_what_was_missed_is_made_up_for_once(scene: Scene) -> None:
    scene.serve(NIGHTLY).look()
    scene.clock.pass_by(timedelta(days=9))

    again = scene.serve(NIGHTLY)
    again.look()
    again.look()

    assert len(scene.runs()) == 1


def test_old_history_starts_nothing(scene: Scene) -> None:
    triggers = scene.serve(PUSHED)
    look(triggers)
    look(triggers)
    assert scene.runs() == ()


def test_a_new_commit_starts_a_run_at_it_which_the_grid_does_not_show(scene: Scene) -> None:
    triggers = scene.serve(PUSHED)
    look(triggers)
    head = scene.repository.commit({"src/a.py": "2"}, "the second")

    look(triggers)
    look(triggers)

    (run,) = scene.runs()
    assert (run.trigger, run.note) == ("commit", f"it: main at {head[:10]}")
    assert scene.heads() == [(run.id, head)]
    assert [job.suite for job in scene.jobs(run.id)] == ["check"]  # other takes no toy


def test_a_commit_that_came_while_the_server_was_away_is_not_missed(scene: Scene) -> None:
    scene.serve(PUSHED).look()
    scene.repository.commit({"src/a.py": "2"})
    head = scene.repository.commit({"src/a.py": "3"})

    scene.serve(PUSHED).look()

    (run,) = scene.runs()
    assert scene.heads() == [(run.id, head)]


def test_the_default_branch_is_meant_where_none_is_named(scene: Scene) -> None:
    triggers = scene.serve("{commits: toy}")
    look(triggers)
    head = scene.repository.commit({"src/a.py": "2"})
    look(triggers)
    (run,) = scene.runs()
    assert run.note == f"it: the default branch at {head[:10]}"


@pytest.mark.parametrize(
    ("files", "expected"),
    [({"docs/a.md": "x"}, 0), ({"docs/a.md": "x", "src/b.py": "y"}, 1), ({"src/docs": "x"}, 0)],
)
def test_only_changes_that_touch_its_paths_count(
    scene: Scene, files: dict[str, str], expected: int
) -> None:
    triggers = scene.serve('{commits: toy, paths: [src, "!**/docs"]}')
    look(triggers)
    scene.repository.commit(files)
    look(triggers)
    look(triggers)
    assert len(scene.runs()) == expected


def test_all_commits_since_the_last_look_are_one_change(scene: Scene) -> None:
    triggers = scene.serve("{commits: toy, paths: [src]}")
    look(triggers)
    scene.repository.commit({"src/a.py": "2"})
    scene.repository.commit({"docs/a.md": "2"})
    look(triggers)
    assert len(scene.runs()) == 1


def test_a_branch_that_was_thrown_over_counts_as_touched(scene: Scene) -> None:
    triggers = scene.serve("{commits: toy, paths: [src]}")
    look(triggers)
    scene.repository.git("checkout", "--quiet", "--orphan", "anew")
    scene.repository.git("rm", "-rfq", "--ignore-unmatch", ".")
    scene.repository.commit({"docs/only.md": "x"})
    scene.repository.git("branch", "-qM", "anew", "main")
    scene.repository.git("reflog", "expire", "--expire=now", "--all")
    scene.repository.git("gc", "--quiet", "--prune=now")
    look(triggers)
    assert len(scene.runs()) == 1


def test_a_branch_that_is_not_there_is_told(scene: Scene) -> None:
    scene.serve("{commits: toy, branch: mian}").look()
    (problem,) = scene.news.status().problems
    assert "has no branch mian" in problem


def test_a_selector_that_selects_nothing_is_told_and_not_tried_again(scene: Scene) -> None:
    triggers = scene.serve("{commits: toy, select: suite=other}")
    look(triggers)
    scene.repository.commit({"src/a.py": "2"})
    look(triggers)
    (problem,) = scene.news.status().problems
    assert problem == "trigger it of small: no selected job takes toy"
    look(triggers)
    assert scene.news.status().problems == ()
    assert scene.runs() == ()


def test_a_repository_is_asked_as_often_as_declared(scene: Scene) -> None:
    triggers = scene.serve("{commits: toy, every: 1h}")
    triggers.look()
    scene.repository.commit({"src/a.py": "2"})
    scene.clock.pass_by(timedelta(minutes=59))
    triggers.look()
    assert scene.runs() == ()
    scene.clock.pass_by(timedelta(minutes=1))
    triggers.look()
    assert len(scene.runs()) == 1


def test_a_trigger_knows_the_last_run_that_it_started(scene: Scene) -> None:
    triggers = scene.serve(PUSHED)
    look(triggers)
    head = scene.repository.commit({"src/a.py": "2"})
    look(triggers)
    standing = triggered.standings(scene.store, "small")["it"]["refs/heads/main"]
    (run,) = scene.runs()
    assert (standing.head, standing.run) == (head, run.id)


def push(scene: Scene, delivery: str) -> Message:
    told = (scene.repository.url,)
    return Message(delivery, "push", Kind.PUSH, told, "refs/heads/main", about="main")


def test_a_message_of_the_host_makes_repositories_be_looked_at_at_once(scene: Scene) -> None:
    triggers = scene.serve("{commits: toy, every: 1h}")
    triggers.look()
    scene.repository.commit({"src/a.py": "2"})
    answers = scene.answers
    assert answers is not None
    first = push(scene, "72d3162e")
    assert answers.received(first) == Receipt(known=False, reason="")
    triggers.look()
    assert len(scene.runs()) == 1

    scene.repository.commit({"src/a.py": "3"})
    assert answers.received(first).known
    triggers.look()
    assert len(scene.runs()) == 1


def test_the_secret_of_a_host_lies_in_the_data_folder(scene: Scene) -> None:
    scene.serve(PUSHED)
    assert scene.answers is not None
    assert scene.answers.hook_secret == ""
    (scene.folder / "hook-secret").write_text("shared\n")
    assert scene.answers.hook_secret == "shared"
