"""Wrong modules are found, each in its own cases; right ones are left alone."""

from __future__ import annotations

import pytest
import torch
from faulty_modules import (
    broken,
    drops_a_term,
    forgets_a_buffer,
    forgets_the_mean,
    never_evaluates,
    outcome,
)

from runners.suites.pytorch_modules import catalog, execute, state
from runners.suites.pytorch_modules.tasks import Task, asked, tasks

HALF = ("bfloat16", "float16")


@pytest.mark.parametrize("look", ["", ".backward", ".eval", ".eval.backward", ".state"])
@pytest.mark.parametrize("name", ["nn.Linear", "nn.BatchNorm2d", "nn.LazyConv2d", "nn.GRUCell"])
def test_a_healthy_module_passes(name: str, look: str) -> None:
    found = outcome(name + look, samples="3")
    assert (found.status, found.detail.get("failed")) == ("PASS", 0)


@pytest.mark.parametrize("dtype", ["float32", *HALF])
def test_a_gradient_that_lacks_a_term_fails_the_backward_cases_alone(dtype: str) -> None:
    with broken("nn.LayerNorm", forgets_the_mean):
        assert outcome("nn.LayerNorm", dtype).status == "PASS"
        assert outcome("nn.LayerNorm.eval", dtype).status == "PASS"
        found = outcome("nn.LayerNorm.backward", dtype)
    assert found.status == "FAIL"
    assert found.detail["bad"]


def test_a_gradient_that_does_not_come_is_found() -> None:
    with broken("nn.Linear", drops_a_term):
        assert outcome("nn.Linear").status == "PASS"
        found = outcome("nn.Linear.backward")
    assert found.status == "FAIL"
    assert "NoneType instead of" in found.message


def test_a_module_that_never_evaluates_is_found_in_eval_mode_alone() -> None:
    with broken("nn.BatchNorm1d", never_evaluates):
        assert outcome("nn.BatchNorm1d").status == "PASS"
        assert outcome("nn.BatchNorm1d.eval").status == "FAIL"


def test_a_buffer_that_is_not_saved_fails_the_state_alone() -> None:
    with broken("nn.BatchNorm1d", forgets_a_buffer):
        assert outcome("nn.BatchNorm1d").status == "PASS"
        found = outcome("nn.BatchNorm1d.state")
    assert found.status == "FAIL"
    assert found.detail["bad"] == found.detail["elements"]


def test_attention_without_dropout_is_compared() -> None:
    found = outcome("nn.TransformerEncoderLayer.eval", samples="2")
    assert (found.status, found.detail["samples"]) == ("PASS", 2)


@pytest.mark.parametrize(
    ("id_", "dtype", "why"),
    [
        ("nn.ReLU.state", "float32", "no parameters and no buffers"),
        ("nn.ReLU", "complex64", "takes no complex64"),
        ("nn.AvgPool3d", "bfloat16", "not implemented for 'BFloat16'"),
    ],
)
def test_what_is_not_offered_is_skipped_with_its_reason(id_: str, dtype: str, why: str) -> None:
    found = outcome(id_, dtype)
    assert found.status == "SKIP"
    assert why in found.message


def test_a_known_fault_is_expected() -> None:
    found = outcome("nn.FractionalMaxPool3d", "bfloat16")
    assert (found.status, found.expected) == ("SKIP", True)
    assert "borders of regions" in found.message


def first(name: str) -> tuple[Task, execute.Example]:
    task = Task(name, "float32", "train", "forward")
    return task, execute.example(task, catalog.inputs(task, None)[0])


def test_weights_of_ones_are_made_uneven_and_the_same_every_time() -> None:
    (_, one), (_, two) = first("nn.BatchNorm2d"), first("nn.BatchNorm2d")
    for name, item in one.module.state_dict().items():
        assert torch.equal(item, two.module.state_dict()[name])
        assert name == "num_batches_tracked" or item.unique().numel() > 1
    assert (one.module.running_var > 0).all()


def test_a_widened_example_holds_the_very_same_numbers() -> None:
    task, one = first("nn.Linear")
    wide = execute.widened(task, one)
    assert torch.equal(wide.module.weight, one.module.weight.double())
    assert one.module.weight.dtype == torch.float32


def test_every_module_has_each_case_once() -> None:
    every = tasks(list(catalog.modules()), asked({}))
    ids = {(task.id, task.dtype) for task in every}
    assert len(ids) == len(every) == len(catalog.modules()) * 5 * 4


def test_a_tensor_on_another_device_is_named() -> None:
    named = [("weight", torch.ones(1)), ("bias", torch.ones(1, device="meta")), ("n", 3)]
    assert state.elsewhere(named, "cpu") == "bias lies on meta, not on cpu"
