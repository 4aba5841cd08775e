"""The tolerance: equal is equal, closer is never worse, and integers are exact."""

from __future__ import annotations

import math

import pytest
import torch

from runners.suites.float64 import compare
from runners.suites.float64.compare import Leaf, Mismatch

FLOATS = [torch.float32, torch.bfloat16, torch.float16]
WHOLE = [torch.int8, torch.int64, torch.uint8, torch.bool]
SPECIAL = [math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0, -1.0, 65504.0, 1e-30]


def off(
    actual: torch.Tensor, expected: torch.Tensor, spread: torch.Tensor | None = None
) -> Mismatch | None:
    got, want = compare.leaf(actual), compare.leaf(expected)
    allowed = compare.tolerance(actual.dtype)
    return compare.mismatch([got], [want], allowed, None if spread is None else [spread])


def numbers(seed: int, dtype: torch.dtype) -> torch.Tensor:
    source = torch.Generator().manual_seed(seed)
    return (torch.randn(50, generator=source) * 10.0 ** (seed % 5 - 2)).to(dtype)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("seed", range(10))
def test_an_answer_is_equal_to_itself(dtype: torch.dtype, seed: int) -> None:
    there = numbers(seed, dtype)
    assert off(there, there.double()) is None


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("seed", range(10))
def test_what_is_farther_off_is_never_better(dtype: torch.dtype, seed: int) -> None:
    there = numbers(seed, dtype)
    eps = torch.finfo(dtype).eps
    steps = [2.0**n * eps for n in range(-1, 8)]
    right = there.double()
    largest = right.abs().max()
    wrong = [off(there, right * (1 + by) + by * largest) is not None for by in steps]
    assert wrong == sorted(wrong)
    assert not wrong[0]
    assert wrong[-1]


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_neighbouring_number_is_within_the_tolerance(dtype: torch.dtype) -> None:
    there = numbers(1, dtype)
    assert off(torch.nextafter(there, torch.full_like(there, math.inf)), there.double()) is None


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("got", SPECIAL)
@pytest.mark.parametrize("want", SPECIAL)
def test_special_values_are_only_equal_to_themselves(
    dtype: torch.dtype, got: float, want: float
) -> None:
    actual = torch.tensor([got, 1.0], dtype=dtype)
    expected = torch.tensor([want, 1.0], dtype=dtype).double()
    same = bool((actual.double() == expected).all()) or (math.isnan(got) and math.isnan(want))
    near = abs(float(actual[0]) - float(expected[0])) <= 1e-6
    too_large = math.isinf(got) and got == math.copysign(math.inf, want) and _overflows(want, dtype)
    assert (off(actual, expected) is None) == (same or near or too_large)


def _overflows(want: float, dtype: torch.dtype) -> bool:
    info = torch.finfo(dtype)
    return math.isfinite(want) and abs(want) > info.max * (1 - 4 * info.eps)


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_number_in_place_of_an_infinity_is_wrong_beside_any_others(dtype: torch.dtype) -> None:
    expected = torch.tensor([1.0, -math.inf, 1e4], dtype=torch.float64)
    assert off(expected.to(dtype), expected) is None
    found = off(torch.tensor([1.0, -5.0, 1e4], dtype=dtype), expected)
    assert found is not None
    assert (found.at, found.bad, found.expected) == ((1,), 1, "-inf")


def test_an_overflow_is_right_where_the_dtype_cannot_hold_the_number() -> None:
    beyond = torch.tensor([1e6], dtype=torch.float64)
    assert off(torch.tensor([math.inf], dtype=torch.float16), beyond) is None
    assert off(torch.tensor([-math.inf], dtype=torch.float16), beyond) is not None
    assert off(torch.tensor([math.inf], dtype=torch.float32), beyond) is not None


@pytest.mark.parametrize("dtype", WHOLE)
def test_whole_numbers_are_exact(dtype: torch.dtype) -> None:
    there = torch.tensor([0, 1, 1, 0]).to(dtype)
    assert off(there, there) is None
    wrong = there.clone()
    wrong[2] = 0
    found = off(wrong, there)
    assert found is not None
    assert (found.at, found.bad, found.elements) == ((2,), 1, 4)


