"""The golden self-test as a program, on devices that are there and that are not."""

from __future__ import annotations

from pathlib import Path

import pytest
from suites_by_hand import Play

from matrix.status import Status

pytestmark = [pytest.mark.torch, pytest.mark.slow]
DTYPES = ("float32", "bfloat16", "float16")
PRODUCTS = {(id_, dtype) for id_ in ("matmul", "matmul.backward") for dtype in DTYPES}


@pytest.mark.parametrize("device", ["cpu", "lazy"])
def test_a_device_that_computes_passes(play: Play, torch: Path, device: str) -> None:
    said = play("smoke", "--device", device, python=torch)
    assert said.is_complete
    assert said.cases.keys() == {("device", ""), *PRODUCTS}
    assert said.hello.total == len(said.cases)
    assert {(c.status, c.device) for c in said.cases.values()} == {(Status.PASS, device)}


def test_the_speed_of_one_thread_is_measured_in_replicates(play: Play, torch: Path) -> None:
    (speed,) = play("smoke", python=torch).metrics
    assert (speed.name, speed.unit, speed.better) == ("matmul_float32", "GFLOP/s", "higher")
    assert len(speed.values) == 9
    assert all(0.1 < value < 10_000 for value in speed.values)


@pytest.mark.parametrize("device", ["cuda", "cuda:7", "xpu", "nonsense"])
def test_a_device_that_is_missing_fails_and_no_other_stands_in(
    play: Play, torch: Path, device: str
) -> None:
    said = play("smoke", "--device", device, python=torch)
    (case,) = said.cases.values()
    assert (case.id, case.status, case.device) == ("device", Status.FAIL, device)
    assert f"device {device} is not usable" in case.message
    assert not said.metrics


def test_one_case_can_be_asked_for(play: Play, torch: Path) -> None:
    said = play("smoke", "--case", "matmul", "dtypes=float32", python=torch)
    assert said.cases.keys() == {("matmul", "float32")}
    assert not said.metrics
