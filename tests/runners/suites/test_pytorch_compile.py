"""The compiler's suite as a program: healthy, with faults in inductor, and where it cannot run."""

from __future__ import annotations

from pathlib import Path

import pytest
from suites_by_hand import Play, said_by
from torch_environment import LAUNCHER

from matrix.status import Status

pytestmark = [
    pytest.mark.torch,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("pytorch-compile"),
]
DRIVE = Path(__file__).parent / "inside" / "drive_compile.py"
GREEN = {Status.PASS}


def driven(torch: Path, faults: str, cases: str) -> dict[str, Status]:
    """How cases end where torch has faults."""
    said = said_by([str(torch), "-I", str(DRIVE), faults, f"cases={cases}"])
    assert said.is_complete
    return {case.id: case.status for case in said.cases.values()}


def test_a_healthy_compiler_is_green_and_timed(torch: Path, play: Play) -> None:
    said = play("pytorch_compile", "cases=whole.*,branch.graphs", python=torch)
    assert said.is_complete
    assert said.hello.total == len(said.cases) == 4
    assert {case.status for case in said.cases.values()} == GREEN
    (took,) = said.metrics
    assert (took.name, took.unit, took.better) == ("compile_whole_float32", "s", "lower")


def test_a_wrong_kernel_fails_where_it_is_compiled_and_a_torn_graph_where_it_is_counted(
    torch: Path,
) -> None:
    cases = "recurrent.graphs,recurrent.forward,pointwise.graphs,views.graphs"
    assert driven(torch, "kernel,torn", cases) == {
        "device": Status.PASS,
        "recurrent.graphs": Status.PASS,
        "recurrent.forward": Status.FAIL,
        "pointwise.graphs": Status.FAIL,
        "views.graphs": Status.PASS,
    }


def test_a_device_that_inductor_does_not_know_is_skipped(torch: Path, play: Play) -> None:
    cases = "cases=views.forward,mlp.backward"
    said = play("pytorch_compile", "--device", "lazy", cases, python=torch)
    told = {case.id: (case.status, case.device) for case in said.cases.values()}
    assert told == {
        "device": (Status.PASS, "lazy"),
        "views.forward": (Status.SKIP, "lazy"),
        "mlp.backward": (Status.SKIP, "lazy"),
    }


@pytest.mark.suites
def test_a_machine_without_a_compiler_is_skipped(torch: Path) -> None:
    argv = [str(torch), "-I", str(LAUNCHER), "pytorch_compile", "cases=views.*"]
    said = said_by(argv, {"PATH": "/nonexistent"})
    skipped = {case.id: case.message for case in said.cases.values() if case.status is Status.SKIP}
    assert skipped.keys() == {"views.forward", "views.shapes"}
    assert all("No working C++ compiler" in message for message in skipped.values())


@pytest.mark.suites
def test_a_compiler_that_knows_no_other_sizes_fails_at_shapes_alone(torch: Path) -> None:
    found = driven(torch, "rigid", "views.*")
    assert found.pop("views.shapes") is Status.FAIL
    assert set(found.values()) == GREEN


@pytest.mark.suites
def test_the_whole_is_green(torch: Path, play: Play) -> None:
    said = play("pytorch_compile", python=torch)
    assert said.is_complete
    assert said.hello.total == len(said.cases) == 33
    assert {case.status for case in said.cases.values()} == GREEN
    assert len(said.metrics) == 13
