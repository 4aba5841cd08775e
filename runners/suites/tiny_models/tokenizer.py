"""A tokenizer made in code: a token for each byte, so that any text goes in and comes out again."""

from __future__ import annotations

import json
from pathlib import Path

BEGIN, END = "<begin>", "<end>"
SPECIAL = (BEGIN, END)
# Written by hand and not by a class of Transformers, whose forms of it differ by release.
CHAT = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)


def write(folder: Path, vocabulary: int) -> None:
    """Leave its two files in a model's folder; tokens beyond the bytes are names of themselves."""
    tokens = [*SPECIAL, *_bytes()]
    tokens += [f"<{number}>" for number in range(len(tokens), vocabulary)]
    if len(tokens) != vocabulary:
        raise ValueError(f"{vocabulary} tokens are too few for every byte")
    (folder / "tokenizer.json").write_text(json.dumps(_tokenizer(tokens)), encoding="utf-8")
    said = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": BEGIN,
        "eos_token": END,
        "pad_token": END,
        "chat_template": CHAT,
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(said), encoding="utf-8")


def byte(letter: str) -> int:
    """The token of an ASCII letter."""
    return len(SPECIAL) + ord(letter)


def _tokenizer(tokens: list[str]) -> dict[str, object]:
    """Byte-level pair encoding (the form of GPT-2) without any pair."""
    bytewise = {"add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_special(number, text) for number, text in enumerate(SPECIAL)],
        "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", **bytewise},
        "post_processor": None,
        "decoder": {"type": "ByteLevel", **bytewise},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {text: number for number, text in enumerate(tokens)},
            "merges": [],
        },
    }


def _special(number: int, text: str) -> dict[str, object]:
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": number, "content": text, **flags, "special": True}


def _bytes() -> list[str]:
    """The letter that stands for each byte in such a tokenizer, in the order of the bytes.

    Those that can be printed stand for themselves, the others for letters from U+0100 on (A.
    Radford et al., "Language models are unsupervised multitask learners", 2019, section 2.2).
    """
    printed = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return [chr(one if one in printed else next(others)) for one in range(0x100)]
