"""`coevo status` about what starts runs by itself."""

from __future__ import annotations

import pytest
from calling import Caller
from lively import NOW, LivelyServices
from lively_matrices import SERVED

pytestmark = pytest.mark.slow


def test_each_trigger_is_told_in_a_line(asked: Caller) -> None:
    lines = [line for line in asked("status").out.splitlines() if "by itself: " in line]
    nightly, commits, requests = lines
    due = NOW.astimezone().strftime("%Y-%m-")
    assert nightly.startswith(f"by itself: nightly, 0 3 * * * (Europe/Berlin), next at {due}")
    assert nightly.endswith(", last run 11")
    assert "touching csrc/**" in commits
    assert "next at" not in commits
    assert requests == "by itself: requests, pull requests of file:///srv/git/toy"


def test_a_matrix_without_triggers_has_no_such_line(
    asked: Caller, services: LivelyServices
) -> None:
    services.all_triggers = ()
    assert "by itself" not in asked("status").out


def test_of_several_matrices_each_tells_its_own(asked: Caller, services: LivelyServices) -> None:
    services.others = (SERVED,)
    said = asked("status")
    assert said.out.count("by itself: ") == 3, said.err
    assert "by itself" not in asked("status", "--matrix", "serving").out


def test_as_data_they_stand_beside_the_runs(asked: Caller) -> None:
    nightly, *others = asked("status", "--json").document["triggers"]
    assert (nightly["name"], nightly["run"]) == ("nightly", 11)
    assert [one["kind"] for one in others] == ["commits", "pull_requests"]
