"""The parts of the training suite: data, models, tolerances, and which cases there are."""

from __future__ import annotations

import math

import pytest
import torch

from runners.suites import device
from runners.suites.pytorch_train import data, learning, models, resuming, trajectory
from runners.suites.pytorch_train.recipes import RECIPES, Recipe, named
from runners.suites.pytorch_train.tasks import tasks
from runners.suites.pytorch_train.training import Manner, Training


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_a_training_begins_at_about_the_loss_of_who_knows_nothing(recipe: Recipe) -> None:
    (first,) = Training(recipe, Manner("cpu")).steps(1)
    assert first == pytest.approx(recipe.untrained, rel=0.2)
    assert recipe.goal < recipe.untrained / 10


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_the_same_seed_gives_the_same_batches(recipe: Recipe) -> None:
    one, other = (recipe.batch(torch.Generator().manual_seed(3)) for _ in range(2))
    assert all(map(torch.equal, one, other))


def test_the_transformer_does_not_look_ahead() -> None:
    torch.manual_seed(0)
    model = models.Transformer(0.0)
    said, _ = data.copies(torch.Generator().manual_seed(0))
    changed = said.clone()
    changed[:, 5:] = 0
    one, other = (model(x).unflatten(0, said.shape) for x in (said, changed))
    assert torch.equal(one[:, :5], other[:, :5])
    assert not torch.equal(one[:, 5:], other[:, 5:])


def test_what_cannot_be_foretold_is_left_out_of_the_loss() -> None:
    said, following = data.copies(torch.Generator().manual_seed(0))
    assert (following[:, : data.COPIED - 1] == -100).all()
    assert torch.equal(following[:, data.COPIED - 1 :], said[:, : data.COPIED])


def test_float32_stays_far_within_the_room_that_it_is_given() -> None:
    recipe = named("convnet")
    right = trajectory.expected(recipe, steps=10)
    found = trajectory.worst(Training(recipe, Manner("cpu")).steps(10), right)
    assert found.share < 0.3


def test_a_loss_that_is_no_number_is_off_by_everything() -> None:
    right = trajectory.Expected([1.0, 1.0], [0.1, 0.1])
    found = trajectory.worst([1.05, math.nan], right)
    assert (found.step, found.share) == (1, math.inf)


def test_the_step_that_is_off_most_is_told() -> None:
    right = trajectory.Expected([1.0, 1.0, 1.0], [0.1, 0.1, 0.1])
    assert trajectory.worst([1.0, 1.3, 1.2], right).step == 1


def test_what_differs_by_a_bit_is_named() -> None:
    one = {"a": torch.ones(2), "b": torch.ones(2)}
    other = {**one, "b": torch.tensor([1.0, 1.0 + 2**-23])}
    assert resuming.differences(other, one) == ["b differs by up to 1.19e-07"]
    assert resuming.differences(one, one) == []
    assert resuming.differences({"a": one["a"]}, one) == ["other tensors: ['b']"]


def test_a_dtype_without_autocast_is_skipped_in_torchs_own_words() -> None:
    with pytest.raises(learning.Skipped, match=r"capability: .*float64|not supported"):
        learning.offered("cpu", torch.float64)


def test_each_case_is_there_once() -> None:
    keys = [(task.id, task.dtype) for task in tasks(0)]
    assert len(keys) == len(set(keys)) == 19


def test_float32_keeps_all_of_its_bits_in_one_thread() -> None:
    with torch.backends.__allow_nonbracketed_mutation():  # which torch.testing forbids
        device.settle()
    assert (torch.backends.cudnn.allow_tf32, torch.get_num_threads()) == (False, 1)
    assert torch.get_float32_matmul_precision() == "highest"
