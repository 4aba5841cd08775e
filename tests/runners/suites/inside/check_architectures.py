"""How answers of models are compared, what they write, and how their weights are drawn."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from runners.suites.transformers_architectures import compare, outputs, weights, writing
from runners.suites.transformers_architectures.compare import Difference
from runners.suites.transformers_architectures.writing import Written

DTYPES = [torch.float32, torch.bfloat16, torch.float16]


def off(
    actual: dict[str, Any],
    expected: dict[str, Any],
    dtype: torch.dtype = torch.float32,
    moved: dict[str, float] | None = None,
    share: float = 0.0,
) -> Difference | None:
    return compare.difference(
        actual, expected, compare.tolerance(dtype, share), lambda: moved or {}
    )


def numbers(seed: int = 0) -> torch.Tensor:
    return torch.randn(4, 5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_answer_rounded_to_its_dtype_is_right(dtype: torch.dtype) -> None:
    assert off({"a": numbers().to(dtype)}, {"a": numbers()}, dtype) is None


@pytest.mark.parametrize(("dtype", "by"), zip(DTYPES, (1e-4, 0.08, 0.02), strict=True))
def test_an_element_off_by_a_share_of_the_largest_is_found(dtype: torch.dtype, by: float) -> None:
    wrong = numbers().to(dtype)
    wrong[2, 3] += by * numbers().abs().max()
    found = off({"a": wrong}, {"a": numbers()}, dtype)
    assert found is not None
    assert (found.tensor, found.at) == ("a", (2, 3))
    assert found.off_by > found.allowed > 0
    assert "instead of" in str(found)


def test_what_rounding_moves_far_may_be_off_as_far() -> None:
    wrong = {"a": numbers() + 0.01}
    assert off(wrong, {"a": numbers()}, moved={"a": 0.001}) is not None
    assert off(wrong, {"a": numbers()}, moved={"a": 0.003}) is None
    assert off(wrong, {"a": numbers()}, moved={"b": 1.0}) is not None


def test_the_spread_is_asked_only_where_it_matters() -> None:
    def never() -> dict[str, float]:
        raise AssertionError

    right = {"a": numbers()}
    assert compare.difference(right, right, compare.tolerance(torch.float32), never) is None
    assert compare.difference({}, right, compare.tolerance(torch.float32), never) is not None


def test_a_small_gradient_is_measured_by_the_largest_of_all() -> None:
    expected = {"large": torch.tensor([10.0]), "zero": torch.tensor([0.0])}
    noisy = {"large": torch.tensor([10.0]), "zero": torch.tensor([1e-6])}
    assert off(noisy, expected) is not None
    assert off(noisy, expected, share=0.1) is None


@pytest.mark.parametrize(
    ("actual", "what"),
    [
        ({}, "a: missing"),
        ({"a": torch.zeros(2), "b": torch.zeros(2)}, "b: not in the reference"),
        ({"a": torch.zeros(3)}, "a: shape (3,) instead of (2,)"),
        ({"a": None}, "a: nothing"),
    ],
)
def test_what_is_missing_or_shaped_otherwise_is_said(actual: dict[str, Any], what: str) -> None:
    assert str(off(actual, {"a": torch.zeros(2)})) == what


def test_where_the_reference_has_no_gradient_there_is_to_be_none() -> None:
    assert off({"a": None}, {"a": None}) is None
    assert str(off({"a": torch.zeros(2)}, {"a": None})) == "a: something"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_special_values_are_only_met_by_themselves(value: float) -> None:
    there = {"a": torch.tensor([value, 1.0])}
    assert off(there, there) is None
    assert off({"a": torch.tensor([3.0, 1.0])}, there) is not None
    assert off(there, {"a": torch.tensor([3.0, 1.0])}) is not None


def test_how_much_of_the_tolerance_is_used_is_told() -> None:
    allowed = compare.tolerance(torch.float32)
    right = {"a": torch.ones(3, dtype=torch.float64)}
    half = {"a": right["a"] + 0.5 * allowed.factor * allowed.eps}
    assert compare.used(right, right, allowed) == 0
    assert compare.used(half, right, allowed) == pytest.approx(0.5, abs=0.01)


def text(tokens: list[int], logits: list[float]) -> Written:
    """One text of which each step has one logit."""
    steps = torch.tensor(logits, dtype=torch.float64).reshape(1, -1, 1)
    return Written(torch.tensor([tokens]), steps)


def differs(one: Written, right: Written) -> Difference | None:
    return writing.difference(one, right, compare.tolerance(torch.float32), list)


def test_texts_are_compared_as_far_as_they_agree() -> None:
    right = text([1, 2, 3], [1.0, 1.0, 1.0])
    assert differs(right, right) is None
    assert differs(text([1, 5, 6], [1.0, 1.0, 9.0]), right) is None
    found = differs(text([1, 5, 6], [1.0, 2.0, 9.0]), right)
    assert found is not None
    assert found.tensor == "step 1"


def test_a_shorter_text_is_wrong() -> None:
    found = differs(text([1, 2], [1.0, 1.0]), text([1, 2, 3], [1.0, 1.0, 1.0]))
    assert str(found) == "logits: shape (1, 2, 1) instead of (1, 3, 1)"


class Small(torch.nn.Module):
    """A matrix, a convolution, a norm, and a table that does not learn."""

    def __init__(self) -> None:
        super().__init__()
        self.matrix = torch.nn.Linear(400, 300)
        self.image = torch.nn.Conv2d(16, 200, 5)
        self.norm = torch.nn.LayerNorm(300)
        self.table = torch.nn.Parameter(torch.ones(7, 7), requires_grad=False)

    def forward(self, values: torch.Tensor) -> dict[str, Any]:
        """A nested answer, as models give it."""
        answer = self.norm(self.matrix(values))
        return {"logits": answer, "more": [answer * 2, {"whole": torch.arange(3)}]}


def filled() -> Small:
    torch.manual_seed(1)
    model = Small()
    weights.fill(model)
    return model


def test_matrices_neither_fade_nor_grow() -> None:
    model = filled()
    assert float(model.matrix.weight.std()) == pytest.approx(400**-0.5, rel=0.05)
    assert float(model.image.weight.std()) == pytest.approx((16 * 25) ** -0.5, rel=0.05)
    assert float(model.norm.weight.mean()) == pytest.approx(1.0, abs=0.05)
    assert float(model.norm.weight.std()) == pytest.approx(0.1, abs=0.03)


def test_weights_are_the_same_every_time_and_by_name() -> None:
    first, second = filled().state_dict(), filled().state_dict()
    assert all(torch.equal(one, second[name]) for name, one in first.items())
    assert not torch.equal(first["norm.weight"] - 1, first["norm.bias"])


def test_what_does_not_learn_is_left_alone() -> None:
    assert bool((filled().table == 1).all())


def test_an_answer_is_taken_apart_by_path_and_gradients_by_name() -> None:
    model = filled()
    named = outputs.answer(model, {"values": torch.ones(2, 400, dtype=torch.float64)})
    assert named.keys() == {"logits", "more[0]"}
    found = outputs.gradients(model, named)
    assert found.keys() == {name for name, _ in model.named_parameters()} - {"table"}
    assert found["image.weight"] is None
    assert found["norm.bias"] is not None
