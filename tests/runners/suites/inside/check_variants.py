"""Samples that lie apart in memory, that are empty, and that are run twice, find their faults."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from faulty import bench, broken, replaced, scaled

from runners.suites.float64.outcome import Outcome
from runners.suites.pytorch_ops import catalog, execute, variants
from runners.suites.pytorch_ops.conformance import carry_out
from runners.suites.pytorch_ops.tasks import VARIANTS, Task

OPS = ("mul", "matmul", "exp", "softmax", "sum", "nn.functional.conv2d", "cat")


def outcome(op: str, variant: str, dtype: str = "float32", *, backward: bool = False) -> Outcome:
    return carry_out(Task(op, dtype, dtype, backward, variant), bench(samples="4"))


def only_failing(op: str, *, backward: bool = False) -> set[str]:
    found = {variant: outcome(op, variant, backward=backward).status for variant in VARIANTS}
    assert set(found.values()) <= {"PASS", "FAIL"}
    return {variant for variant, status in found.items() if status == "FAIL"}


@pytest.mark.parametrize("op", OPS)
def test_healthy_operators_pass_in_every_variant(op: str) -> None:
    assert only_failing(op) == set()
    assert only_failing(op, backward=True) == set()


def test_a_kernel_that_forgets_strides_fails_where_samples_lie_apart_alone() -> None:
    def forgetful(item: torch.Tensor, **more: Any) -> torch.Tensor:
        steps = torch.empty(item.shape).stride()
        return torch.exp(item.as_strided(item.shape, steps), **more)

    with replaced("exp", forgetful):
        assert only_failing("exp") == {"noncontiguous"}


def test_a_sum_of_nothing_that_is_not_zero_fails_where_samples_are_empty_alone() -> None:
    def odd(item: torch.Tensor, *args: Any, **more: Any) -> torch.Tensor:
        total = torch.sum(item, *args, **more)
        return total if item.numel() else total + 1

    with replaced("sum", odd):
        assert only_failing("sum") == {"empty"}


def test_a_kernel_that_is_never_the_same_twice_fails_where_it_is_repeated_alone() -> None:
    calls = itertools.count()

    def wandering(out: Any) -> Any:
        return scaled(1 + 2.0**-22 * (next(calls) % 2))(out)

    with broken("mul", wandering):
        assert only_failing("mul") == {"deterministic"}
        assert "two runs differ" in outcome("mul", "deterministic").message


@contextmanager
def off(op: str, wrong: Callable[[Any], Any]) -> Iterator[None]:
    """While this holds, answers to whole numbers are wrong, but not those of the reference."""
    info = catalog.operators()[op]
    right = info.op

    def chosen(*args: Any, **kwargs: Any) -> Any:
        found = right(*args, **kwargs)
        return found if torch.get_default_dtype() == torch.float64 else wrong(found)

    info.op = chosen
    try:
        yield
    finally:
        info.op = right


@pytest.mark.parametrize("dtype", ["complex64", "int64", "int32", "bool"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_other_types_pass(dtype: str, variant: str) -> None:
    assert outcome("add", variant, dtype).status == "PASS"


@pytest.mark.parametrize("dtype", ["int64", "int32", "bool"])
def test_whole_numbers_that_are_off_by_one_are_found(dtype: str) -> None:
    with off("add", lambda out: out ^ 1 if out.dtype != torch.bool else ~out):
        assert outcome("add", "plain", dtype).status == "FAIL"
        assert outcome("add", "noncontiguous", dtype).status == "FAIL"


def test_complex_numbers_that_lost_their_sign_are_found() -> None:
    with broken("add", lambda out: out.conj() if out.is_complex() else out):
        assert outcome("add", "plain", "complex64").status == "FAIL"


def test_a_float_that_comes_of_whole_numbers_is_held_against_float64() -> None:
    assert outcome("sqrt", "plain", "int64").status == "PASS"
    with off("sqrt", scaled(1 + 3e-5)):
        assert outcome("sqrt", "plain", "int64").status == "FAIL"


def test_what_lies_apart_is_the_same_numbers() -> None:
    samples = catalog.samples(Task("mul", "float32", "float32", backward=True), None)
    call = execute.call_of(next(one for one in samples if one.input.numel() > 1))
    apart = variants.strided(call)
    assert torch.equal(apart.input, call.input)
    assert not apart.input.is_contiguous()
    assert apart.input.requires_grad


@pytest.mark.parametrize("op", ["sum", "mul", "linalg.svd"])
def test_samples_of_nothing_hold_nothing(op: str) -> None:
    samples = catalog.samples(Task(op, "float32", "float32", False, "empty"), 3)
    assert 0 < len(samples) <= 3
    for one in samples:
        assert any(not item.numel() for item in (one.input, *one.args) if torch.is_tensor(item))


@pytest.mark.parametrize(
    ("op", "variant", "why"),
    [
        ("as_strided", "noncontiguous", "does not take the operator's samples apart"),
        ("resize_", "empty", "uninitialised"),
        ("nn.functional.max_unpool2d", "deterministic", "deterministic"),
    ],
)
def test_what_cannot_be_changed_is_skipped_with_its_reason(op: str, variant: str, why: str) -> None:
    found = outcome(op, variant)
    assert found.status == "SKIP"
    assert why in found.message


def test_what_would_kill_is_expected_and_not_run() -> None:
    found = outcome("nn.functional.pdist", "empty", backward=True)
    assert (found.status, found.expected) == ("SKIP", True)
