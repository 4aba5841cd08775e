"""The suite as a program, by the bare standard library: nothing given, no runner, none for here."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import pytest
from suites_by_hand import Play

from matrix.status import Status


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where another job's files are given; there are none yet."""
    (tmp_path / "given" / "pte").mkdir(parents=True)
    (tmp_path / "given" / "runtime").mkdir()
    monkeypatch.setenv("COEVO_ARTIFACTS", str(tmp_path / "given"))
    return tmp_path / "given" / "pte"


def announced(made: Path, machine: str = "", lacks: str = "", **said: object) -> None:
    whole = {"format": 1, "programs": [], "versions": {}, **said}
    (made / "made.json").write_text(json.dumps(whole))
    runtime = {"format": 1, "machine": machine or platform.machine(), "lacks": lacks}
    (made.parent / "runtime" / "runtime.json").write_text(json.dumps(runtime))


def test_without_files_it_says_what_makes_them(play: Play, made: Path) -> None:
    assert made.is_dir()
    said = play("executorch_pte")
    (case,) = said.cases.values()
    assert (case.id, case.status) == ("given", Status.ERROR)
    assert "executorch-edge makes them" in case.message


def test_files_of_another_format_are_not_guessed_at(play: Play, made: Path) -> None:
    announced(made, format=2)
    (case,) = play("executorch_pte").cases.values()
    assert case.message.startswith("made.json is of format 2, and this suite reads 1")


def test_without_a_runner_it_skips_in_the_words_of_whoever_was_to_build_it(
    play: Play, made: Path
) -> None:
    announced(made, lacks="there is no C++ compiler here")
    said = play("executorch_pte")
    assert said.is_complete
    assert said.cases["no-torch", ""].status is Status.PASS
    case = said.cases["runner", ""]
    assert case.status is Status.SKIP
    assert case.message == "capability: where it was to be built, there is no C++ compiler here"


def test_a_runner_for_another_machine_is_not_started(play: Play, made: Path) -> None:
    announced(made, machine="pdp11")
    case = play("executorch_pte", "cases=runner").cases["runner", ""]
    assert case.status is Status.SKIP
    assert case.message.startswith("capability: the runner was built for pdp11, this is ")


def test_a_program_that_was_announced_and_is_not_there_fails(play: Play, made: Path) -> None:
    announced(made, programs=["mlp.portable"])
    case = play("executorch_pte", "cases=*.parity").cases["mlp.portable.parity", "float32"]
    assert case.status is Status.FAIL
    assert "mlp.portable.json" in case.message


def test_no_other_device_is_stood_in_for(play: Play, made: Path) -> None:
    announced(made)
    said = play("executorch_pte", "--device", "cuda")
    assert {case.status for case in said.cases.values()} == {Status.SKIP}
