"""What tiny models are made of that needs no torch: prompts and a tokenizer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runners.suites.tiny_models import tokenizer
from runners.suites.tiny_models.architectures import ARCHITECTURES, named
from runners.suites.tiny_models.prompts import drawn


def test_prompts_are_the_same_always_and_hold_no_special_token() -> None:
    assert drawn("a", 4) == [430, 284, 431, 437]
    assert drawn("a", 8)[:4] == drawn("a", 4) != drawn("b", 4)
    assert min(drawn("many", 5000)) == len(tokenizer.SPECIAL)
    assert max(drawn("many", 5000, 300)) == 299


def test_every_byte_has_a_token_of_its_own(tmp_path: Path) -> None:
    tokenizer.write(tmp_path, 10_000)
    said = json.loads((tmp_path / "tokenizer.json").read_text())
    tokens = said["model"]["vocab"]
    assert sorted(tokens.values()) == list(range(10_000))
    assert tokens["A"] == tokenizer.byte("A")
    assert tokens["Ġ"] == tokenizer.byte(" ")  # the letter that stands for a blank


def test_fewer_tokens_than_bytes_are_too_few(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="too few"):
        tokenizer.write(tmp_path, 257)


def test_architectures_have_names_of_their_own() -> None:
    assert len({one.id for one in ARCHITECTURES}) == len(ARCHITECTURES)
    assert named("llama").settings(300)["vocab_size"] == 300
    assert named("copying").vocabulary == 258
    assert [one.id for one in ARCHITECTURES if one.has_experts] == [
        "qwen3-moe",
        "mixtral",
        "deepseek-v2",
        "deepseek-v3",
    ]
