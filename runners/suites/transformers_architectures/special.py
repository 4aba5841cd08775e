"""What single architectures need beyond the rules, and which are left out, with the reason.

Whoever finds an architecture here that could be run takes it out; a name that a release does not
have does no harm.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any  # Any: values of configurations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _each(reason: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), reason)


_ROPE = {"rope_type": "default", "rope_theta": 10000.0}
_SECTIONS = {"rope_parameters.mrope_section": [2, 3, 3]}

# Numbers set after the rules, by the path of their name; also where the architecture is a part.
CHANGES: Mapping[str, Mapping[str, Any]] = {
    "bailing_hybrid": {"num_experts_per_token": 2},
    "bamba": {"attn_layer_indices": [1]},
    "bert-generation": {"is_decoder": True},
    "cohere_compass_text": {"rope_parameters": {"full_attention": _ROPE}},
    "dbrx": {"attn_config.rope_theta": 10000.0, "attn_config.clip_qkv": 8.0},
    "deepseek_v2": {"num_experts_per_tok": 2, "topk_method": "greedy"},
    "dots1": {"n_routed_experts": 4, "num_experts_per_tok": 2, "n_shared_experts": 1},
    "dots3_note_text": {"head_dim": 24},
    "esm": {"vocab_size": 256, "mask_token_id": 2, "pad_token_id": 1},
    "gemma3": {"mm_tokens_per_image": 4},
    "glm4v_moe_text": {"rope_parameters.mrope_section": [1, 1, 2]},
    "glm4v_text": _SECTIONS,
    "glm_ocr_text": _SECTIONS,
    "granitemoehybrid": {"layer_types": ["mamba", "attention"]},
    "gpt_neo": {"attention_types": [[["global", "local"], 1]]},
    "hrm_text": {"num_layers_per_stack": 1, "num_hidden_layers": 8},
    "jamba": {"use_mamba_kernels": False},
    "kimi_linear": {"num_experts_per_token": 2},
    "lfm2_moe": {"layer_types": ["conv", "full_attention"]},
    "lilt": {"hidden_size": 96},
    "paddleocr_vl_text": _SECTIONS,
    "qwen2_5_omni_text": _SECTIONS,
    "qwen2_5_vl_text": _SECTIONS,
    "qwen2_vl_text": _SECTIONS,
    "qwen4_exp_text": {
        "indexer_n_heads": 4,
        "indexer_kv_heads": 1,
        "indexer_head_dim": 16,
        "indexer_budget": 8,
        "indexer_compress_ratio": 2,
    },
    "recurrent_gemma": {"num_hidden_layers": 3},
    "reformer": {"axial_pos_embds_dim": [16, 48], "hash_seed": 0},
    "shieldgemma2": {"mm_tokens_per_image": 4},
    "swin2sr": {"image_size": 16},
    "wav2vec2-bert": {"vocab_size": 64, "feature_projection_input_dim": 128},
    "wav2vec2-conformer": {"vocab_size": 64},
    "xlstm": {"chunk_size": 64},
    "xmod": {"languages": ["en_XX"], "default_language": "en_XX"},
    "zamba": {
        "num_hidden_layers": 4,
        "attention_hidden_size": 128,
        "attention_head_dim": 32,
        "layers_block_type": ["linear_attention", "hybrid"] * 2,
    },
    "zamba2": {"attention_hidden_size": 128, "attention_head_dim": 32, "n_mamba_heads": 8},
}

# Convolutions whose widths follow from each other: they stay as they are.
WIDE = _names("cvt hgnet_v2 pp_ocrv5_server_rec pp_ocrv6_small_rec pp_ocrv6_tiny_rec textnet")

# Sound comes as frames of bands rather than as bands of frames.
FRAMES_FIRST = _names(
    "audio-spectrogram-transformer lasr_ctc nemotron_asr_streaming parakeet_ctc parakeet_rnnt"
    " parakeet_tdt speech_to_text wav2vec2-bert"
)

# Each text comes with a list of images.
IMAGE_LISTS = _names("idefics2 idefics3 smolvlm")

# Their images come cut, sized or numbered in a way of their own: they are given texts alone.
TEXT_ONLY = _names(
    "aria colmodernvbert colpali exaone4_5 gemma4 gemma4_unified granite_docling"
    " hyperclovax_vision_v2 inkling2 kimi_k25 lfm2_vl lighton_ocr llama4 llava_next"
    " llava_next_video llava_onevision minicpm_ocr minicpmv4_6 minicpmv4_7 mistral3 modernvbert"
    " muse_glimmer nemotron_h_omni neomme paddleocr_vl qwen2_5_omni_thinker ultravbert"
    " video_llama_3 vipllava"
)

# They keep to dtypes of their own, whatever their weights have: their reference is in float32.
FLOAT32_REFERENCE = _names("prophetnet xlnet")

_ASSISTANT = "it drafts for another model, whose states it wants"
_BOXES = "it wants the boxes of words"
_PARTS = "its configuration has no default for the models that it is made of"
_PROMPTS = "it wants marks in the image beside it"
_SERIES = "it wants a time series"
_SIZES = "the sizes in its configuration depend on each other in ways that the rules do not know"
_INPUTS = "it wants inputs of a kind that is not made here"
LEFT_OUT: Mapping[str, str] = {
    **_each(_ASSISTANT, "gemma4_assistant gemma4_unified_assistant"),
    **_each(_BOXES, "bros layoutlmv3 udop"),
    **_each(
        _PARTS,
        "encoder-decoder musicgen musicgen_melody speech-encoder-decoder vision-encoder-decoder",
    ),
    **_each(_PROMPTS, "sam sam2 sam2_video sam3_tracker sam3_video sam_hq edgetam_video"),
    **_each(_SERIES, "timesfm timesfm2_5"),
    **_each(
        _INPUTS,
        "blip-2 hunyuan_vl idefics instructblip instructblipvideo kosmos-2 kyutai_speech_to_text"
        " lxmert pi0 pix2struct siglip2 t5gemma2 videoprism voxtral_realtime",
    ),
    **_each(
        _SIZES,
        "align chameleon d_fine deepseek_ocr2 deimv2 depth_pro dia diffusion_gemma dpt efficientnet"
        " emu3 ernie4_5_vl_moe fastspeech2_conformer_with_hifigan fun_asr_nano glm5_next"
        " granite4_vision granite_speech5_ctc janus lw_detr mistral_large4 molmo2"
        " moonshine_streaming muse_spark nemo_speechlm nemotron3_5_asr pp_doclayout_v2"
        " pp_doclayout_v3 pp_doclayout_v4 pp_ocrv5_mobile_rec pp_ocrv5_server_det"
        " pp_ocrv6_medium_det pp_ocrv6_small_det qwen3_omni_moe rf_detr sapiens2 step3p7 superpoint"
        " vibevoice_asr videoprism_vision_model",
    ),
}

# Single checks that say nothing of an architecture.
LEFT_OUT_CHECKS: Mapping[tuple[str, str], str] = {
    ("inkling2", "save-load"): "its default configuration asks for weights quantised by a package",
    ("mega", "backward"): "it keeps what it made of its weights, without a gradient",
    ("levit", "backward"): "it keeps what it made of its weights, without a gradient",
    ("reformer", "backward"): "it has gradients in training alone, where it draws random numbers",
}

# Left out where the release of Transformers is older than 5.
LEFT_OUT_BEFORE_5: Mapping[str, str] = {
    **_each(
        "its configuration of that release does not take back what it says itself",
        "dbrx fastspeech2_conformer imagegpt mctct mllama nezha phi4_multimodal pixtral"
        " speech_to_text_2 transfo-xl vit_hybrid zamba",
    ),
    **_each(
        "its configuration of that release has no default for the axes of its positions",
        "glm4v glm4v_moe qwen2_5_vl qwen2_vl qwen3_vl qwen3_vl_moe",
    ),
    **_each(
        "it takes images in a way of its own",
        "colpali efficientformer got_ocr2 lfm2_vl ovis2 paligemma",
    ),
    **_each("it resizes positions in float32 alone", "depth_anything prompt_depth_anything"),
    "edgetam": "its configuration is fetched from a hub",
}
