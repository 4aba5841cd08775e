"""The words by which engines run a suite, as values; `test_contract.py` runs them."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from runners.environments.container import OURS, Container

REF = "host/a@sha256:" + "0f" * 32
WORK = Path("/home/me/.coevo/work/s/w")
ARGV = ("python3", "-I", "/x y.py")


def launched(engine: str = "podman", **base: str) -> tuple[tuple[str, ...], dict[str, str]]:
    box = Container(engine, REF, ("--device=/dev/kfd",))
    said = {"COEVO_DEVICE": "cuda", "PATH": "/inside"}
    found = box.launch(ARGV, said, {"PATH": "/usr/bin", **base}, WORK, "coevo-1", 1 << 20)
    return found.argv, dict(found.env)


@pytest.mark.parametrize("engine", ["podman", "docker", "/usr/bin/podman"])
def test_an_engine_runs_a_shell_that_runs_the_program(engine: str) -> None:
    argv, _ = launched(engine)
    assert argv[:3] == (engine, "run", "--rm")
    image = argv.index(REF)
    assert argv[image - 2 : image] == ("--entrypoint", "sh")
    script = 'ulimit -c 0; ulimit -d 1024; "$@"; exit $?'
    assert argv[image + 1 :] == ("-c", script, "sh", *ARGV)


def test_the_folder_is_the_same_inside_and_our_files_cannot_be_changed() -> None:
    argv, _ = launched()
    assert f"{WORK}:{WORK}" in argv
    assert f"{OURS}:{OURS}:ro" in argv
    assert argv[argv.index("--workdir") + 1] == str(WORK)


def test_nothing_is_pulled_in_the_middle_of_an_attempt() -> None:
    argv, _ = launched()
    assert argv[argv.index("--pull") + 1] == "never"


def test_the_owners_words_for_the_engine_come_before_the_image() -> None:
    argv, _ = launched()
    assert argv.index("--device=/dev/kfd") < argv.index(REF)


def test_values_of_variables_stand_in_no_list_of_processes() -> None:
    argv, env = launched()
    assert "COEVO_DEVICE" in argv
    assert not [word for word in argv if "cuda" in word]
    assert env["COEVO_DEVICE"] == "cuda"


def test_a_variable_of_the_engines_own_is_not_changed_for_it() -> None:
    argv, env = launched()
    assert "PATH=/inside" in argv
    assert env["PATH"] == "/usr/bin"


def test_an_attempt_sees_the_devices_that_were_chosen_for_it() -> None:
    argv, env = launched(CUDA_VISIBLE_DEVICES="1", LANG="de")
    assert "CUDA_VISIBLE_DEVICES" in argv
    assert "LANG" not in argv
    assert env["CUDA_VISIBLE_DEVICES"] == "1"


def test_what_a_killed_one_leaves_is_taken_away_by_name() -> None:
    found = Container("podman", REF).launch(ARGV, {}, {}, WORK, "coevo-7")
    assert found.undo == ("podman", "rm", "--force", "coevo-7")
    assert found.argv[found.argv.index("--name") + 1] == "coevo-7"


def test_without_a_limit_of_memory_there_is_none() -> None:
    found = Container("podman", REF).launch(ARGV, {}, {}, WORK, "n")
    assert not [word for word in found.argv if "ulimit -d" in word]


def test_files_are_the_users_where_the_engine_is_roots() -> None:
    argv = Container("docker", REF, user="7:8").launch(ARGV, {}, {}, WORK, "n").argv
    assert argv[argv.index("--user") + 1] == "7:8"


def test_apptainer_runs_the_program_as_its_own_child() -> None:
    found = Container("apptainer", "/i.sif", ("--nv",)).launch(
        ARGV, {"COEVO_DEVICE": "cuda"}, {"PATH": "/usr/bin"}, WORK, "n"
    )
    assert found.argv[:3] == ("apptainer", "exec", "--cleanenv")
    assert found.argv[found.argv.index("/i.sif") - 1] == "--nv"
    assert found.env["APPTAINERENV_COEVO_DEVICE"] == "cuda"
    assert found.env["PATH"] == "/usr/bin"
    assert found.undo == ()


@pytest.mark.parametrize("engine", ["podman", "apptainer"])
def test_a_line_to_repeat_it_is_one_line_of_shell(engine: str) -> None:
    line = Container(engine, REF, ("--device=/dev/kfd",)).repeat(ARGV, {"A": "b c"})
    words = shlex.split(line)
    assert words[0] == engine
    assert words.index("--device=/dev/kfd") < words.index(REF)
    assert "A=b c" in words
    assert words[-2:] == list(ARGV[1:])


@pytest.mark.parametrize(
    ("code", "number"), [(None, None), (0, None), (7, None), (128, None), (134, 6), (137, 9)]
)
def test_a_signal_is_read_from_the_shells_exit_code(code: int | None, number: int | None) -> None:
    assert Container("podman", REF).signal(code) == number


FAILED = "podman could not start the container: "
OCI = "Error: runc: runc create failed: error setting rlimits: OCI permission denied"


@pytest.mark.parametrize(
    ("code", "lines", "told"),
    [
        (0, (), ""),
        (1, ("Error: mine",), ""),
        (127, ("sh: 1: nosuch: not found",), ""),
        (126, ("sh: 1: ./x: Permission denied",), ""),
        (125, ("Error: a: image not known",), FAILED + "a: image not known."),
        (125, (), FAILED + "no word."),
        (126, ("hello", OCI), f"{FAILED}{OCI[7:]}."),
        (127, (OCI, "Error: other"), f"{FAILED}{OCI[7:]}."),
    ],
)  # fmt: skip
def test_an_engine_that_fails_is_told_from_a_suite_that_does(
    code: int, lines: tuple[str, ...], told: str
) -> None:
    assert Container("podman", REF).trouble(code, lines) == told
