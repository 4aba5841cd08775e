"""The command that repeats an attempt, carried out by real shells."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tickets import ticket

from matrix.status import Status
from runners.environments.provider import Prepared
from runners.invocation import base_environment, environment, repeat, variables
from runners.work import CaseResult, Ticket

WORDS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
SHOWN = ("COEVO_CASE", "COEVO_DEVICE", "COEVO_CELL", "COEVO_PARAMETERS", "COEVO_SHARD", "MINE")


def shown(asked: Ticket, case: str = "", *, shell: str = "sh", folder: str = "/") -> dict[str, str]:
    """What the repeated program finds in its environment."""
    names = " ".join(SHOWN)
    script = f'for n in {names}; do printf "%s=" $n; printenv $n | base64 -w0; echo; done'
    line = repeat(
        replace(asked, command=("sh", "-c", script)),
        None,
        CaseResult(case, Status.FAIL) if case else None,
    )
    command = ["env", "-i", "PATH=/usr/bin:/bin", shell, "-c", line]
    ran = subprocess.run(command, capture_output=True, check=True, cwd=folder, text=True)
    return dict(one.split("=", 1) for one in ran.stdout.splitlines())


def coded(text: str) -> str:
    ran = subprocess.run(["base64", "-w0"], input=f"{text}\n".encode(), stdout=-1, check=True)
    return ran.stdout.decode()


@settings(max_examples=25, deadline=None)
@given(WORDS.filter(bool), WORDS)
def test_any_name_and_any_value_arrive_as_they_were(case: str, value: str) -> None:
    found = shown(replace(ticket(), env=(("MINE", value),)), case)
    assert found["COEVO_CASE"] == coded(case)
    assert found["MINE"] == coded(value)


@pytest.mark.parametrize("shell", ["sh", "bash", "dash"])
def test_every_shell_reads_it_alike(shell: str) -> None:
    found = shown(ticket(parameters=(("k", 'it\'s "v" $HOME'),)), "a b", shell=shell)
    assert found["COEVO_CASE"] == coded("a b")
    assert found["COEVO_PARAMETERS"] == coded('{"k": "it\'s \\"v\\" $HOME"}')


def test_it_works_from_any_folder(tmp_path: Path) -> None:
    folder = tmp_path / "with blank"
    folder.mkdir()
    assert shown(ticket(), "a", folder=str(folder)) == shown(ticket(), "a")


def test_what_does_not_matter_is_left_out() -> None:
    line = repeat(ticket(), None)
    for name in ("COEVO_JOB", "COEVO_NONCE", "COEVO_DEADLINE_SECONDS", "COEVO_SHARD", "COEVO_CASE"):
        assert name not in line


@pytest.mark.parametrize("device", ["cpu", "cuda", "xpu:1"])
def test_a_cpus_attempt_hides_the_gpus_again_and_others_do_not(device: str) -> None:
    line = repeat(replace(ticket(), device=device), None)
    assert ("CUDA_VISIBLE_DEVICES=''" in line) == (device == "cpu")
    assert f"COEVO_DEVICE={device}" in line


def test_the_environments_programs_come_first_when_repeated(tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("#!/bin/sh\necho mine\n")
    (tmp_path / "tool").chmod(0o755)
    prepared = Prepared(tmp_path, tmp_path / "python", tmp_path)
    line = repeat(replace(ticket(), command=("tool",)), prepared)
    ran = subprocess.run(["sh", "-c", line], capture_output=True, check=True, text=True)
    assert ran.stdout == "mine\n"


def test_the_command_itself_stands_at_the_end_word_by_word() -> None:
    command = ("python3", "-c", "print('a  b')", "x y")
    line = repeat(replace(ticket(), command=command), None)
    assert tuple(shlex.split(line)[-4:]) == command


@pytest.mark.parametrize(
    "name",
    ["COEVO_ANY", "RAY_ADDRESS", "PYTHONHOME", "VIRTUAL_ENV", "PGHOST", "UV_INDEX", "PIP_INDEX_URL",
     "MY_TOKEN", "my_secret", "DB_PASSWORD", "PASSWD", "AWS_CREDENTIALS", "OPENAI_API_KEY",
     "APIKEY", "SSH_PRIVATE_KEY", "DATABASE_URL"],
)  # fmt: skip
def test_nothing_of_ours_and_no_secret_reaches_a_suite(name: str) -> None:
    assert base_environment({name: "x"}) == {}


@pytest.mark.parametrize(
    "name", ["PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "CUDA_HOME", "http_proxy"]
)
def test_what_a_suite_may_need_of_the_machine_reaches_it(name: str) -> None:
    assert base_environment({name: "x"}) == {name: "x"}


def test_a_suites_own_variable_wins_over_the_machines() -> None:
    asked = replace(ticket(), env=(("LANG", "mine"), ("CUDA_VISIBLE_DEVICES", "3")))
    found = environment(asked, None, {"LANG": "theirs"}, Path("/w"))
    assert (found["LANG"], found["CUDA_VISIBLE_DEVICES"]) == ("mine", "3")


def test_a_machine_without_a_path_gets_the_usual_one() -> None:
    assert environment(ticket(), None, {}, Path("/w"))["PATH"] == "/usr/local/bin:/usr/bin:/bin"


def test_each_attempt_has_a_nonce_of_its_own() -> None:
    one, other = ticket(job=1), ticket(job=11)
    again = replace(one, key=one.key._replace(fence=2))
    assert len({variables(t, None)["COEVO_NONCE"] for t in (one, other, again)}) == 3
