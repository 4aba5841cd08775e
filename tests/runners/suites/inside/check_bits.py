"""What is the same bit for bit."""

from __future__ import annotations

import math

import pytest
import torch

from runners.suites.float64.bits import differ

DTYPES = [torch.float32, torch.bfloat16, torch.complex64, torch.int64, torch.bool]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (2, 3)])
def test_a_copy_is_the_same(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    there = torch.ones(shape).to(dtype)
    assert not differ(there.clone(), there)


def test_one_bit_is_a_difference() -> None:
    there = torch.ones(3)
    assert differ(torch.nextafter(there, torch.full((3,), 2.0)), there)
    assert differ(torch.tensor([0.0]), torch.tensor([-0.0]))


def test_what_is_no_number_is_itself() -> None:
    there = torch.tensor([math.nan, math.inf])
    assert not differ(there.clone(), there)


def test_another_shape_or_type_is_a_difference() -> None:
    there = torch.ones(4)
    assert differ(there.reshape(2, 2), there)
    assert differ(there.double(), there)
    assert differ(None, there)


def test_plain_numbers_are_compared_as_they_are() -> None:
    assert not differ(math.nan, math.nan)
    assert differ(1, 1.0)
    assert differ(1.0, 2.0)


def test_the_order_in_memory_does_not_count() -> None:
    there = torch.arange(6.0).reshape(2, 3)
    assert not differ(there.T.contiguous().T, there)
    assert not differ(there.to_sparse(), there)
    assert not differ(torch.arange(2.0)[::2], torch.zeros(1))
