"""The DeepSpeed suite as a program: healthy, with faults in DeepSpeed, and without devices."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from suite_environment import suite_python
from suites_by_hand import Play, Said, said_by
from torch_environment import LAUNCHER

from matrix.status import Status

pytestmark = [
    pytest.mark.suites,
    pytest.mark.torch,
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.xdist_group("deepspeed-zero"),
]
DRIVE = Path(__file__).parent / "inside" / "drive_deepspeed.py"
_TORCH = ("torch==2.13.0+cpu", "numpy==2.4.6", "safetensors==0.8.0")


@pytest.fixture(scope="module")
def deepspeed() -> Path:
    return suite_python("deepspeed-0.19.8", "deepspeed==0.19.8", *_TORCH)


def driven(python: Path, faults: str, cases: str) -> Said:
    words = [str(python), "-I", str(DRIVE), f"uncompiled,{faults}", f"cases={cases}"]
    said = said_by(words, seconds=1500)
    assert said.is_complete
    return said


def statuses(said: Said) -> dict[str, Status]:
    return {case.id: case.status for case in said.cases.values()}


def test_the_whole_is_green(
    deepspeed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = said_by([str(deepspeed), "-I", str(LAUNCHER), "deepspeed_zero"], seconds=1500)
    assert said.is_complete
    assert said.hello.total == len(said.cases) == 27
    assert set(statuses(said).values()) == {Status.PASS}
    assert {one.name for one in said.metrics} == {f"zero_{stage}_two_ranks" for stage in range(4)}
    judged = [case for case in said.cases.values() if case.id != "device"]
    assert all(json.loads(case.detail)["tolerance"] for case in judged)
    assert list(tmp_path.iterdir()) == []


def test_each_fault_ends_in_its_own_case(deepspeed: Path) -> None:
    cases = "zero-2.loss,zero-3.loss,zero-3.resume,zero-3.consolidation,zero-3.partition"
    assert statuses(driven(deepspeed, "selfish,forgetful,scrambling", cases)) == {
        "device": Status.PASS,
        "zero-2.loss": Status.FAIL,
        "zero-3.loss": Status.PASS,
        "zero-3.partition": Status.PASS,
        "zero-3.resume": Status.FAIL,
        "zero-3.consolidation": Status.FAIL,
    }


def test_gradients_that_are_not_clipped_are_seen(deepspeed: Path) -> None:
    found = statuses(driven(deepspeed, "unclipped", "zero-2.clipping,zero-2.loss"))
    assert found["zero-2.clipping"] is Status.FAIL
    assert found["zero-2.loss"] is Status.PASS


def test_a_rank_that_dies_is_told_and_the_rest_is_run_by_new_ones(deepspeed: Path) -> None:
    said = driven(deepspeed, "crashing", "zero-0.partition,zero-1.partition,zero-2.partition")
    assert statuses(said) == {
        "device": Status.PASS,
        "zero-0.partition": Status.PASS,
        "zero-1.partition": Status.FAIL,
        "zero-2.partition": Status.PASS,
    }
    assert "a rank ended with -6" in said.cases["zero-1.partition", "float32"].message


def test_a_device_that_is_not_there_fails_and_nothing_else_is_said(
    deepspeed: Path, play: Play
) -> None:
    said = play("deepspeed_zero", "--device", "cuda", python=deepspeed)
    (case,) = said.cases.values()
    assert (case.id, case.status, case.device) == ("device", Status.FAIL, "cuda")
