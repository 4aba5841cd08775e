"""Which tiny models there are: the configuration of each, in Transformers' words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple  # Any: the values of a configuration

VOCABULARY = 512
_POSITIONS = 512
_LAYERS, _WIDTH, _HEADS, _INNER = 2, 64, 2, 128


class Architecture(NamedTuple):
    """A model by its classes of Transformers; `numbers` are keys of its configuration."""

    id: str
    config: str
    model: str
    numbers: Mapping[str, Any]
    has_rotary: bool = True

    @property
    def has_experts(self) -> bool:
        """Whether a router chooses among experts, which rounding may tip."""
        return "num_experts_per_tok" in self.numbers

    def settings(self, vocabulary: int) -> dict[str, Any]:
        """All keys of its configuration, for so many tokens."""
        return {"vocab_size": vocabulary, "tie_word_embeddings": False, **self.numbers}


_NARROW: dict[str, Any] = {
    "hidden_size": _WIDTH,
    "intermediate_size": _INNER,
    "num_hidden_layers": _LAYERS,
    "num_attention_heads": _HEADS,
    "max_position_embeddings": _POSITIONS,
}
_GROUPED: dict[str, Any] = {**_NARROW, "num_key_value_heads": 1, "head_dim": 32}
_GEMMA: dict[str, Any] = {
    **_GROUPED,
    "hidden_activation": "gelu_pytorch_tanh",
    "query_pre_attn_scalar": 32,
    "sliding_window": 16,
    "tie_word_embeddings": True,
}
_LATENT: dict[str, Any] = {  # the attention of DeepSeek: keys and values from a narrow latent
    **_NARROW,
    "num_key_value_heads": _HEADS,
    "q_lora_rank": 32,
    "kv_lora_rank": 512,  # with the next but one 576, the only size that vLLM's kernels know
    "qk_nope_head_dim": 32,
    "qk_rope_head_dim": 64,
    "v_head_dim": 32,
    "first_k_dense_replace": 1,
    "n_routed_experts": 4,
    "n_shared_experts": 1,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 64,
}

ARCHITECTURES = (
    Architecture("llama", "LlamaConfig", "LlamaForCausalLM", _GROUPED),
    Architecture("qwen2", "Qwen2Config", "Qwen2ForCausalLM", {**_NARROW, "num_key_value_heads": 1}),
    Architecture("qwen3", "Qwen3Config", "Qwen3ForCausalLM", _GROUPED),
    Architecture(
        "qwen3-moe",
        "Qwen3MoeConfig",
        "Qwen3MoeForCausalLM",
        {**_GROUPED, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 64},
    ),
    Architecture(
        "mixtral",
        "MixtralConfig",
        "MixtralForCausalLM",
        {**_GROUPED, "num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": None},
    ),
    Architecture("gemma2", "Gemma2Config", "Gemma2ForCausalLM", _GEMMA),
    Architecture(
        "gemma3",
        "Gemma3TextConfig",
        "Gemma3ForCausalLM",
        {**_GEMMA, "layer_types": ["sliding_attention", "full_attention"]},
    ),
    Architecture("phi", "PhiConfig", "PhiForCausalLM", {**_NARROW, "partial_rotary_factor": 0.5}),
    Architecture("phi3", "Phi3Config", "Phi3ForCausalLM", {**_GROUPED, "pad_token_id": 0}),
    Architecture(
        "falcon",
        "FalconConfig",
        "FalconForCausalLM",
        {
            "hidden_size": _WIDTH,
            "num_hidden_layers": _LAYERS,
            "num_attention_heads": _HEADS,
            "multi_query": True,
            "parallel_attn": True,
            "new_decoder_architecture": False,
            "bias": False,
            "alibi": False,
            "max_position_embeddings": _POSITIONS,
            "tie_word_embeddings": True,
        },
    ),
    Architecture(
        "granite", "GraniteConfig", "GraniteForCausalLM", {**_GROUPED, "logits_scaling": 2.0}
    ),
    Architecture("olmo2", "Olmo2Config", "Olmo2ForCausalLM", {**_NARROW, "num_key_value_heads": 1}),
    Architecture(
        "opt",
        "OPTConfig",
        "OPTForCausalLM",
        {
            "hidden_size": _WIDTH,
            "ffn_dim": _INNER,
            "num_hidden_layers": _LAYERS,
            "num_attention_heads": _HEADS,
            "word_embed_proj_dim": _WIDTH,
            "max_position_embeddings": _POSITIONS,
            "tie_word_embeddings": True,
        },
        has_rotary=False,
    ),
    Architecture(
        "gpt2",
        "GPT2Config",
        "GPT2LMHeadModel",
        {
            "n_embd": _WIDTH,
            "n_inner": _INNER,
            "n_layer": _LAYERS,
            "n_head": _HEADS,
            "n_positions": _POSITIONS,
            "tie_word_embeddings": True,
        },
        has_rotary=False,
    ),
    Architecture(
        "deepseek-v2",
        "DeepseekV2Config",
        "DeepseekV2ForCausalLM",
        {**_LATENT, "topk_method": "greedy", "n_group": 1, "topk_group": 1},
    ),
    Architecture(
        "deepseek-v3",
        "DeepseekV3Config",
        "DeepseekV3ForCausalLM",
        {**_LATENT, "n_group": 2, "topk_group": 1, "topk_method": "noaux_tc"},
    ),
)


def named(id: str) -> Architecture:  # noqa: A002 - a case's id
    """The architecture of that id."""
    return next(one for one in ARCHITECTURES if one.id == id)