@pytest.mark.parametrize("large", [2**20, 2**40, 2**52])
def test_a_large_whole_number_that_is_off_by_one_is_wrong(large: int) -> None:
    there = torch.tensor([large])
    assert off(there + 1, there) is not None


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_spread_grants_what_it_says_and_takes_nothing(dtype: torch.dtype) -> None:
    there = torch.ones(3, dtype=dtype)
    wrong = there * 1.5
    none, some = torch.zeros(3), torch.full((3,), 0.5)
    assert off(wrong, there.double(), none) is not None
    assert off(wrong, there.double(), some) is None
    assert off(there, there.double(), none) is None


@pytest.mark.parametrize("dtype", [*FLOATS, *WHOLE])
def test_nothing_at_all_is_equal_to_nothing(dtype: torch.dtype) -> None:
    empty = torch.empty((0, 3), dtype=dtype)
    wide = torch.float64 if dtype.is_floating_point else dtype
    assert off(empty, empty.to(wide)) is None
    found = off(empty, torch.empty((3, 0), dtype=wide))
    assert found is not None
    assert found.what == "shape (0, 3) instead of (3, 0)"


def test_complex_numbers_are_held_in_both_parts() -> None:
    there = torch.tensor([1 + 2j, -3j], dtype=torch.complex64)
    assert off(there, there.to(torch.complex128)) is None
    assert off(there.conj(), there.to(torch.complex128)) is not None


def test_the_worst_element_is_the_one_that_is_told() -> None:
    right = torch.ones(2, 3, dtype=torch.float64)
    wrong = right.float()
    wrong[0, 1], wrong[1, 2] = 1.1, 7.0
    found = off(wrong, right)
    assert found is not None
    assert (found.at, found.bad, found.elements) == ((1, 2), 2, 6)
    assert (found.actual, found.expected, found.off_by) == ("7", "1", 6.0)
    assert 0 < found.allowed < 1e-3


@pytest.mark.parametrize("number", range(3))
def test_the_leaf_that_is_off_is_named(number: int) -> None:
    right = [compare.leaf(torch.ones(2)) for _ in range(3)]
    wrong = list(right)
    wrong[number] = compare.leaf(torch.zeros(2))
    found = compare.mismatch(wrong, right, compare.tolerance(torch.float32))
    assert found is not None
    assert found.leaf == number


def test_another_number_of_results_is_wrong() -> None:
    one = compare.leaf(torch.ones(1))
    found = compare.mismatch([one], [one, one], compare.tolerance(torch.float32))
    assert found == Mismatch("1 results instead of 2")


@pytest.mark.parametrize(("got", "want"), [(None, 1.0), (1.0, None), ("a", 1.0)])
def test_a_number_is_no_other_thing(got: object, want: object) -> None:
    allowed = compare.tolerance(torch.float32)
    assert compare.mismatch([compare.leaf(got)], [compare.leaf(want)], allowed) is not None


def test_things_that_are_no_numbers_are_not_compared() -> None:
    nothing = Leaf(None, exact=True, dtype="NoneType")
    assert compare.mismatch([nothing], [nothing], compare.tolerance(torch.float32)) is None


def test_a_wider_dtype_has_the_narrower_tolerance() -> None:
    sizes = [one.factor * one.eps for one in map(compare.tolerance, FLOATS)]
    assert sizes[0] < sizes[2] < sizes[1]
    answer = compare.leaf(torch.ones(1, dtype=torch.bfloat16))
    assert compare.coarser(compare.tolerance(torch.float32), answer).dtype == "bfloat16"
    exact = compare.leaf(torch.ones(1, dtype=torch.int64))
    assert compare.coarser(compare.tolerance(torch.float32), exact).dtype == "float32"


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_tolerance_states_its_numbers(dtype: torch.dtype) -> None:
    said = str(compare.tolerance(dtype))
    assert said.endswith(f"({str(dtype)[6:]})")
    assert "* |expected|" in said
