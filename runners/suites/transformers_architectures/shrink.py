"""Makes a configuration tiny: every number of it by what its name says, sub-configurations too.

Pure: nested dicts in, nested dicts out; nothing of torch or Transformers. Equal widths stay equal,
heads divide widths, lists with an entry a layer lose the same layers everywhere. What a name does
not tell is a width where it is large, and stays where it is small.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple  # Any: what a configuration holds is its own affair

from runners.suites.transformers_architectures.layers import COUNTS, Layers

WIDTH, VOCABULARY, IMAGE = 64, 256, 64
# Tokens with a meaning of their own lie below it; ordinary ones are drawn from above.
SPECIAL_TOKENS = 100
_STAGE_HEADS, _STEP = 8, 8

Config = Mapping[str, Any]


class Rule(NamedTuple):
    """What becomes of a number whose name the pattern is found in."""

    pattern: re.Pattern[str]
    tiny: Callable[[int], int]


def _most(limit: int) -> Callable[[int], int]:
    return lambda value: min(value, limit)


def _kept(value: int) -> int:
    return value


def _rules(*pairs: tuple[str, Callable[[int], int]]) -> tuple[Rule, ...]:
    return tuple(Rule(re.compile(pattern), tiny) for pattern, tiny in pairs)


# The first that fits counts.
_RULES = _rules(
    (r"vocab_size|vocabulary|^codebook_size$|num_embeddings$|hash_buckets$", _most(VOCABULARY)),
    (r"(key_value|kv)_(attention_)?heads|num_key_value_groups|kv_n_heads|query_groups", _most(2)),
    (r"linear_num_key_heads|mamba_n_?groups|^n_groups$", _most(2)),
    (r"num_feat_extract_layers", _kept),
    (r"num_filters", _most(4)),
    (r"^conv_kernel_size$", lambda value: min(value, 8 + value % 2)),
    (r"intermediate|ffn|mlp_dim|^d_ff$|n_inner|feed_?forward", _most(96)),
    (r"base_channels|num_groups|groups$", _most(8)),
    (r"qk_rope_head_dim|rotary_dim", _most(8)),
    (r"layer_period", _most(2)),
    (r"layer_offset", _most(1)),
    (r"qk_head_dim", _most(24)),
    (r"head_?dim$|^d_kv$|attention_head_size|_head_dim|^dim_head$|^d_head$", _most(16)),
    (r"num_heads|n_heads?$|attention_heads|_heads$", _most(4)),
    (r"experts?_per_tok|.top_?k$|moe_k$|top_k_experts", _most(2)),
    (r"shared_experts?$|zero_expert", _most(1)),
    (r"topk_group|^n_group$|num_expert_group", _most(1)),
    (r"experts$|expert_num", _most(4)),
    (r"first_k_dense|max_window_layers|kv_shared|first_full|last_full|dense_layers", _most(1)),
    (r"layers$|^depth$|n_layers?$|num_blocks$|hidden_groups$|resampler_depth", _most(2)),
    (r"image_size|^img_size|resolution|crop_size|^pretrain", _most(IMAGE)),
    (r"patch_size$|patch_length", _most(16)),
    (r"^window_size$", lambda value: value if value > 16 else min(value, 2)),  # noqa: PLR2004 - pixels, not patches
    (r"sliding_window|local_attention|attention_window|attention_chunk|local_radius", _most(8)),
    (r"chunk_size|chunk_length", _most(8)),
    (r"position|^n_ctx$|max_seq|context_length|max_length|max_text_len|seq_len", _most(128)),
    (r"theta|sampl(e|ing)_rate|temperature|_loss|ignore|max_bins|offset|_std$|_mean$", _kept),
    (r"^top_k$|mel|num_channels|audio_channels|feature_size|input_feat|stride|padding", _kept),
)
_TOKEN = re.compile(
    r"token(_id|_index|_ids)?s?$|_token_|_(bos|eos|pad|start|end|newline|nothink)_?ids?$"
    r"|^(pad|bos|eos|mask|unk)_(id|index)$"
)
_PICKED = re.compile(
    r"index(es|ices)?$|indices|_idxs?$|layer_ids$|hook_ids|attention_layers$|^mlp_only_layers$"
    r"|feature_layer$"
)
_STAGES = re.compile(r"depths$|num_blocks$|layers$")
_SHAPES = re.compile(r"kernel|stride|size$|ratio|dilation|padding|factor|rates")
# Where the first two are equal they stay equal.
_GROUPED = (
    ("num_attention_heads", "num_key_value_heads"),
    ("encoder_num_attention_heads", "encoder_num_key_value_heads"),
    ("decoder_num_attention_heads", "decoder_num_key_value_heads"),
    ("qk_rope_head_dim", "head_dim"),
)
_LEFT_OUT = {
    *("transformers_version", "architectures", "id2label", "label2id", "torch_dtype", "dtype"),
    *("stage_names", "out_features", "_name_or_path", "tokenizer_class", "num_labels"),
    "label_names",
}


def shrunk(config: Config, *, wide: bool = False) -> dict[str, Any]:
    """The configuration with small numbers in the places of large ones; `wide` keeps widths."""
    return _Shrinking(_tokens(config), _kept if wide else _most(WIDTH)).of(config)


def tiny(name: str, value: int, width: Callable[[int], int]) -> int:
    """The small number for a large one, by its name; `width` is for names that tell nothing."""
    if value <= 0:
        return value
    return next((rule.tiny for rule in _RULES if rule.pattern.search(name)), width)(value)


class _Shrinking:
    """One walk through a configuration, with the special tokens that hold in all of it."""

    def __init__(self, tokens: Mapping[int, int], width: Callable[[int], int]) -> None:
        self._tokens, self._width = tokens, width

    def of(self, config: Config) -> dict[str, Any]:
        layers = Layers(config)
        small = {
            str(name): self._value(str(name), value, layers)
            for name, value in config.items()
            if name not in _LEFT_OUT
        }
        for one, other in _GROUPED:
            if one in small and other in small and config[one] == config[other]:
                small[other] = small[one]
        return consistent(small)

    def _value(self, name: str, value: Any, layers: Layers) -> Any:  # noqa: ANN401 - any value
        if isinstance(value, Mapping):
            own = layers.own(value) if name == "per_layer_config" else None
            return self.of(value) if own is None else {n: self.of(one) for n, one in own.items()}
        if isinstance(value, (list, tuple)):
            return self._list(name, value, layers)
        return self._number(name, value, layers) if _is_whole(value) else value

    def _number(self, name: str, value: int, layers: Layers) -> int:
        if _TOKEN.search(name):
            return self._tokens.get(value, value)
        if _PICKED.search(name):
            return layers.index(value)
        if name in COUNTS and value == layers.count:
            return len(layers.kept)
        return tiny(name, value, self._width)

    def _list(self, name: str, values: Sequence[Any], layers: Layers) -> list[Any]:
        if name == "out_indices":
            return layers.asked_for(values)
        if layers.covers(values):
            return [self._value(name, values[n], layers) for n in layers.kept]
        if not values or not all(map(_is_whole, values)):
            return [self._value(name, one, layers) for one in values]
        if _TOKEN.search(name):
            return [self._tokens.get(one, one) for one in values]
        if _PICKED.search(name):
            return sorted({layers.index(one) for one in values})
        return self._stages(name, values)

    def _stages(self, name: str, values: Sequence[int]) -> list[int]:
        """A list of one number a stage, made small in proportion."""
        if _STAGES.search(name):
            return [min(value, 1) for value in values]
        if name == "mrope_section":
            return [2, 3, 3]
        if "image_size" in name:
            return [min(value, IMAGE) for value in values]
        is_shape = _SHAPES.search(name) and "hidden" not in name and "dim" not in name
        if is_shape or self._width is _kept:
            return list(values)
        return _in_proportion(values, _STAGE_HEADS) if "heads" in name else _widths(values)


def _in_proportion(values: Sequence[int], limit: int) -> list[int]:
    largest = max(limit, *values)
    return [max(1, value * limit // largest) for value in values]


def _widths(values: Sequence[int]) -> list[int]:
    """Widths in proportion, each a multiple of what groups and heads divide by."""
    largest = max(values)
    if largest <= WIDTH:
        return list(values)
    shares = (value * WIDTH / largest for value in values)
    return [max(_STEP, round(share / _STEP) * _STEP) for share in shares]


def consistent(config: dict[str, Any]) -> dict[str, Any]:
    """The same with the numbers that others imply; what is left open is said."""
    if "head_dim" in config and config["head_dim"] is None:
        config["head_dim"] = 16
    if "num_key_value_heads" in config and config["num_key_value_heads"] is None:
        config["num_key_value_heads"] = config.get("num_attention_heads", 4)
    if _has(config, "qk_head_dim", "qk_nope_head_dim", "qk_rope_head_dim"):
        config["qk_head_dim"] = config["qk_nope_head_dim"] + config["qk_rope_head_dim"]
    for expand, size, count in _EXPANDED:
        if _has(config, expand, size, count, "hidden_size"):
            config[count] = config[expand] * config["hidden_size"] // config[size]
    if _has(config, "mamba_d_ssm", "mamba_n_heads", "mamba_d_head"):
        config["mamba_d_ssm"] = config["mamba_n_heads"] * config["mamba_d_head"]
    return config


# How many heads of which size an inner width of a state space model has.
_EXPANDED = (
    ("mamba_expand", "mamba_d_head", "mamba_n_heads"),
    ("mamba_expand", "mamba_head_dim", "mamba_num_heads"),
    ("expand", "head_dim", "num_heads"),
)


def _has(config: Config, *names: str) -> bool:
    return all(_is_whole(config.get(name)) for name in names)


def _tokens(config: Config) -> dict[int, int]:
    """Special token → a small number of its own; small and negative ones keep theirs."""
    found = sorted({value for name, value in _leaves(config) if _TOKEN.search(name)})
    large = [value for value in found if value >= SPECIAL_TOKENS // 2]
    return {value: SPECIAL_TOKENS // 2 + n for n, value in enumerate(large)}


def _leaves(config: Config) -> Iterator[tuple[str, int]]:
    """The whole numbers of a configuration, each by the name that it, or its list, has."""
    for name, value in config.items():
        if isinstance(value, Mapping):
            yield from _leaves(value)
            continue
        for one in value if isinstance(value, (list, tuple)) else (value,):
            if _is_whole(one):
                yield str(name), one


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
