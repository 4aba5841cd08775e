"""The Helion suite as a program: healthy, with faults in Helion, and on a device not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helion_environment import helion_python
from suites_by_hand import Said, said_by
from torch_environment import LAUNCHER

from matrix.status import Status

pytestmark = [
    pytest.mark.suites,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("helion"),
]
DRIVE = Path(__file__).parent / "inside" / "drive_helion.py"


@pytest.fixture(scope="module")
def helion() -> Path:
    return helion_python()


def played(helion: Path, *arguments: str) -> Said:
    return said_by([str(helion), "-I", str(LAUNCHER), "helion_kernels", *arguments])


def driven(helion: Path, fault: str, *arguments: str) -> dict[str, Status]:
    """How cases end where Helion has a fault."""
    said = said_by([str(helion), "-I", str(DRIVE), fault, *arguments])
    assert said.is_complete
    return {case.id: case.status for case in said.cases.values() if case.dtype in {"float32", ""}}


def test_interpreted_kernels_are_right_and_no_speed_is_told(helion: Path) -> None:
    said = played(helion, "modes=interpret", "cases=softmax.*,sum.*,matmul.widened*,gather.*")
    assert said.is_complete
    assert said.hello.total == len(said.cases)
    assert {case.status for case in said.cases.values()} == {Status.PASS}
    assert not said.metrics
    detail = json.loads(said.cases["softmax.rows.tail@interpret", "bfloat16"].detail)
    assert (detail["how"], detail["mode"]) == ("interpreted", "interpret")
    assert detail["tolerance"]
    assert said.facts["helion.interpret"].value == "interpreted"
    assert "HELION_INTERPRET=1" in said.facts["helion.interpret"].source


def test_a_backend_that_says_it_is_not_there_is_skipped_in_its_words(helion: Path) -> None:
    said = played(helion, "cases=backend")
    found = {case.id: case for case in said.cases.values()}
    assert {key for key, case in found.items() if case.status is Status.PASS} == {
        "device",
        "backend@interpret",
        "backend@pallas-interpret",
        "backend@triton-interpret",
    }
    assert found["backend@cute"].status is found["backend@metal"].status is Status.SKIP
    assert "'cute' backend cannot run" in found["backend@cute"].message
    assert "MPS is not available" in found["backend@metal"].message


def test_without_a_gpu_compiled_kernels_are_skipped_in_tritons_words(helion: Path) -> None:
    said = played(helion, "modes=compiled", "cases=elementwise.add")
    judged = [case for case in said.cases.values() if case.id != "device"]
    assert {case.status for case in judged} == {Status.SKIP}
    assert {case.message.partition(" (")[0] for case in judged} == {
        "capability: 0 active drivers",
    }


def test_each_fault_ends_in_its_own_cases(helion: Path) -> None:
    """A sum that is lowered to a maximum, a tail that a maximum takes for zeros, and a crash."""
    cases = "cases=sum.inner*,sum.outer,max.inner*"
    found = driven(helion, "adding,unmasked,crashing", "modes=triton-interpret", cases)
    assert found == {
        "device": Status.PASS,
        "sum.inner@triton-interpret": Status.FAIL,
        "sum.inner.tail@triton-interpret": Status.FAIL,
        "sum.outer@triton-interpret": Status.FAIL,
        "max.inner@triton-interpret": Status.PASS,
        "max.inner.tail@triton-interpret": Status.FAIL,
    }


def test_powers_of_two_fail_softmax_and_nothing_without_powers(helion: Path) -> None:
    cases = "cases=softmax.rows,softmax.online,rms-norm,sum.inner"
    found = driven(helion, "doubling", "modes=pallas-interpret", cases)
    assert {key for key, status in found.items() if status is Status.FAIL} == {
        "softmax.rows@pallas-interpret",
        "softmax.online@pallas-interpret",
    }


def test_a_device_that_is_not_there_fails_and_nothing_else_is_said(helion: Path) -> None:
    said = played(helion, "--device", "cuda")
    (case,) = said.cases.values()
    assert (case.id, case.status, case.device) == ("device", Status.FAIL, "cuda")
