"""Time tables at the tip of a branch, every commit of one, and on whose behalf."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from trigger_scene import Scene, look
from worlds import Hand

from orchestrator.service import finding
from orchestrator.store.store import Store
from runners.environments.repositories import Repositories
from runners.environments.unresolved import ResolverFailed

EACH = "{commits: toy, branch: main, each: true}"


@pytest.fixture
def scene(store: Store, clock: Hand, tmp_path: Path) -> Scene:
    return Scene(store, clock, tmp_path)


def at(scene: Scene) -> list[str]:
    """The commits of the runs there are, oldest run first."""
    return [head for _, head in sorted(scene.heads())]


def test_a_time_table_runs_at_the_tip_of_a_branch(scene: Scene) -> None:
    triggers = scene.serve('{cron: "0 3 * * *", at: {toy: main}, owner: release}')
    look(triggers)
    head = scene.repository.commit({"src/a.py": "2"})
    scene.clock.pass_by(timedelta(days=1))
    look(triggers)
    (run,) = scene.runs()
    assert (run.trigger, run.note) == ("schedule", "it: 0 3 * * * UTC, toy at main")
    assert scene.heads() == [(run.id, head)]
    (job,) = scene.jobs(run.id)
    assert (job.suite, job.owner) == ("check", "release")


def test_a_branch_that_is_gone_is_told_and_tried_again(scene: Scene) -> None:
    triggers = scene.serve('{cron: "0 3 * * *", at: {toy: nosuch}}')
    look(triggers)
    scene.clock.pass_by(timedelta(days=1))
    look(triggers)
    (problem,) = scene.news.status().problems
    assert "no branch, tag or commit nosuch" in problem
    scene.repository.git("branch", "nosuch")
    look(triggers)
    assert len(scene.runs()) == 1
    assert scene.news.status().problems == ()


def test_what_cannot_be_started_when_it_is_due_is_not_tried_at_every_look(scene: Scene) -> None:
    triggers = scene.serve('{cron: "0 * * * *", at: {toy: nosuch}}')
    triggers.look()
    scene.clock.pass_by(timedelta(hours=1))
    triggers.look()
    scene.repository.git("branch", "nosuch")
    triggers.look()
    assert scene.runs() == ()
    scene.clock.pass_by(timedelta(minutes=5))
    triggers.look()
    assert len(scene.runs()) == 1
    scene.clock.pass_by(timedelta(minutes=55))
    triggers.look()
    assert len(scene.runs()) == 2


def test_each_commit_is_run_oldest_first(scene: Scene) -> None:
    triggers = scene.serve(EACH)
    look(triggers)
    made = [scene.repository.commit({"src/a.py": text}) for text in "234"]
    look(triggers)
    look(triggers)
    assert at(scene) == made


def test_of_each_commit_its_own_files_count(scene: Scene) -> None:
    triggers = scene.serve("{commits: toy, branch: main, each: true, paths: [src]}")
    look(triggers)
    wanted = scene.repository.commit({"src/a.py": "2"})
    scene.repository.commit({"docs/a.md": "2"})
    look(triggers)
    assert at(scene) == [wanted]
    last = scene.repository.commit({"src/a.py": "3"})
    look(triggers)
    assert at(scene) == [wanted, last]


def test_a_merge_is_one_commit(scene: Scene) -> None:
    triggers = scene.serve(EACH)
    look(triggers)
    git = scene.repository.git
    git("checkout", "--quiet", "-b", "work")
    scene.repository.commit({"src/b.py": "1"})
    scene.repository.commit({"src/b.py": "2"})
    git("checkout", "--quiet", "main")
    git("merge", "--quiet", "--no-ff", "-m", "a merge", "work")
    look(triggers)
    assert len(scene.runs()) == 1


def test_one_look_starts_only_so_many_and_the_next_one_goes_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "EACH", 2)
    triggers = scene.serve("{commits: toy, branch: main, each: true, every: 1h}")
    triggers.look()
    made = [scene.repository.commit({"src/a.py": text}) for text in "23456"]
    scene.clock.pass_by(timedelta(hours=1))
    for count in (2, 4, 5, 5):
        triggers.look()  # without waiting for its turn, as long as there is more
        assert at(scene) == made[:count]


def test_a_commit_that_cannot_be_looked_at_now_holds_up_those_after_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    triggers = scene.serve("{commits: toy, branch: main, each: true, paths: [src]}")
    look(triggers)
    made = [scene.repository.commit({"src/a.py": text}) for text in "234"]
    changed = Repositories.changed

    def stumbling(self: Repositories, origin: str, base: str, head: str) -> tuple[str, ...]:
        if head == made[1]:
            raise ResolverFailed.because("no space left on device")
        return changed(self, origin, base, head)

    with monkeypatch.context() as while_full:
        while_full.setattr(Repositories, "changed", stumbling)
        look(triggers)
        assert at(scene) == made[:1]
    look(triggers)
    assert at(scene) == made


def test_after_the_branch_was_thrown_over_the_newest_is_run(scene: Scene) -> None:
    triggers = scene.serve(EACH)
    look(triggers)
    git = scene.repository.git
    git("checkout", "--quiet", "--orphan", "anew")
    head = scene.repository.commit({"docs/only.md": "x"})
    git("branch", "-qM", "anew", "main")
    git("reflog", "expire", "--expire=now", "--all")
    git("gc", "--quiet", "--prune=now")
    look(triggers)
    assert at(scene) == [head]


def test_runs_of_each_commit_are_not_replaced_by_newer_ones(scene: Scene) -> None:
    triggers = scene.serve(EACH, supersede=True)
    look(triggers)
    for text in "23":
        scene.repository.commit({"src/a.py": text})
    look(triggers)
    assert [run.state for run in scene.runs()] == ["running", "running"]
