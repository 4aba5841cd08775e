"""Greedy generation: what a model writes, and whether another wrote the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Optional  # Any: Transformers is not installed beside mypy

import torch

from runners.suites.transformers_architectures import compare
from runners.suites.transformers_architectures.compare import Difference, Rooms, Tolerance
from runners.suites.transformers_architectures.inputs import Inputs, placed
from runners.suites.transformers_architectures.outputs import Named
from runners.suites.transformers_architectures.weights import SEED

STEPS = 6
# What is written here is not given: some decoders take only a token at a time beside a cache.
_WRITTEN = {"decoder_input_ids"}


class Written(NamedTuple):
    """New tokens, (texts, steps), and the logits that each was chosen by, (texts, steps, words)."""

    tokens: torch.Tensor
    logits: torch.Tensor


def written(model: Any, inputs: Inputs, *, use_cache: bool) -> Written:  # noqa: ANN401 - a model
    """What the model goes on with, the likeliest token each time, never ending early."""
    settings = model.generation_config
    settings.eos_token_id, settings.forced_eos_token_id = None, None
    settings.pad_token_id = 0
    if settings.decoder_start_token_id is None and settings.bos_token_id is None:
        settings.decoder_start_token_id = 0
    torch.manual_seed(SEED)
    given = {name: one for name, one in placed(inputs, model).items() if name not in _WRITTEN}
    said = model.generate(
        **given,
        max_new_tokens=STEPS,
        do_sample=False,
        use_cache=use_cache,
        output_logits=True,
        return_dict_in_generate=True,
    )
    logits = torch.stack(said.logits, 1).detach().cpu().double()
    return Written(said.sequences[:, -logits.shape[1] :].cpu(), logits)


def difference(
    one: Written, right: Written, allowed: Tolerance, others: Callable[[], Iterable[Written]]
) -> Optional[Difference]:  # noqa: UP045 - Python 3.9 reads it
    """What is off, step by step, as far as both wrote the same before.

    Where two tokens are as likely as rounding can tell, either is right, and what follows is
    another text. Only logits beyond the tolerance are wrong. `others` are what the reference
    might have written with other roundings.
    """
    if one.logits.shape != right.logits.shape:
        shapes = f"{tuple(one.logits.shape)} instead of {tuple(right.logits.shape)}"
        return Difference(f"shape {shapes}", "logits")
    got, want = _alike(one, right)
    return compare.difference(got, want, allowed, lambda: _spread(right, others()))


def _alike(one: Written, other: Written) -> tuple[Named, Named]:
    """The logits of both, step by step, up to the first that chose differently."""
    differs = (one.tokens != other.tokens).any(0).tolist()
    steps = differs.index(True) + 1 if True in differs else len(differs)
    left, right = one.logits.unbind(1)[:steps], other.logits.unbind(1)[:steps]
    return _numbered(left), _numbered(right)


def _numbered(steps: Iterable[torch.Tensor]) -> Named:
    return {f"step {number}": one for number, one in enumerate(steps)}


def _spread(right: Written, others: Iterable[Written]) -> Rooms:
    """How far others are from what is right, at each step; also where they chose differently."""
    worst: Rooms = {}
    for other in others:
        left, here = _numbered(other.logits.unbind(1)), _numbered(right.logits.unbind(1))
        worst = {n: max(one, worst.get(n, 0.0)) for n, one in compare.apart(left, here).items()}
    return worst
