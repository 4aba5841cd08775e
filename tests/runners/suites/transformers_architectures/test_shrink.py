"""How a configuration becomes tiny, and what of it stays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.suites.transformers_architectures.shrink import (
    SPECIAL_TOKENS,
    VOCABULARY,
    WIDTH,
    shrunk,
)

LLAMA: dict[str, Any] = {
    "model_type": "llama",
    "vocab_size": 32000,
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 32,
    "head_dim": 128,
    "hidden_act": "silu",
    "max_position_embeddings": 131072,
    "rms_norm_eps": 1e-6,
    "use_cache": True,
    "bos_token_id": 1,
    "eos_token_id": [2, 128009],
    "rope_parameters": {"rope_theta": 10000, "rope_type": "default"},
    "architectures": ["LlamaForCausalLM"],
}


def test_a_decoder_becomes_tiny() -> None:
    assert shrunk(LLAMA) == {
        "model_type": "llama",
        "vocab_size": 256,
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
        "head_dim": 16,
        "hidden_act": "silu",
        "max_position_embeddings": 128,
        "rms_norm_eps": 1e-6,
        "use_cache": True,
        "bos_token_id": 1,
        "eos_token_id": [2, 50],
        "rope_parameters": {"rope_theta": 10000, "rope_type": "default"},
    }


@pytest.mark.parametrize(
    ("name", "value", "small"),
    [
        ("num_key_value_heads", 8, 2),
        ("num_key_value_heads", 1, 1),
        ("num_experts", 256, 4),
        ("num_experts_per_tok", 8, 2),
        ("topk_group", 4, 1),
        ("n_shared_experts", 2, 1),
        ("qk_rope_head_dim", 64, 8),
        ("sliding_window", 4096, 8),
        ("first_k_dense_replace", 3, 1),
        ("conv_kernel_size", 65, 9),
        ("conv_kernel_size", 4, 4),
        ("image_size", 224, 64),
        ("patch_size", 14, 14),
        ("window_size", 7, 2),
        ("window_size", 112, 112),
        ("sampling_rate", 16000, 16000),
        ("num_mel_bins", 128, 128),
        ("projection_dim", 512, 64),
        ("something_new", 2048, 64),
        ("something_new", 3, 3),
        ("something_off", -1, -1),
        ("num_feat_extract_layers", 7, 7),
    ],
)
def test_a_number_is_made_small_by_its_name(name: str, value: int, small: int) -> None:
    assert shrunk({name: value}) == {name: small}


@pytest.mark.parametrize(
    ("name", "values", "small"),
    [
        ("hidden_sizes", [96, 192, 384, 768], [8, 16, 32, 64]),
        ("hidden_sizes", [64, 128, 320, 512], [8, 16, 40, 64]),
        ("num_heads", [3, 6, 12, 24], [1, 2, 4, 8]),
        ("depths", [3, 4, 6, 3], [1, 1, 1, 1]),
        ("kernel_sizes", [7, 3, 3, 3], [7, 3, 3, 3]),
        ("image_size", [2560, 1920], [64, 64]),
        ("mrope_section", [16, 24, 24], [2, 3, 3]),
        ("conv_dim", [512] * 7, [64] * 7),
        ("empty", [], []),
    ],
)
def test_a_list_of_stages_is_made_small_in_proportion(
    name: str, values: list[int], small: list[int]
) -> None:
    assert shrunk({name: values}) == {name: small}


def test_lists_with_an_entry_a_layer_lose_the_same_layers() -> None:
    small = shrunk(
        {
            "num_hidden_layers": 6,
            "layer_types": [*"aabaab"],
            "windows": [0, 0, 4096, 0, 0, 4096],
            "full_attention_layers": 6,
            "deepstack_visual_indexes": [1, 3, 5],
        }
    )
    assert small["layer_types"] == ["a", "b"]
    assert small["windows"] == [0, 64]
    assert small["num_hidden_layers"] == 2
    assert small["deepstack_visual_indexes"] == [1]


def test_a_part_is_made_tiny_by_itself_and_tokens_by_the_whole() -> None:
    small = shrunk(
        {
            "image_token_id": 151655,
            "text_config": {"hidden_size": 2048, "eos_token_id": 151645},
            "vision_config": {"hidden_size": 1024, "depth": 27, "image_token_id": 151655},
        }
    )
    assert small["text_config"] == {"hidden_size": 64, "eos_token_id": 50}
    assert small["vision_config"] == {"hidden_size": 64, "depth": 2, "image_token_id": 51}
    assert small["image_token_id"] == 51


def test_attention_without_groups_stays_without() -> None:
    heads = {"num_attention_heads": 16, "num_key_value_heads": 16}
    assert shrunk(heads) == {"num_attention_heads": 4, "num_key_value_heads": 4}


def test_numbers_that_follow_from_others_do_so_still() -> None:
    small = shrunk(
        {
            "hidden_size": 4096,
            "mamba_expand": 2,
            "mamba_d_head": 64,
            "mamba_n_heads": 128,
            "mamba_d_ssm": 8192,
            "qk_nope_head_dim": 128,
            "qk_rope_head_dim": 64,
            "qk_head_dim": 192,
        }
    )
    assert small["mamba_n_heads"] * small["mamba_d_head"] == 2 * small["hidden_size"]
    assert small["mamba_d_ssm"] == 2 * small["hidden_size"]
    assert small["qk_head_dim"] == small["qk_nope_head_dim"] + small["qk_rope_head_dim"]


def test_what_is_left_open_is_said() -> None:
    small = shrunk({"num_attention_heads": 32, "num_key_value_heads": None, "head_dim": None})
    assert small == {"num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 16}


def test_widths_may_stay_where_everything_else_is_made_small() -> None:
    config = {"hidden_sizes": [256, 512], "width": 1280, "num_hidden_layers": 24}
    small = shrunk(config, wide=True)
    assert small == {"hidden_sizes": [256, 512], "width": 1280, "num_hidden_layers": 2}


NUMBERS = st.integers(-1, 300_000)
NAMES = st.sampled_from([*LLAMA, "num_experts", "pad_token_id", "projection_dim", "depths", "new"])
VALUES = st.one_of(NUMBERS, st.booleans(), st.none(), st.text(max_size=5), st.lists(NUMBERS))
CONFIGS = st.recursive(
    st.dictionaries(NAMES, VALUES, max_size=6),
    lambda inner: st.dictionaries(st.sampled_from(["text_config", "vision_config"]), inner),
    max_leaves=4,
)


def numbers(config: Any) -> list[int]:
    if isinstance(config, dict):
        return [one for value in config.values() for one in numbers(value)]
    if isinstance(config, list):
        return [one for value in config for one in numbers(value)]
    return [config] if isinstance(config, int) and not isinstance(config, bool) else []


@given(CONFIGS)
def test_no_width_of_any_configuration_stays_large(config: dict[str, Any]) -> None:
    assert all(one <= max(VOCABULARY, 128) for one in numbers(shrunk(config)))


@given(CONFIGS)
def test_what_is_tiny_is_made_no_tinier(config: dict[str, Any]) -> None:
    once = shrunk({**config, "new": 1000})
    assert once["new"] <= WIDTH
    assert shrunk(shrunk(once)) == shrunk(once)


@given(st.lists(st.integers(0, 300_000), unique=True, max_size=20))
def test_special_tokens_stay_apart_and_below_the_ordinary_ones(tokens: list[int]) -> None:
    small = shrunk({f"some{n}_token_id": one for n, one in enumerate(tokens)})
    assert len(set(small.values())) == len(tokens)
    assert all(one < SPECIAL_TOKENS for one in small.values())
