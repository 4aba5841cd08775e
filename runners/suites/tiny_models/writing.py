"""Writes the checkpoint of a tiny model into a folder: configuration, safetensors, tokenizer."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any  # what Transformers hands out; it is not installed beside mypy

import torch
import transformers
from safetensors.torch import load_file, save_file

from runners.suites.tiny_models import tokenizer, weights
from runners.suites.tiny_models.architectures import Architecture

_BEGIN, _END = (tokenizer.SPECIAL.index(one) for one in (tokenizer.BEGIN, tokenizer.END))


def written(architecture: Architecture, folder: Path, vocabulary: int = 0) -> str:
    """Make the folder; the fingerprint of the weights in it. In float32, whatever it is used in.

    With as many tokens as the architecture says, where nobody wants another number of them.
    """
    vocabulary = vocabulary or architecture.vocabulary
    with quiet():
        save(blank(architecture, vocabulary), folder, vocabulary)
    path = folder / "model.safetensors"
    seed = architecture.seed
    seeded = {name: weights.filled(name, one, seed) for name, one in load_file(path).items()}
    save_file(seeded, path, metadata={"format": "pt"})
    return weights.fingerprint(seeded)


def blank(architecture: Architecture, vocabulary: int) -> Any:  # noqa: ANN401 - a model
    """The model with the numbers that Transformers begins with, drawn from one seed always."""
    kind = getattr(transformers, architecture.model)
    settings = architecture.settings(vocabulary)
    tokens = {"bos_token_id": _BEGIN, "eos_token_id": _END}
    torch.manual_seed(0)
    return kind(kind.config_class(**settings, **tokens))


def save(model: Any, folder: Path, vocabulary: int) -> None:  # noqa: ANN401 - a model
    """A model of Transformers as its checkpoint, with the tokenizer beside it."""
    model.generation_config = transformers.GenerationConfig(
        bos_token_id=_BEGIN, eos_token_id=_END, pad_token_id=_END
    )
    model.save_pretrained(folder)
    tokenizer.write(folder, vocabulary)


def loaded(folder: Path, dtype: torch.dtype = torch.float32) -> Any:  # noqa: ANN401 - a model
    """The model of a checkpoint, in Transformers' plainest way to compute; never of a pickle."""
    with quiet():
        found = transformers.AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=dtype,
            attn_implementation="eager",
            local_files_only=True,
            use_safetensors=True,
        )
    return found.eval()


@contextlib.contextmanager
def quiet() -> Any:  # noqa: ANN401 - a context
    """While this holds, Transformers says only what went wrong, and that on standard error."""
    level = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity_error()
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        transformers.logging.set_verbosity(level)
