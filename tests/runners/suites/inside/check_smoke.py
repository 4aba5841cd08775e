"""What the golden self-test calls wrong."""

from __future__ import annotations

import pytest
import torch

from runners.suites import device, smoke

DTYPES = [torch.float32, torch.bfloat16, torch.float16]


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_product_of_the_cpu_is_right(dtype: torch.dtype) -> None:
    assert smoke.forward("cpu", dtype) == ""
    assert smoke.backward("cpu", dtype) == ""


@pytest.mark.parametrize(("dtype", "by"), zip(DTYPES, (1.0001, 1.1, 1.02), strict=True))
def test_a_product_that_is_off_is_wrong(dtype: torch.dtype, by: float) -> None:
    left, right = smoke.operands(dtype)
    got = (left.float() @ right.float() * by).to(dtype)
    assert "times the tolerance" in smoke.wrong(got, smoke.product(left, right), "cpu", dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_one_element_that_is_zero_or_nan_is_wrong(dtype: torch.dtype) -> None:
    left, right = smoke.operands(dtype)
    for value in (0.0, float("nan")):
        got = (left.float() @ right.float()).to(dtype)
        got.view(-1)[got.abs().argmax()] = value
        assert smoke.wrong(got, smoke.product(left, right), "cpu", dtype)


def test_swapped_operands_are_wrong() -> None:
    left, right = smoke.operands(torch.float32)
    assert smoke.wrong(right @ left, smoke.product(left, right), "cpu", torch.float32)


def test_a_right_result_on_the_wrong_device_is_wrong() -> None:
    left, right = smoke.operands(torch.float32)
    said = smoke.wrong(left @ right, smoke.product(left, right), "cuda:0", torch.float32)
    assert said == "the result lies on cpu, not on cuda:0"


def test_another_dtype_is_wrong() -> None:
    left, right = smoke.operands(torch.bfloat16)
    got = left.float() @ right.float()
    said = smoke.wrong(got, smoke.product(left, right), "cpu", torch.bfloat16)
    assert said == "the result is torch.float32, not torch.bfloat16"


def test_a_device_is_opened_by_computing_on_it() -> None:
    assert device.opened("cpu") == ""
    assert device.opened("meta").startswith("device meta is not usable")
    assert "nonsense" in device.opened("nonsense")


@pytest.mark.parametrize("name", ["cuda", "cuda:7", "xpu", "hpu", "mps"])
def test_a_device_that_is_missing_is_not_usable_and_no_other_stands_in(name: str) -> None:
    assert device.opened(name).startswith(f"device {name} is not usable")
