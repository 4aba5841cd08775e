"""What a suite's process gets told and what is kept from it, variable by variable."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tickets import ticket

from matrix.status import Status
from runners.environments.provider import Prepared
from runners.invocation import argv, base_environment, environment, repeat, variables
from runners.work import CaseResult, Key, Ticket

PREPARED = Prepared(Path("/e"), Path("/e/bin/python"), Path("/e/bin"), (("VIRTUAL_ENV", "/e"),))
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)


def asked(**changes: Any) -> Ticket:
    return replace(ticket(), **changes)


@pytest.mark.parametrize(
    ("changes", "name", "value"),
    [
        ({}, "COEVO_PROTOCOL", "1"),
        ({"name": "lab/cpu:s@x#2/3"}, "COEVO_JOB", "lab/cpu:s@x#2/3"),
        ({"matrix": "slide"}, "COEVO_MATRIX", "slide"),
        ({"suite": "smoke"}, "COEVO_SUITE", "smoke"),
        ({"stack": "nightly"}, "COEVO_STACK", "nightly"),
        ({"device": "cuda:1"}, "COEVO_DEVICE", "cuda:1"),
        ({"devices": 8}, "COEVO_DEVICES", "8"),
        ({"shard": 2, "shards": 5}, "COEVO_SHARD", "2"),
        ({"shard": 2, "shards": 5}, "COEVO_SHARDS", "5"),
        ({"timeout_seconds": 1800.0}, "COEVO_DEADLINE_SECONDS", "1800"),
        ({"timeout_seconds": 0.5}, "COEVO_DEADLINE_SECONDS", "0.5"),
        ({"key": Key(17, 3)}, "COEVO_NONCE", "17-3"),
    ],
)
def test_a_suite_is_told_what_it_is_asked_for(
    changes: dict[str, Any], name: str, value: str
) -> None:
    assert variables(asked(**changes), None)[name] == value


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=4, unique_by=lambda pair: pair[0]))
def test_the_cell_and_the_parameters_are_read_back_as_json(pairs: list[tuple[str, str]]) -> None:
    found = variables(asked(cell=tuple(pairs), parameters=tuple(pairs)), None)
    assert json.loads(found["COEVO_CELL"]) == dict(pairs)
    assert json.loads(found["COEVO_PARAMETERS"]) == dict(pairs)


@given(st.integers(1, 10**6), st.integers(1, 9), st.integers(1, 10**6), st.integers(1, 9))
def test_no_two_attempts_have_one_nonce(job: int, fence: int, other: int, again: int) -> None:
    first = variables(asked(key=Key(job, fence)), None)["COEVO_NONCE"]
    second = variables(asked(key=Key(other, again)), None)["COEVO_NONCE"]
    assert (first == second) == ((job, fence) == (other, again))


@pytest.mark.parametrize("device", ["cuda", "cuda:0", "xpu", "xla", "hpu", "npu", "mps"])
def test_an_accelerators_suite_is_left_the_devices_of_its_slot(device: str) -> None:
    assert "CUDA_VISIBLE_DEVICES" not in variables(asked(device=device, devices=1), None)


def test_a_cpu_suite_may_ask_for_gpus_in_its_own_variables() -> None:
    asks = asked(env=(("CUDA_VISIBLE_DEVICES", "0"),))
    assert variables(asks, None)["CUDA_VISIBLE_DEVICES"] == "0"


@pytest.mark.parametrize(
    "name",
    [
        "HF_TOKEN",
        "hf_token",
        "GITHUB_TOKEN",
        "MY_SECRET",
        "DB_PASSWORD",
        "ROOT_PASSWD",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "OPENAI_API_KEY",
        "APIKEY",
        "SSH_PRIVATE_KEY",
        "DATABASE_URL",
        "APP_DATABASE_URL",
        "COEVO_DATABASE",
        "COEVO_ANYTHING",
        "RAY_ADDRESS",
        "PYTHONHOME",
        "PYTHONSTARTUP",
        "VIRTUAL_ENV",
        "VIRTUAL_ENV_PROMPT",
        "PGHOST",
        "UV_INDEX_URL",
        "PIP_INDEX_URL",
    ],
)
def test_what_a_suite_must_not_see_is_kept_from_it(name: str) -> None:
    assert base_environment({name: "x", "HOME": "/h"}) == {"HOME": "/h"}


@pytest.mark.parametrize(
    "name",
    [
        "PATH",
        "HOME",
        "LANG",
        "LD_LIBRARY_PATH",
        "CUDA_VISIBLE_DEVICES",
        "HIP_VISIBLE_DEVICES",
        "TPU_VISIBLE_CHIPS",
        "NEURON_RT_VISIBLE_CORES",
        "HTTPS_PROXY",
        "KEYBOARD",
        "MKL_NUM_THREADS",
    ],
)
def test_what_a_machine_is_set_up_with_reaches_its_suites(name: str) -> None:
    assert base_environment({name: "x"}) == {name: "x"}


@pytest.mark.parametrize(
    ("environ", "kept"),
    [
        ({"OMP_NUM_THREADS": "1"}, True),
        ({"OMP_NUM_THREADS": "1", "RAY_JOB_ID": "1"}, False),
        ({"OMP_NUM_THREADS": "4", "RAY_JOB_ID": "1"}, True),
    ],
)
def test_only_rays_own_thread_setting_is_taken_back(environ: dict[str, str], kept: bool) -> None:
    assert ("OMP_NUM_THREADS" in base_environment(environ)) == kept


@given(st.dictionaries(st.text("ABCOEVRAY_TKN", max_size=12), TEXTS, max_size=6))
def test_nothing_is_added_to_or_changed_in_what_a_machine_has(environ: dict[str, str]) -> None:
    assert base_environment(environ).items() <= environ.items()


def test_without_a_path_programs_are_still_found() -> None:
    assert environment(ticket(), None, {}, Path("/w"))["PATH"] == "/usr/local/bin:/usr/bin:/bin"


def test_an_environment_wins_over_the_machine_and_the_suite_over_both() -> None:
    base = {"VIRTUAL_ENV": "/m", "A": "machine", "PATH": "/bin"}
    told = asked(env=(("A", "suite"), ("PATH", "/own")))
    found = environment(told, PREPARED, base, Path("/w"))
    assert (found["VIRTUAL_ENV"], found["A"], found["PATH"]) == ("/e", "suite", "/own")


def test_a_command_is_started_as_it_was_declared() -> None:
    command = ("sh", "-c", 'echo "$HOME"; exit 3', "", "a b")
    assert argv(asked(command=command, program=None), PREPARED) == command


@given(
    st.lists(TEXTS.filter(bool), min_size=1, max_size=4),
    st.tuples(TEXTS, TEXTS),
    TEXTS.filter(bool),
)
def test_the_repeating_line_parts_into_the_very_same_words(
    command: list[str], parameter: tuple[str, str], case: str
) -> None:
    told = asked(command=tuple(command), program=None, parameters=(parameter,))
    words = shlex.split(repeat(told, None, CaseResult(case, Status.FAIL)))
    assert words[0] == "env"
    assert words[-len(command) :] == command
    assert f"COEVO_CASE={case}" in words
    assert f"COEVO_PARAMETERS={json.dumps(dict([parameter]))}" in words


@pytest.mark.parametrize(
    ("changes", "told", "untold"),
    [
        ({}, ["COEVO_CELL", "COEVO_DEVICE"], ["COEVO_SHARD", "COEVO_PARAMETERS", "COEVO_JOB"]),
        ({"shards": 2}, ["COEVO_SHARD=1", "COEVO_SHARDS=2"], ["COEVO_NONCE"]),
        ({"env": (("A", "b c"),)}, ["A=b c"], ["COEVO_DEADLINE_SECONDS"]),
        ({"device": "cuda", "devices": 1}, ["COEVO_DEVICE=cuda"], ["CUDA_VISIBLE_DEVICES"]),
    ],
)
def test_the_repeating_line_says_what_matters_and_no_more(
    changes: dict[str, Any], told: list[str], untold: list[str]
) -> None:
    words = shlex.split(repeat(asked(**changes), None))
    assert all(any(word.startswith(one) for word in words) for one in told)
    assert not any(word.startswith(one) for word in words for one in untold)


def test_the_repeating_line_takes_the_environment_of_the_attempt() -> None:
    line = repeat(ticket(), Prepared(Path("/e"), Path("/e/bin/python"), Path("/my env/bin")))
    assert line.startswith("""env PATH='/my env/bin':"$PATH" """)


def test_the_repeating_line_is_one_line_without_secrets_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hush")
    line = repeat(ticket(), PREPARED)
    assert "hush" not in line
    assert "\n" not in line.partition(" sh -c ")[0]
