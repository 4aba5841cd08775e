"""An owner's batch script: its variables, what is left out, and every mistake with its place."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tickets import ticket

from matrix.errors import CoevoError
from orchestrator.dispatch.slurm_template import (
    VARIABLES,
    Template,
    allowed_seconds,
    option_values,
    parsed,
    read,
    refuse_options,
    values,
)
from runners.work import Ticket

COMMAND = ("env", "A=b c", "python", "-m", "x")
FOLDER = Path("/shared/1-1")
GPU = (("site", "lab"), ("accelerator", "gpu"))


def filled(text: str, one: Ticket, gres: str = "") -> list[str]:
    return parsed(text, "t").filled(values(one, COMMAND, FOLDER, gres)).splitlines()


def script(*lines: str) -> str:
    return "\n".join(("#!/bin/sh", *lines, "exec {{command}}", ""))


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(CoevoError) as raised:
        parsed(text, "mine.sbatch")
    return [(one.place.line if one.place else 0, one.problem) for one in raised.value.mistakes]


def test_our_own_asks_for_what_a_plain_suite_needs() -> None:
    lines = read().filled(values(ticket(), COMMAND, FOLDER, "")).splitlines()
    assert [line for line in lines if line.startswith("#SBATCH")] == [
        "#SBATCH --nodes=1",
        "#SBATCH --ntasks-per-node=1",
        "#SBATCH --time=7",
    ]
    assert lines[-1] == "exec env 'A=b c' python -m x"


def test_our_own_asks_for_accelerators_memory_and_nodes() -> None:
    one = ticket(devices=4, nodes=2, memory_bytes=(1 << 30) + 1, cell=GPU, device="cuda")
    lines = read().filled(values(one, COMMAND, FOLDER, "gpu:a100")).splitlines()
    assert {"#SBATCH --nodes=2", "#SBATCH --gres=gpu:a100:4", "#SBATCH --mem=1025M"} <= set(lines)


def test_our_own_is_a_script_of_the_shell() -> None:
    text = read().filled(values(ticket(), COMMAND, FOLDER, ""))
    subprocess.run(["sh", "-n"], input=text, text=True, check=True)


def test_an_accelerator_that_nobody_counted_is_one() -> None:
    assert values(ticket(device="cuda"), COMMAND, FOLDER, "gpu")["gres"] == "gpu:1"


def test_every_variable_is_told_and_has_a_value() -> None:
    assert set(values(ticket(), COMMAND, FOLDER, "")) == set(VARIABLES)


def test_variables_stand_anywhere_and_with_blanks() -> None:
    lines = filled(
        script("#SBATCH --comment={{ suite }}/{{stack}}", "cd {{folder}}; echo {{job}} {{site}}"),
        ticket(job=7),
    )
    assert lines[1:3] == ["#SBATCH --comment=s/stable", "cd /shared/1-1; echo 7 lab"]


def test_only_lines_for_sbatch_are_left_out_where_a_value_is_missing() -> None:
    lines = filled(script("#SBATCH --gres={{gres}}", "echo [{{gres}}]"), ticket())
    assert lines == ["#!/bin/sh", "echo []", "exec env 'A=b c' python -m x"]


def test_comments_stay_as_they_are() -> None:
    assert "# {{whatever}} {{" in filled(script("# {{whatever}} {{"), ticket())


def test_the_time_is_that_of_both_deadlines_and_the_spare() -> None:
    one = ticket(timeout_seconds=61.0, prepare_timeout_seconds=1800.0)
    assert allowed_seconds(one) == 61 + 1800 + 300
    assert values(one, COMMAND, FOLDER, "")["minutes"] == "37"


def test_a_script_without_the_command_would_do_nothing() -> None:
    assert problems("#!/bin/sh\n# {{command}}\n#SBATCH --comment={{command}}\necho hello\n") == [
        (0, "mine.sbatch never runs {{command}}, so nothing would happen")
    ]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("exec {{command}}\n", 1, "sbatch wants a script that begins with #!"),
        (script("echo {{partition}}"), 2, "there is no variable 'partition'"),
        (script("echo {{suite"), 2, "{{ is not closed in its line"),
        (script("cd /", "#SBATCH --mem=1G"), 3, "sbatch reads no #SBATCH line behind the first"),
        (script("#SBATCH --array=1-9"), 2, "sbatch's --array cannot be had"),
        (script("#SBATCH -a 1-9"), 2, "sbatch's -a cannot be had"),
        (script("#SBATCH --wait"), 2, "sbatch's --wait cannot be had"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, line: int, problem: str) -> None:
    ((found, told),) = problems(text)
    assert (found, told[: len(problem)]) == (line, problem)


def test_all_mistakes_are_told_at_once() -> None:
    assert len(problems("echo {{a}} {{b}}\n#SBATCH --array=1\n")) == 6


def test_options_that_only_begin_alike_are_fine() -> None:
    assert parsed(script("#SBATCH --account=a", "#SBATCH --wait-all-nodes=1"), "t")


@pytest.mark.parametrize("word", ["--array=1-4", "-a1-4", "--wrap=true", "-W"])
def test_an_option_by_which_an_attempt_would_not_be_one_job_is_refused(word: str) -> None:
    with pytest.raises(CoevoError, match="cannot be had"):
        refuse_options(("--mem=1G", word))


def test_other_options_are_the_owners() -> None:
    refuse_options(("--partition=gpu", "--wckey=x", "-A", "a", "-w", "n1"))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--partition=gpu"], ("gpu",)),
        (["--partition", "gpu,big"], ("gpu,big",)),
        (["-p", "gpu"], ("gpu",)),
        (["-pgpu"], ("gpu",)),
        (["--partitions=gpu", "--mem=1G", "--partition"], ()),
    ],
)
def test_an_options_value_is_read_as_sbatch_reads_it(
    words: list[str], found: tuple[str, ...]
) -> None:
    assert option_values(words, "-p", "--partition") == found


def test_a_script_says_its_own_partition() -> None:
    text = script("#SBATCH -A me -p 'big'  # why", "#SBATCH --partition={{accelerator}}")
    assert parsed(text, "t").said("-p", "--partition") == ("big", "{{accelerator}}")


def test_a_line_that_is_no_shell_is_read_as_words() -> None:
    assert Template("t", "#SBATCH --comment='x -p y\n").said("-p") == ("y",)


def test_a_script_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CoevoError, match="cannot be read: No such file"):
        read(tmp_path / "none")


def test_a_script_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CoevoError, match="it is no text"):
        read(tmp_path / "binary")
