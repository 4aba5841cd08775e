"""What is started for a command that is run in another folder, or whose results are read."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tickets import ticket

from matrix.model import Metric, Results, Workdir
from matrix.status import Status
from runners.environments.provider import Prepared
from runners.invocation import LAUNCHER, SOURCE, argv, is_joined, repeat, variables
from runners.wire import from_text, to_text
from runners.work import CaseResult, Ticket

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PLAIN = replace(ticket(), command=("run", "it"))
CHECKOUT = Workdir(git="file:///a b", commit=COMMIT, folder="sub")
JOINED = replace(
    PLAIN,
    workdir=CHECKOUT,
    results=Results("junit", "out/*.xml"),
    metrics=(Metric("rate", "1/s", "higher"),),
)
PREPARED = Prepared(Path("/env"), Path("/env/bin/python"), Path("/env/bin"))


def said(one: Ticket) -> dict[str, object]:
    """What our own program is told."""
    found: dict[str, object] = json.loads(variables(one, None)["COEVO_JOINED"])
    return found


@pytest.mark.parametrize(
    ("one", "joined"),
    [
        (PLAIN, False),
        (replace(PLAIN, workdir=CHECKOUT), True),
        (replace(PLAIN, workdir=Workdir(package="a")), True),
        (replace(PLAIN, results=Results("pytest")), True),
        (replace(PLAIN, program="smoke", command=()), False),
    ],
    ids=["a command", "in a checkout", "in a package", "with results", "a program"],
)
def test_what_is_joined(one: Ticket, joined: bool) -> None:
    assert is_joined(one) is joined
    assert ("COEVO_JOINED" in variables(one, None)) is joined


def test_a_plain_command_is_started_as_it_is() -> None:
    assert argv(PLAIN, None) == ("run", "it")


def test_a_joined_one_is_started_by_a_program_of_ours() -> None:
    assert argv(JOINED, None) == (sys.executable, "-I", "-S", str(LAUNCHER), "joined")


def test_in_an_environment_it_is_that_ones_python() -> None:
    assert argv(JOINED, PREPARED) == ("/env/bin/python", "-I", str(LAUNCHER), "joined")


def test_what_the_program_is_told() -> None:
    assert said(JOINED) == {
        "command": ["run", "it"],
        "folder": f"{SOURCE}/sub",
        "format": "junit",
        "path": "out/*.xml",
        "metrics": {"rate": ["1/s", "higher"]},
    }


def test_a_checkout_without_a_folder_is_its_root() -> None:
    one = replace(PLAIN, workdir=Workdir(git="file:///a", commit=COMMIT))

    assert said(one) == {"command": ["run", "it"], "folder": SOURCE}


def test_a_package_is_named() -> None:
    one = replace(PLAIN, workdir=Workdir(package="numpy.tests"))

    assert said(one) == {"command": ["run", "it"], "package": "numpy.tests"}


def test_each_rank_has_its_own_command() -> None:
    one = replace(JOINED, nodes=2, rank=1, commands=((1, ("other",)),))

    assert said(one)["command"] == ["other"]
    assert said(replace(one, rank=0))["command"] == ["run", "it"]


def test_it_is_repeated_behind_a_checkout_of_its_own() -> None:
    line = repeat(JOINED, PREPARED)
    clone, checkout, run = line.split(" && ")

    assert shlex.split(clone) == ["git", "clone", "--quiet", "file:///a b", SOURCE]
    assert shlex.split(checkout)[-1] == COMMIT
    assert f"COEVO_JOINED={shlex.quote(json.dumps(said(JOINED)))}" in run
    assert run.endswith(f"/env/bin/python -I {LAUNCHER} joined")


def test_one_case_of_it_is_repeated() -> None:
    line = repeat(JOINED, PREPARED, CaseResult("m::a b", Status.FAIL))

    assert "COEVO_CASE='m::a b'" in line


def test_what_needs_no_checkout_is_repeated_as_it_is() -> None:
    line = repeat(replace(PLAIN, results=Results("pytest")), None)

    assert line.startswith("env ")
    assert "git" not in line


def test_a_joined_ticket_goes_over_the_wire() -> None:
    assert from_text(Ticket, to_text(JOINED)) == JOINED


def test_an_older_ticket_is_one_without() -> None:
    text = to_text(PLAIN)

    assert "workdir" not in text
    assert from_text(Ticket, text) == PLAIN
