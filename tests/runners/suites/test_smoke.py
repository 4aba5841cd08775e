"""The golden self-test as a program, on devices that are there and that are not."""

from __future__ import annotations

from pathlib import Path

import pytest
from suites_by_hand import Play, Said, said_by
from torch_environment import LAUNCHER

from matrix.status import Status

pytestmark = [pytest.mark.torch, pytest.mark.slow, pytest.mark.xdist_group("smoke")]
DTYPES = ("float32", "bfloat16", "float16")
PRODUCTS = {(id_, dtype) for id_ in ("matmul", "matmul.backward") for dtype in DTYPES}


@pytest.fixture(scope="module")
def on_cpu(torch: Path) -> Said:
    """All that the suite says of a CPU."""
    return said_by([str(torch), "-I", str(LAUNCHER), "smoke", "--device", "cpu"])


def all_pass(said: Said, device: str) -> bool:
    found = {(case.status, case.device) for case in said.cases.values()}
    return said.is_complete and found == {(Status.PASS, device)}


def test_a_device_that_computes_passes(on_cpu: Said) -> None:
    assert on_cpu.cases.keys() == {("device", ""), *PRODUCTS}
    assert on_cpu.hello.total == len(on_cpu.cases)
    assert all_pass(on_cpu, "cpu")


def test_another_kind_of_device_passes_where_it_computes(play: Play, torch: Path) -> None:
    assert all_pass(play("smoke", "--device", "lazy", "dtypes=float32", python=torch), "lazy")


def test_the_speed_of_one_thread_is_measured_in_replicates(on_cpu: Said) -> None:
    (speed,) = on_cpu.metrics
    assert (speed.name, speed.unit, speed.better) == ("matmul_float32", "GFLOP/s", "higher")
    assert len(speed.values) == 9
    assert all(0.1 < value < 10_000 for value in speed.values)


def test_a_device_that_is_missing_fails_and_no_other_stands_in(play: Play, torch: Path) -> None:
    said = play("smoke", "--device", "cuda:7", python=torch)
    (case,) = said.cases.values()
    assert (case.id, case.status, case.device) == ("device", Status.FAIL, "cuda:7")
    assert "device cuda:7 is not usable" in case.message
    assert not said.metrics


def test_one_case_can_be_asked_for(play: Play, torch: Path) -> None:
    said = play("smoke", "--case", "matmul", "dtypes=float32", python=torch)
    assert said.cases.keys() == {("matmul", "float32")}
    assert not said.metrics
