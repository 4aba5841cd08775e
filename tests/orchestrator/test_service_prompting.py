"""Messages of git hosts against what triggers look at: taken or ignored, and for which reason."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from told import READY, listed, push, told
from trigger_scene import ASKED, NIGHTLY, PUSHED, Scene, look
from worlds import Hand

from orchestrator.messages import Kind, Message, Receipt, StartedRun
from orchestrator.service import finding
from orchestrator.store.store import Store

NEWS = "{commits: toy, every: 1h}"


@pytest.fixture
def scene(store: Store, clock: Hand, tmp_path: Path) -> Scene:
    (tmp_path / "hook-secret").write_text("shared\n")
    return Scene(store, clock, tmp_path)


@pytest.mark.parametrize(
    ("trigger", "kind", "reference", "reason"),
    [
        (PUSHED, Kind.PUSH, "refs/heads/main", ""),
        (PUSHED, Kind.PUSH, "refs/heads/dev", "no trigger looks at dev"),
        (PUSHED, Kind.PUSH, "refs/tags/v1", "no trigger looks at refs/tags/v1"),
        (PUSHED, Kind.REQUEST, "refs/pull/1/head", "no trigger looks at its pull requests"),
        (PUSHED, Kind.PING, "", "the host only tries whether it is heard"),
        (PUSHED, Kind.OTHER, "", "such an event starts nothing"),
        ("{commits: toy}", Kind.PUSH, "refs/heads/dev", ""),
        (ASKED, Kind.PUSH, "refs/heads/work", ""),
        (ASKED, Kind.REQUEST, "refs/pull/1/head", ""),
        (NIGHTLY, Kind.PUSH, "refs/heads/main", "no trigger looks at this repository"),
    ],
)
def test_a_message_is_judged_by_what_triggers_look_at(
    scene: Scene, trigger: str, kind: Kind, reference: str, reason: str
) -> None:
    scene.serve(trigger)
    message = Message("d", "event", kind, (scene.repository.url,), reference)
    assert told(scene, message) == Receipt(known=False, reason=reason)
    (one,) = listed(scene)
    assert (one.reason, one.pending) == (reason, not reason)


def test_one_of_another_repository_is_ignored(scene: Scene) -> None:
    scene.serve(PUSHED)
    other = Message("d", "push", Kind.PUSH, ("https://example.org/x",), "refs/heads/main")
    assert told(scene, other).reason == "no trigger looks at this repository"
    assert listed(scene)[0].repository == "example.org/x"


def test_one_that_cannot_be_read_is_ignored_with_the_reason(scene: Scene) -> None:
    scene.serve(PUSHED)
    assert told(scene, Message("d", "push", trouble="its body is no JSON")).reason != ""


def test_what_is_ignored_hurries_nobody(scene: Scene) -> None:
    triggers = scene.serve("{commits: toy, branch: main, every: 1h}")
    triggers.look()
    scene.repository.commit({"src/a.py": "2"})
    told(scene, push(scene, "refs/heads/dev"))
    triggers.look()
    assert scene.runs() == ()


def test_a_message_knows_the_runs_that_it_led_to(scene: Scene) -> None:
    triggers = scene.serve(NEWS)
    triggers.look()
    scene.repository.commit({"src/a.py": "2"})
    told(scene, push(scene))
    assert listed(scene)[0].pending
    triggers.look()
    (run,) = scene.runs()
    (one,) = listed(scene)
    assert (one.pending, one.runs) == (False, (StartedRun("small", run.id),))


def test_one_that_told_nothing_new_led_to_nothing(scene: Scene) -> None:
    triggers = scene.serve(NEWS)
    triggers.look()
    told(scene, push(scene))
    triggers.look()
    (one,) = listed(scene)
    assert (one.pending, one.runs, one.reason) == (False, (), "there is nothing new")


@pytest.mark.parametrize(
    ("trigger", "reason"),
    [
        ("{commits: toy, paths: [docs], every: 1h}", "it touches no path of it"),
        ('{commits: toy, select: "suite=other", every: 1h}', "takes"),
        (READY, "no new head bears a label of it"),
    ],
)
def test_one_that_led_to_nothing_says_why(scene: Scene, trigger: str, reason: str) -> None:
    triggers = scene.serve(trigger)
    triggers.look()
    scene.repository.commit({"src/a.py": "2"})
    told(scene, push(scene))
    triggers.look()
    look(triggers)
    (one,) = listed(scene)
    assert (one.pending, one.runs) == (False, ())
    assert reason in one.reason


def test_one_about_a_repository_that_nobody_looks_at_any_more_waits_for_nothing(
    scene: Scene,
) -> None:
    scene.serve(NEWS).look()
    told(scene, push(scene))
    scene.serve(NIGHTLY).look()
    (one,) = listed(scene)
    assert (one.pending, one.reason) == (False, "no trigger looks at this repository")


def test_one_that_waits_is_not_forgotten(scene: Scene) -> None:
    triggers = scene.serve(NEWS)
    triggers.look()
    away = scene.repository.folder.rename(scene.folder / "away")
    told(scene, push(scene))
    triggers.look()
    scene.clock.pass_by(timedelta(days=31))
    told(scene, Message("p2", "ping", Kind.PING))
    away.rename(scene.repository.folder)
    scene.repository.commit({"src/a.py": "2"})
    triggers.look()
    assert [len(one.runs) for one in listed(scene)] == [0, 1]


def test_one_that_the_server_before_took_is_followed_by_the_next(scene: Scene) -> None:
    scene.serve(NEWS).look()
    scene.repository.commit({"src/a.py": "2"})
    told(scene, push(scene))
    scene.serve(NEWS).look()
    assert len(listed(scene)[0].runs) == 1


def test_one_waits_for_all_triggers_of_its_repository(scene: Scene) -> None:
    git = scene.repository.git
    git("branch", "dev")
    triggers = scene.serve(
        "{commits: toy, branch: dev, every: 1h}\n  main: {commits: toy, branch: main, every: 1m}"
    )
    triggers.look()
    git("branch", "-m", "dev", "away")
    told(scene, push(scene))
    triggers.look()
    scene.clock.pass_by(timedelta(minutes=1))
    triggers.look()
    assert listed(scene)[0].pending
    scene.repository.commit({"src/a.py": "2"})
    git("branch", "dev", "main")
    look(triggers)
    (one,) = listed(scene)
    assert (one.pending, len(one.runs)) == (False, 1)  # the run of dev is about another branch


def test_one_waits_until_its_repository_answers(scene: Scene) -> None:
    triggers = scene.serve(NEWS)
    triggers.look()
    away = scene.repository.folder.rename(scene.folder / "away")
    told(scene, push(scene))
    triggers.look()
    assert listed(scene)[0].pending
    away.rename(scene.repository.folder)
    scene.repository.commit({"src/a.py": "2"})
    look(triggers)
    assert len(listed(scene)[0].runs) == 1


def test_one_is_followed_until_all_its_commits_are_run(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "EACH", 2)
    triggers = scene.serve("{commits: toy, branch: main, each: true, every: 1h}")
    triggers.look()
    for text in "234":
        scene.repository.commit({"src/a.py": text})
    told(scene, push(scene))
    triggers.look()
    assert listed(scene)[0].pending
    triggers.look()
    assert not listed(scene)[0].pending
    assert [one.run for one in listed(scene)[0].runs] == [1, 2, 3]
