"""Which layers stay where a model is made tiny."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.suites.transformers_architectures.layers import COUNTS, Layers

KINDS = st.lists(st.sampled_from(["full", "sliding", "linear"]), min_size=5, max_size=60)


@pytest.mark.parametrize(
    ("config", "kept"),
    [
        ({"num_hidden_layers": 32}, [0, 1]),
        ({"num_hidden_layers": 1}, [0]),
        ({}, []),
        ({"n_layer": 12}, [0, 1]),
        ({"num_hidden_layers": 6, "layer_types": ["a", "a", "b", "a", "a", "b"]}, [0, 2]),
        ({"num_hidden_layers": 6, "layer_types": ["a"] * 6}, [0, 1]),
        (
            {"num_hidden_layers": 5, "layer_types": [*"aabab"], "mlp_types": [*"dssss"]},
            [0, 1, 2],
        ),
        ({"num_hidden_layers": 6, "layer_types": [*"abcdef"]}, [0, 1, 2, 3]),
        ({"num_hidden_layers": 6, "per_layer_config": {"05": {"head_dim": 8}}}, [0, 5]),
    ],
)
def test_the_first_of_each_kind_stays(config: dict[str, Any], kept: list[int]) -> None:
    assert Layers(config).kept == kept


@given(KINDS)
def test_every_kind_stays_and_no_more_layers_than_are_needed(kinds: list[str]) -> None:
    layers = Layers({"num_hidden_layers": len(kinds), "layer_types": kinds})
    assert {kinds[n] for n in layers.kept} == set(kinds)
    assert len(layers.kept) == max(2, len(set(kinds)))
    assert layers.kept == sorted(set(layers.kept))


@pytest.mark.parametrize("name", COUNTS)
def test_a_count_of_layers_has_several_names(name: str) -> None:
    assert Layers({name: 24}).count == 24


def test_a_list_of_stages_is_no_list_of_layers() -> None:
    assert not Layers({"num_layers": 4}).covers([96, 192, 384, 768])
    assert Layers({"num_layers": 5}).covers(["a"] * 5)


@pytest.mark.parametrize(("number", "index"), [(-2, -2), (0, 0), (1, 1), (18, 1)])
def test_a_layer_that_went_is_the_last_that_there_is(number: int, index: int) -> None:
    assert Layers({"num_hidden_layers": 24}).index(number) == index


def test_what_is_said_of_single_layers_goes_with_them() -> None:
    own = {"02": {"heads": 1}, "05": {"heads": 2}}
    layers = Layers({"num_hidden_layers": 6, "per_layer_config": own})
    assert layers.kept == [0, 2, 5]
    assert layers.own(own) == {1: {"heads": 1}, 2: {"heads": 2}}


def backbone(indices: list[int]) -> Layers:
    names = ["stem", *(f"stage{n + 1}" for n in range(12))]
    return Layers({"num_hidden_layers": 12, "stage_names": names, "out_indices": indices})


@pytest.mark.parametrize(
    ("indices", "kept", "asked_for"),
    [([12], [0, 1], [2]), ([3, 6, 9, 12], [0, 1, 2, 3], [1, 2, 3, 4])],
)
def test_a_backbone_keeps_as_many_layers_as_outputs_are_asked_for(
    indices: list[int], kept: list[int], asked_for: list[int]
) -> None:
    layers = backbone(indices)
    assert (layers.kept, layers.asked_for(indices)) == (kept, asked_for)


def test_a_backbone_of_stages_keeps_its_outputs() -> None:
    names = ["stem", "stage1", "stage2", "stage3", "stage4"]
    layers = Layers({"depths": [2, 2, 6, 2], "num_layers": 4, "stage_names": names})
    assert layers.asked_for([1, 2, 3, 4]) == [1, 2, 3, 4]
