"""What a ticket becomes when it is started, and what repeats it by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tickets import ticket

from matrix.status import Status
from runners.environments.provider import Prepared
from runners.invocation import LAUNCHER, argv, base_environment, environment, repeat, variables
from runners.work import CaseResult

PREPARED = Prepared(Path("/e"), Path("/e/bin/python"), Path("/e/bin"), (("VIRTUAL_ENV", "/e"),))
BUILT_IN = replace(ticket(), program="smoke", command=())


def test_a_built_in_program_is_started_by_its_environments_python() -> None:
    assert argv(BUILT_IN, PREPARED) == ("/e/bin/python", "-I", str(LAUNCHER), "smoke")
    assert argv(BUILT_IN, None)[:3] == (sys.executable, "-I", "-S")


def test_a_command_finds_its_environment_first_on_the_path() -> None:
    found = environment(ticket(), PREPARED, {"PATH": "/bin"}, Path("/w"))
    assert found["PATH"] == "/e/bin:/bin"
    assert found["VIRTUAL_ENV"] == "/e"
    assert found["TMPDIR"] == "/w"


def test_the_suites_own_variables_win() -> None:
    assert variables(replace(ticket(), env=(("VIRTUAL_ENV", "x"),)), PREPARED)["VIRTUAL_ENV"] == "x"


def test_a_cpu_suite_sees_no_gpu_and_a_gpu_suite_what_its_slot_was_given() -> None:
    assert variables(ticket(), None)["CUDA_VISIBLE_DEVICES"] == ""
    on_gpu = replace(ticket(), device="cuda", devices=1)
    assert "CUDA_VISIBLE_DEVICES" not in variables(on_gpu, None)


@pytest.mark.parametrize(
    "name",
    [
        "COEVO_TOKEN",
        "RAY_AUTH_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "PGPASSWORD",
        "PYTHONPATH",
        "API_KEY",
    ],
)
def test_secrets_and_our_own_variables_stay_with_the_runner(name: str) -> None:
    assert base_environment({name: "x", "LD_LIBRARY_PATH": "/v"}) == {"LD_LIBRARY_PATH": "/v"}


def test_of_our_own_variables_a_suite_is_told_the_price() -> None:
    assert base_environment({"COEVO_PRICE_PER_HOUR": "2.5", "COEVO_DATA": "x"}) == {
        "COEVO_PRICE_PER_HOUR": "2.5"
    }


def test_rays_thread_setting_is_taken_back_and_a_persons_kept() -> None:
    assert base_environment({"RAY_JOB_ID": "1", "OMP_NUM_THREADS": "1"}) == {}
    assert base_environment({"OMP_NUM_THREADS": "1"}) == {"OMP_NUM_THREADS": "1"}


def test_the_repeating_command_survives_any_name() -> None:
    said = 'it\'s "a" $HOME `x` \\ case'
    shown = replace(ticket(), command=("printenv", "COEVO_CASE"), device="it's")
    line = repeat(shown, None, CaseResult(said, Status.FAIL))
    ran = subprocess.run(line, shell=True, capture_output=True, text=True, check=True)
    assert ran.stdout == f"{said}\n"


def test_the_repeating_command_needs_no_running_coevo(tmp_path: Path) -> None:
    prepared = Prepared(tmp_path, Path(sys.executable), tmp_path)
    suite = replace(ticket(), program="no_such_suite", command=(), parameters=(("k", "v"),))
    clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    line = repeat(suite, prepared)
    ran = subprocess.run(line, shell=True, capture_output=True, text=True, check=False, env=clean)
    assert "No module named 'runners.suites.no_such_suite'" in ran.stderr


def test_a_whole_attempt_repeats_just_its_shard() -> None:
    line = repeat(replace(ticket(), shard=2, shards=4), None)
    assert "COEVO_SHARD=2 COEVO_SHARDS=4" in line
    assert "COEVO_SHARD" not in repeat(ticket(), None)
