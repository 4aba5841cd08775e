"""A task with one right answer, write a word of eight letters once more, and a model that can.

Its weights are stored (they were trained by `training.py`), so that every column serves the same.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any  # a model of Transformers

from safetensors.torch import load_file

from runners.suites.tiny_models import tokenizer, writing
from runners.suites.tiny_models.architectures import architecture
from runners.suites.tiny_models.declared import built_in

LETTERS, LENGTH, SEPARATOR = "abcdefghijklmnop", 8, "="
WORDS = 200
LESS = 1.0  # percent of the words that rounding may cost
SAMPLING = {"temperature": 0, "max_tokens": LENGTH, "ignore_eos": True, "detokenize": False}
_SAID = next(one for one in built_in() if one.id == "copying")
ARCHITECTURE = architecture(_SAID)
VOCABULARY = ARCHITECTURE.vocabulary
WEIGHTS = Path(__file__).resolve().parent.parent / _SAID.at
TOLD = WEIGHTS.with_suffix(".json")


def words() -> list[str]:
    """The words that are asked for, drawn from SHAKE-256; training draws its own."""
    drawn = hashlib.shake_256(b"coevo copying").digest(WORDS * LENGTH)
    letters = "".join(LETTERS[one % len(LETTERS)] for one in drawn)
    return [letters[at : at + LENGTH] for at in range(0, len(letters), LENGTH)]


def tokens(text: str) -> list[int]:
    """An ASCII text as the model reads it."""
    return [tokenizer.byte(letter) for letter in text]


def asked(word: str) -> list[int]:
    """What is to be continued by the word."""
    return tokens(word + SEPARATOR)


def exact() -> float:
    """The share of words that Transformers copied in float32 with these weights, in percent."""
    return float(json.loads(TOLD.read_text(encoding="utf-8"))["exact"])


def write(folder: Path) -> None:
    """Leave the trained model's checkpoint there, in float32."""
    model: Any = writing.blank(ARCHITECTURE, VOCABULARY)
    stored = {name: one.float() for name, one in load_file(WEIGHTS).items()}
    model.load_state_dict(stored, strict=False)  # the tied head is not stored twice
    with writing.quiet():
        writing.save(model, folder, VOCABULARY)
