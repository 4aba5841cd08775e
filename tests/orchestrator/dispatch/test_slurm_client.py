"""What Slurm's commands are told and what is made of their answers."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from planted_slurm import PlantedSlurm

from matrix.errors import CoevoError
from orchestrator.dispatch.slurm_client import (
    NodeSeen,
    Refused,
    Seen,
    Slurm,
    Unanswered,
    latest,
    sentence,
    submitted,
)

T = TypeVar("T")


@pytest.fixture
def planted(tmp_path: Path) -> PlantedSlurm:
    return PlantedSlurm(tmp_path / "bin").plant()


def asked(planted: PlantedSlurm, call: Callable[[Slurm], Awaitable[T]], *options: str) -> T:
    async def whole() -> T:
        return await call(Slurm(options, planted.environ, seconds=1.0))

    return asyncio.run(whole())


def handed(planted: PlantedSlurm, folder: Path, *options: str) -> str:
    folder.mkdir(exist_ok=True)
    lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR)
    try:
        return asked(planted, lambda slurm: slurm.submit(folder, "coevo-x-1-1", lock), *options)
    finally:
        os.close(lock)


def test_jobs_are_read_by_name(planted: PlantedSlurm) -> None:
    planted.shows(
        "7|PENDING|coevo-x-1-1||10:00|Resources",
        "8|RUNNING|coevo-x-2-1|n1|1-00:00:00|None",
        "9|PENDING|another||1:00|a|b",
    )
    found = asked(planted, lambda slurm: slurm.look("coevo-x-"))
    assert found == {
        "coevo-x-1-1": Seen("7", "PENDING", "coevo-x-1-1", "", "10:00", "Resources"),
        "coevo-x-2-1": Seen("8", "RUNNING", "coevo-x-2-1", "n1", "1-00:00:00", "None"),
    }


def test_a_reason_may_hold_the_mark_itself(planted: PlantedSlurm) -> None:
    planted.shows("7|PENDING|x-1||1:00|a|b|c")
    assert asked(planted, lambda slurm: slurm.look("x-"))["x-1"].reason == "a|b|c"


def test_ended_jobs_are_asked_for_too_and_only_ones_own(planted: PlantedSlurm) -> None:
    asked(planted, lambda slurm: slurm.look("x-"))
    (call,) = planted.called("squeue")
    assert "--states=all" in call
    assert "--user=" in call


def test_of_one_name_the_newest_counts() -> None:
    seen = [Seen("9", "COMPLETED", "a"), Seen("10", "PENDING", "a"), Seen("8", "FAILED", "a")]
    assert latest(seen)["a"].id == "10"


def test_nodes_are_read_with_what_they_have(planted: PlantedSlurm) -> None:
    lines = (
        "n1|debug*|64|515000|gpu:a100:4(S:0-1)|ib,a100|mixed",
        "n2|big|128+|1000|(null)|(null)|idle~",
    )
    planted.answers("sinfo", "\n".join(lines))
    assert asked(planted, lambda slurm: slurm.nodes()) == (
        NodeSeen(
            "n1", "debug", 64, 515000, "gpu:a100:4(S:0-1)", ("ib", "a100"), "mixed", is_default=True
        ),
        NodeSeen("n2", "big", 128, 1000, "", (), "idle~"),
    )


def test_an_error_is_no_answer(planted: PlantedSlurm) -> None:
    planted.answers("squeue", "", "slurm_load_jobs error: Unable to contact slurm controller\n", 1)
    with pytest.raises(Unanswered, match="Unable to contact slurm controller"):
        asked(planted, lambda slurm: slurm.look("x-"))


def test_an_endless_wait_is_no_answer(planted: PlantedSlurm) -> None:
    (planted.folder / "squeue").write_text("#!/bin/sh\nexec sleep 600\n")
    with pytest.raises(Unanswered, match="did not answer within 1 s"):
        asked(planted, lambda slurm: slurm.look("x-"))


def test_a_command_that_is_not_there_is_no_answer(planted: PlantedSlurm) -> None:
    slurm = Slurm((), {"PATH": str(planted.folder / "nowhere")})
    with pytest.raises(Unanswered, match="scancel could not be started"):
        asyncio.run(slurm.cancel("7"))


def test_cancelling_names_the_job(planted: PlantedSlurm) -> None:
    asked(planted, lambda slurm: slurm.cancel("7"))
    assert planted.called("scancel") == ["--quiet 7"]


def test_where_a_command_is_missing_it_is_named(planted: PlantedSlurm) -> None:
    (planted.folder / "sbatch").unlink()
    with pytest.raises(CoevoError, match="sbatch is not on the PATH") as raised:
        Slurm((), {"PATH": str(planted.folder)}).refuse_missing()
    assert "login node" in raised.value.mistakes[0].hint


@pytest.mark.parametrize("out", ["123\n", "123;cluster\n", "noise of a wrapper\n123\n"])
def test_the_number_of_a_batch_job_is_read(planted: PlantedSlurm, tmp_path: Path, out: str) -> None:
    planted.answers("sbatch", out)
    assert handed(planted, tmp_path / "1-1") == "123"
    assert submitted(tmp_path / "1-1") == "123"


def test_what_is_ours_comes_behind_the_owners_words(planted: PlantedSlurm, tmp_path: Path) -> None:
    planted.answers("sbatch", "1\n")
    handed(planted, tmp_path / "1-1", "--partition=gpu", "--job-name=mine")
    (call,) = planted.called("sbatch")
    words = call.split()
    assert words[:2] == ["--partition=gpu", "--job-name=mine"]
    assert words[2:5] == ["--parsable", "--job-name=coevo-x-1-1", "--no-requeue"]
    assert words[-1] == str(tmp_path / "1-1" / "job.sbatch")


def test_a_refusal_is_told_in_its_own_words(planted: PlantedSlurm, tmp_path: Path) -> None:
    err = "sbatch: error: a: b\nsbatch: error: Batch job submission failed: Invalid account.\n"
    planted.answers("sbatch", "", err, 1)
    with pytest.raises(Refused) as raised:
        handed(planted, tmp_path / "1-1")
    assert str(raised.value) == "Batch job submission failed: Invalid account"


@pytest.mark.parametrize(
    "err",
    [
        "Unable to contact slurm controller (connect failure)",
        "Socket timed out on send/recv operation",
        "Slurm temporarily unable to accept job, sleeping and retrying",
        "Slurm backup controller in standby mode",
    ],
)
def test_where_slurm_may_have_taken_it_nobody_knows(
    planted: PlantedSlurm, tmp_path: Path, err: str
) -> None:
    planted.answers("sbatch", "", f"sbatch: error: {err}\n", 1)
    with pytest.raises(Unanswered):
        handed(planted, tmp_path / "1-1")


def test_an_sbatch_that_was_cut_off_has_said_nothing(tmp_path: Path) -> None:
    assert submitted(tmp_path) == ""
    (tmp_path / "sbatch.out").write_text("12")  # of 123, perhaps
    assert submitted(tmp_path) == ""


def test_a_new_try_forgets_what_the_last_one_said(planted: PlantedSlurm, tmp_path: Path) -> None:
    planted.answers("sbatch", "", "sbatch: error: No\n", 1)
    with pytest.raises(Refused):
        handed(planted, tmp_path / "1-1")
    planted.answers("sbatch", "5\n")
    assert handed(planted, tmp_path / "1-1") == "5"


def test_secrets_stay_here(planted: PlantedSlurm, tmp_path: Path) -> None:
    script = planted.folder / "sbatch"
    script.write_text(f"#!/bin/sh\nenv > {tmp_path}/env\necho 1\n")

    async def whole() -> None:
        environ = {**planted.environ, "HF_TOKEN": "hush", "PLAIN": "told", "SLURM_CONF": "/c"}
        with (tmp_path / "lock").open("w") as lock:
            await Slurm((), environ).submit(tmp_path, "x", lock.fileno())

    asyncio.run(whole())
    said = (tmp_path / "env").read_text()
    assert "PLAIN=told" in said
    assert "SLURM_CONF=/c" in said
    assert "hush" not in said


@pytest.mark.parametrize(
    ("err", "told"),
    [
        ("squeue: error: Invalid user: x\n", "Invalid user: x"),
        ("a\n\nscancel: fatal: no.\n", "scancel: fatal: no"),
        ("", "it said nothing"),
    ],
)
def test_a_complaint_is_one_sentence(err: str, told: str) -> None:
    assert sentence(err, "squeue") == told
