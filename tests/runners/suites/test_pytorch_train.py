"""The training suite as a program: healthy, with faults in torch, and on other devices."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from suites_by_hand import Play, Said, said_by
from torch_environment import LAUNCHER

from matrix.status import Status

pytestmark = [
    pytest.mark.torch,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("pytorch-train"),  # its runs are made once, for one worker
]
DRIVE = Path(__file__).parent / "inside" / "drive_train.py"


def driven(torch: Path, faults: str, cases: str) -> dict[str, Status]:
    """How cases end where torch has faults."""
    said = said_by([str(torch), "-I", str(DRIVE), faults, f"cases={cases}"])
    assert said.is_complete
    return {case.id: case.status for case in said.cases.values()}


@pytest.fixture(scope="module")
def healthy(torch: Path) -> Said:
    """What is said of the convolutional net, of data loaders and of ranks on a CPU."""
    cases = "convnet.*,amp.*,dataloader.*,distributed.*"
    return said_by([str(torch), "-I", str(LAUNCHER), "pytorch_train", f"cases={cases}"])


def test_a_healthy_machine_is_green(healthy: Said) -> None:
    assert healthy.is_complete
    assert healthy.hello.total == len(healthy.cases) == 10
    others = {key[0]: c.status for key, c in healthy.cases.items() if c.status is not Status.PASS}
    assert others == {"dataloader.pinned": Status.SKIP}


def test_every_case_says_its_tolerance(healthy: Said) -> None:
    judged = [c for c in healthy.cases.values() if c.status is Status.PASS and c.id != "device"]
    assert all(json.loads(case.detail)["tolerance"] for case in judged)


def test_the_speed_is_measured_in_replicates_of_one_thread(healthy: Said) -> None:
    (speed,) = healthy.metrics
    assert (speed.name, speed.unit, speed.better) == ("convnet_one_thread", "steps/s", "higher")
    assert len(speed.values) == 7
    assert healthy.facts["torch.threads"].value == "1"


def test_each_fault_ends_in_its_own_case(torch: Path) -> None:
    """A lapse of one step does not keep a training from its goal, nor a checkpoint without
    momentum one that is never interrupted.
    """
    cases = "lstm.loss,lstm.trajectory,convnet.loss,convnet.resume,dataloader.*,distributed.*"
    found = driven(torch, "lapse,forgetful,shuffling,selfish", cases)
    assert found == {
        "device": Status.PASS,
        "convnet.loss": Status.PASS,
        "convnet.resume": Status.FAIL,
        "lstm.loss": Status.PASS,
        "lstm.trajectory": Status.FAIL,
        "dataloader.workers": Status.FAIL,
        "dataloader.pinned": Status.SKIP,
        "distributed.two-ranks": Status.FAIL,
    }


def test_an_optimizer_that_does_nothing_gets_to_no_goal(torch: Path) -> None:
    found = driven(torch, "idle", "convnet.loss,convnet.trajectory,convnet.amp,lstm.loss")
    assert found == {
        "device": Status.PASS,
        "convnet.loss": Status.FAIL,
        "convnet.trajectory": Status.FAIL,
        "convnet.amp": Status.FAIL,
        "lstm.loss": Status.PASS,
    }


@pytest.mark.suites
def test_a_generator_that_does_not_go_on_where_it_stood_is_seen(torch: Path) -> None:
    found = driven(torch, "repetitive", "convnet.resume,convnet.loss")
    assert found["convnet.resume"] is Status.FAIL
    assert found["convnet.loss"] is Status.PASS


@pytest.mark.suites
def test_a_rank_that_dies_is_told_with_its_signal(torch: Path) -> None:
    said = said_by([str(torch), "-I", str(DRIVE), "crashing", "cases=distributed.*"])
    case = said.cases["distributed.two-ranks", "float32"]
    assert case.status is Status.FAIL
    assert "a child ended with -6" in case.message


@pytest.mark.suites
def test_the_whole_is_green_but_for_what_is_known(torch: Path, play: Play) -> None:
    said = play("pytorch_train", python=torch)
    assert said.is_complete
    assert said.hello.total == len(said.cases) == 20
    assert {metric.name.partition("_")[0] for metric in said.metrics} == {
        *("transformer", "convnet", "lstm"),
    }
    failed = {key for key, case in said.cases.items() if case.status is Status.FAIL}
    assert failed <= {("lstm.amp", "float16")}  # matrix/builtin.yaml expects it


@pytest.mark.suites
def test_another_device_is_tried_and_no_other_stands_in(torch: Path, play: Play) -> None:
    said = play(
        "pytorch_train", "--device", "lazy", "cases=convnet.loss,distributed.*", python=torch
    )
    assert {case.device for case in said.cases.values()} == {"lazy"}
    assert said.cases["distributed.two-ranks", "float32"].status is Status.SKIP


def test_a_device_that_is_not_there_fails_and_nothing_else_is_said(torch: Path, play: Play) -> None:
    said = play("pytorch_train", "--device", "cuda", python=torch)
    (case,) = said.cases.values()
    assert (case.id, case.status, case.device) == ("device", Status.FAIL, "cuda")


def test_a_parameter_that_means_nothing_ends_the_suite_with_its_name(torch: Path) -> None:
    done = subprocess.run(
        [torch, "-I", LAUNCHER, "pytorch_train", "models=lstm"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode != 0
    assert "unknown parameter models; there is `cases`" in done.stderr
