"""What people see of triggers, from a store in which some have fired."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from worlds import TEXT, Hand, world

from matrix.load import parse
from orchestrator.service.answers import Answers
from orchestrator.service.declarations import Declarations
from orchestrator.service.folder import Folder
from orchestrator.service.news import News
from orchestrator.service.settings import Settings
from orchestrator.service.triggers import Triggers
from orchestrator.store.store import Store

DECLARED = f"""{TEXT}
triggers:
  nightly: {{cron: "0 3 * * *", zone: Asia/Tokyo}}
  weekly: {{cron: "0 4 * * 0", select: suite=quick}}
  pushed: {{commits: torch, repository: file:///no/such/toy, paths: [csrc, "!docs"], every: 1h}}
  asked: {{pull_requests: torch, repository: file:///no/such/toy, branch: dev}}
""".replace("wide: {command", "wide: {takes: [torch], command")


@pytest.fixture
def answers(store: Store, clock: Hand, tmp_path: Path) -> Answers:
    world(store, clock, DECLARED)
    served = Declarations.of(parse(DECLARED, "small.yaml"))
    settings = Settings(Folder(tmp_path), store.url)
    return Answers(settings, served, store, News(), "token")


def test_each_says_what_it_waits_for(answers: Answers) -> None:
    found = answers.triggers("small") or ()
    assert [one.name for one in found] == ["nightly", "weekly", "pushed", "asked"]
    assert [one.what for one in found] == [
        "0 3 * * * (Asia/Tokyo)",
        "0 4 * * 0 (UTC)",
        "commits of file:///no/such/toy, the default branch, touching csrc !docs",
        "pull requests of file:///no/such/toy",
    ]
    assert [one.select for one in found] == ["", "suite=quick", "", ""]
    assert [one.next_at for one in found] == [
        datetime(2026, 11, 23, 18, 0, tzinfo=UTC),
        datetime(2026, 11, 29, 4, 0, tzinfo=UTC),
        None,
        None,
    ]
    assert {(one.seen_at, one.run) for one in found} == {(None, None)}


def test_one_that_has_fired_tells_its_run(answers: Answers, clock: Hand) -> None:
    started = Triggers(answers)
    started.look()
    clock.pass_by(timedelta(hours=6))
    started.look()
    nightly, *_ = answers.triggers("small") or ()
    assert (nightly.run, nightly.seen_at) == (1, clock.now())
    assert nightly.next_at == datetime(2026, 11, 24, 18, 0, tzinfo=UTC)


def test_a_matrix_that_is_only_history_has_none(answers: Answers) -> None:
    without = replace(answers, declarations=Declarations(()))
    assert without.triggers("small") == ()
    assert without.triggers("else") is None
