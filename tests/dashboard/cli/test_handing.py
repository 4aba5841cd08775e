"""The options of `coevo up` about Slurm: what they ask for, and mistakes before anything runs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import typer
from calling import Caller
from planted_slurm import PlantedSlurm

from dashboard.cli.handing import handed
from matrix.errors import CoevoError
from orchestrator.service.settings import Batch

GOOD = "#!/bin/sh\nexec {{command}}\n"


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PlantedSlurm:
    """Slurm's commands, on the PATH."""
    slurm = PlantedSlurm(tmp_path / "bin").plant()
    monkeypatch.setenv("PATH", slurm.environ["PATH"])
    return slurm


def given(
    sbatch: Path | None = None,
    options: list[str] | None = None,
    pending: str = "1d",
    *,
    slurm: bool = False,
    demo: bool = False,
) -> Batch | None:
    return handed(sbatch, options, pending, is_asked=slurm, is_demo=demo)


def test_nobody_who_does_not_ask_for_slurm_gets_it() -> None:
    assert given() is None


@pytest.mark.usefixtures("planted")
def test_asked_for_it_is_used_with_our_own_script() -> None:
    found = given(slurm=True)
    assert found is not None
    assert found.template.file.endswith("default.sbatch")
    assert (found.options, found.pending) == ((), timedelta(days=1))


@pytest.mark.usefixtures("planted")
def test_a_script_or_words_for_sbatch_ask_for_it_too(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text(GOOD)
    by_script, by_word = given(tmp_path / "mine"), given(options=["--partition=gpu"])
    assert by_script is not None
    assert by_word is not None
    assert by_script.template.text == GOOD
    assert by_word.options == ("--partition=gpu",)


@pytest.mark.usefixtures("planted")
def test_how_long_a_job_may_pend_is_a_duration() -> None:
    found = given(pending="36h", slurm=True)
    assert found is not None
    assert found.pending == timedelta(hours=36)
    with pytest.raises(typer.BadParameter, match="is no duration"):
        given(pending="soon", slurm=True)


def test_the_demo_runs_on_no_cluster() -> None:
    with pytest.raises(typer.BadParameter, match="the demo runs nothing on a cluster"):
        given(slurm=True, demo=True)


@pytest.mark.usefixtures("planted")
def test_an_option_that_makes_several_jobs_is_refused() -> None:
    with pytest.raises(CoevoError, match="--array cannot be had"):
        given(options=["--array=1-3"])


def test_where_there_is_no_slurm_that_is_said_at_once(
    call: Caller, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = call("up", "--slurm")
    assert said.code == 2
    assert "sbatch is not on the PATH" in said.err
    assert "login node" in said.err
    assert not (tmp_path / ".coevo").exists()


@pytest.mark.usefixtures("planted")
def test_mistakes_in_a_script_are_told_with_their_lines(call: Caller, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("#!/bin/sh\necho {{partition}}\n")
    said = call("up", "--sbatch", "mine")
    assert said.code == 2
    assert "mine:2:1: there is no variable 'partition'" in said.err
    assert "mine never runs {{command}}" in said.err


@pytest.mark.usefixtures("planted")
def test_a_word_may_begin_with_dashes(call: Caller) -> None:
    said = call("up", "--sbatch-option", "--array=1", "--sbatch-option=--mem=1G")
    assert "sbatch's --array cannot be had" in said.err
