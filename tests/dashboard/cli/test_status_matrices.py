"""`coevo status` and `--matrix` against a server of several matrices whose answers are known."""

from __future__ import annotations

import pytest
from calling import Caller
from lively import LivelyServices
from lively_matrices import MISTAKES, SERVED, UNREADABLE

pytestmark = pytest.mark.slow


def test_status_tells_every_mistake_with_its_place_line_and_hint(
    asked: Caller, services: LivelyServices
) -> None:
    services.mistakes = MISTAKES

    told = asked("status").out

    assert str(MISTAKES[0]) in told
    assert "matrix.yaml:30:1: a list must not be empty" in told


def test_status_of_one_matrix_lists_its_runs(asked: Caller) -> None:
    told = asked("status").out

    assert " run 12: " in told
    assert " run 11: " in told
    assert "default" not in told


def test_status_of_several_lists_the_newest_run_of_each(
    asked: Caller, services: LivelyServices
) -> None:
    services.others, services.all_triggers = (SERVED, UNREADABLE), ()

    told = asked("status").out

    assert "default run 12: " in told
    assert "serving run 12: " in told
    assert " run 11: " not in told
    assert "Permission denied" in told


def test_status_of_a_named_matrix_lists_its_runs_alone(
    asked: Caller, services: LivelyServices
) -> None:
    services.others = (SERVED,)

    told = asked("status", "--matrix", "serving").out

    assert " run 11: " in told
    assert "default" not in told


def test_status_as_data_has_the_matrices_and_their_mistakes(
    asked: Caller, services: LivelyServices
) -> None:
    services.others, services.mistakes = (SERVED,), MISTAKES

    document = asked("status", "--json").document

    first, second = document["matrices"]
    assert first["file"] == "matrix.yaml"
    assert [mistake["place"]["line"] for mistake in first["mistakes"]] == [12, 30]
    assert second == {
        "matrix": {"name": "serving", "label": "Serving at scale"},
        "file": "matrices/serving.yaml",
        "is_served": True,
        "mistakes": [],
    }


def test_a_run_is_started_of_the_matrix_that_is_named(
    asked: Caller, services: LivelyServices
) -> None:
    services.others = (SERVED,)

    asked("run", "--matrix", "serving", "--select", "site=lab")
    asked("run")

    assert services.changed == ["run serving site=lab", "run default "]


def test_the_grid_of_the_matrix_that_is_named_is_shown(
    asked: Caller, services: LivelyServices
) -> None:
    services.others = (SERVED,)

    assert asked("show", "--matrix", "serving", "--json").document["matrix"]["name"] == "serving"
    assert asked("show", "--json").document["matrix"]["name"] == "default"


def test_a_matrix_that_is_not_there_is_told(asked: Caller) -> None:
    said = asked("status", "--matrix", "none")

    assert said.code != 0
    assert "matrix of that name" in said.err
