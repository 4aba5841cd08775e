"""Whether models that the suite was given write in vLLM what they write in Transformers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any  # a model of Transformers

from transformers import AutoTokenizer

from runners.suites.harness import Skipped
from runners.suites.tiny_models import checkpoint, fetching, writing
from runners.suites.tiny_models.architectures import architecture
from runners.suites.tiny_models.checkpoint import RefusedError
from runners.suites.tiny_models.declared import Declared
from runners.suites.tiny_models.prompts import drawn
from runners.suites.vllm_engine.asking import Ask
from runners.suites.vllm_engine.found import Found
from runners.suites.vllm_models.agreement import ALLOWED, written_right
from runners.suites.vllm_models.bench import Bench
from runners.suites.vllm_models.writing import GREEDY, LENGTHS

# Prose, a fact, a number and a program, each short enough where every letter is a token.
TEXTS = (
    "Once upon a time there was a small robot who lived at the edge of a forest. Every day it",
    "The capital of France is",
    "Water boils at one hundred degrees, and it freezes at",
    "def add(left, right):\n    return",
)
_LAYERS = 2  # of the models for which the tolerances were found


def writes(bench: Bench, one: Declared, dtype: str) -> Found:
    """Four prompts in one batch, greedily; the reference is loaded after the engine has gone.

    Raises RefusedError, UnreachableError or Skipped where its weights are not to be had.
    """
    folder = placed(bench, one)
    known = checkpoint.checked(one, folder)
    prompts = _prompts(one, folder)
    (found,) = bench.served(folder, Ask(prompts, GREEDY), dtype=dtype, load_format="safetensors")
    model = writing.loaded(folder)
    judged = written_right(model, prompts, found, allowed(one, dtype, model))
    texts = [] if one.is_made else [answer["outputs"][0]["text"] for answer in found]
    return judged._replace(detail={**judged.detail, **known, "texts": texts})


def placed(bench: Bench, one: Declared) -> Path:
    """The folder of its checkpoint; it is made, fetched or there."""
    if one.kind == "path":
        return _there(one)
    if one.kind == "hub":
        return fetching.fetched(one, may_fetch=bench.may_fetch)
    if one.kind != "random":
        raise RefusedError(f"{one.id}: {one.kind} weights come with Coevo alone")
    return bench.made(architecture(one))


def allowed(one: Declared, dtype: str, model: Any) -> float:  # noqa: ANN401 - a model
    """How far a log-probability may be off: what is told, else by how deep the model is.

    Each layer rounds anew, and what independent roundings add up to grows with their root.
    """
    layers = model.config.get_text_config().num_hidden_layers
    return one.tolerance.get(dtype, ALLOWED[dtype] * math.sqrt(max(layers / _LAYERS, 1.0)))


def _there(one: Declared) -> Path:
    folder = Path(one.at)
    try:
        list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        raise Skipped(f"no weights here: there is no folder {folder} on this machine") from None
    except OSError as error:
        raise RefusedError(f"{folder} cannot be read: {error.strerror}") from error
    return folder


def _prompts(one: Declared, folder: Path) -> Sequence[Sequence[int]]:
    """Tokens: of texts where there is a tokenizer that knows words, else drawn ones."""
    if one.is_made:
        tokens = architecture(one).vocabulary
        return [drawn(f"models {length}", length, tokens) for length in LENGTHS]
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise RefusedError(f"there is no tokenizer in {folder}: {error}") from error
    return [tokenizer.encode(text) for text in TEXTS]
