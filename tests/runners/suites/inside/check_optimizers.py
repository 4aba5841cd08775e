"""Wrong optimizers are found, each in its own cases; right ones are left alone."""

from __future__ import annotations

import pytest
import torch
from faulty_optimizers import broken, doubles_rate, forgets_decay, loses_moments, outcome

from runners.suites.pytorch_optimizers import catalog, problem
from runners.suites.pytorch_optimizers.tasks import Task

FORMS = ("", ".foreach", ".fused")
DECAYING = ("SGD", "Adam", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam", "RMSprop")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("look", ["", ".resume"])
def test_a_healthy_optimizer_passes(form: str, look: str) -> None:
    found = outcome(f"AdamW{form}{look}")
    assert found.status == "PASS"
    assert found.detail["samples"] == 5


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("name", DECAYING)
def test_one_that_forgets_weight_decay_is_found(name: str, dtype: str) -> None:
    with broken(name, forgets_decay):
        found = outcome(name, dtype)
    assert found.status == "FAIL"
    assert "weight_decay" in str(found.detail["input"])


def test_a_decay_that_goes_past_the_moments_is_only_found_in_float32() -> None:
    """A step of AdamW takes off less than a rounding error of the half types."""
    with broken("AdamW", forgets_decay):
        assert outcome("AdamW").status == "FAIL"
        assert outcome("AdamW", "bfloat16").status == "PASS"


@pytest.mark.parametrize("name", ["Muon", "ASGD", "SparseAdam", "Rprop"])
def test_one_that_steps_too_far_is_found(name: str) -> None:
    with broken(name, doubles_rate):
        assert outcome(name).status == "FAIL"


@pytest.mark.parametrize("form", FORMS)
def test_a_checkpoint_that_loses_something_fails_its_own_case_alone(form: str) -> None:
    with broken("Adam", loses_moments):
        assert outcome(f"Adam{form}").status == "PASS"
        found = outcome(f"Adam{form}.resume")
    assert found.status == "FAIL"
    assert found.message.startswith("sample 0: loaded after 3 steps, parameter 0 is another")
    assert found.detail["tolerance"] == "bit for bit"


def test_configurations_are_those_of_optim_db() -> None:
    task = Task("SGD", "float32", "forloop", "steps")
    given = catalog.configurations(task, "cpu", None)
    assert "nesterov" in [one.text for one in given]
    assert len(catalog.configurations(task, "cpu", 2)) == 2


def test_what_is_captured_on_a_gpu_has_a_plain_reference() -> None:
    task = Task("Adam", "float32", "forloop", "steps")
    captured = [one for one in catalog.configurations(task, "cuda", None) if "capt" in one.text]
    assert captured
    for one in map(catalog.defined, captured):
        assert "capturable" not in one.arguments
        assert not any(isinstance(value, torch.Tensor) for value in one.arguments.values())


def test_an_epsilon_that_float16_cannot_hold_is_replaced() -> None:
    half = Task("RMSprop", "float16", "forloop", "steps")
    assert catalog.configurations(half, "cpu", 1)[0].arguments["eps"] == 1e-3
    whole = half._replace(dtype="float32")
    assert "eps" not in catalog.configurations(whole, "cpu", 1)[0].arguments


@pytest.mark.parametrize(
    ("id_", "dtype", "why"),
    [
        ("LBFGS.foreach", "float32", "LBFGS has no foreach form"),
        ("Muon", "complex64", "Muon takes no complex parameters"),
        ("Adam.fused", "complex64", "requires all the params to be floating point"),
    ],
)
def test_what_is_not_offered_is_skipped_with_its_reason(id_: str, dtype: str, why: str) -> None:
    found = outcome(id_, dtype)
    assert found.status == "SKIP"
    assert why in found.message


def test_a_problem_is_the_same_numbers_every_time_in_each_precision() -> None:
    one, two = (problem.problem(torch.float32, matrices=False, sparse=False) for _ in range(2))
    assert all(map(torch.equal, one.parameters, two.parameters))
    wide = problem.widened(one)
    assert wide.parameters[0].dtype == torch.float64
    assert torch.equal(wide.gradients[3][2], one.gradients[3][2].double())


def test_sparse_gradients_are_sparse() -> None:
    made = problem.problem(torch.float32, matrices=False, sparse=True)
    assert all(item.is_sparse for step in made.gradients for item in step)
