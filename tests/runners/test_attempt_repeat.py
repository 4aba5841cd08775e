"""The commands that repeat a failing case, as a person runs them: elsewhere, in a fresh shell."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

from slots import report_of
from tickets import BYE, HELLO, ticket

from matrix.status import Status
from runners.protocol import parse
from runners.suites.script import scene
from runners.work import CaseResult


def _a_red_scene() -> tuple[tuple[str, str], ...]:
    """Parameters with which the simulated suite has one failing case at lab/cpu."""
    for tick in range(1000):
        for seed in range(20):
            played = scene(seed, "lab", "cpu", tick)
            if [step.status for step in played.steps].count("FAIL") == 1:
                return (("pace", "0"), ("seed", str(seed)), ("tick", str(tick)))
    raise AssertionError("no such scene")


def test_a_failing_case_of_a_built_in_program_repeats_by_its_command(tmp_path: Path) -> None:
    failing = replace(
        ticket(), suite="simulated", program="simulated", command=(), parameters=_a_red_scene()
    )
    report = report_of(tmp_path, failing)
    (case,) = [case for case in report.cases if case.status is Status.FAIL]
    clean = {"PATH": os.environ["PATH"]}
    ran = subprocess.run(
        case.repeat, shell=True, capture_output=True, check=True, env=clean, cwd=tmp_path
    )
    said = [parse(line) for line in ran.stdout.splitlines()]
    again = [one for one in said if isinstance(one, CaseResult)]
    assert [(one.id, one.status) for one in again] == [(case.id, Status.FAIL)]


def test_the_command_of_a_failed_case_repeats_that_case(tmp_path: Path) -> None:
    script = HELLO + """echo '{"type":"case","id":"'${COEVO_CASE:-x}'","status":"FAIL"}'\n""" + BYE
    (case,) = report_of(tmp_path, ticket(script)).cases
    again = subprocess.run(case.repeat, shell=True, capture_output=True, text=True, check=True)
    assert '{"type":"case","id":"x","status":"FAIL"}' in again.stdout
