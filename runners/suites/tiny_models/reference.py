"""What Transformers says of a text, token by token: what every other engine is held against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any  # Any: a model of Transformers

import torch


def log_probabilities(model: Any, tokens: Sequence[int]) -> torch.Tensor:  # noqa: ANN401 - a model
    """Of each token the log-probabilities of whatever could follow it: (tokens, vocabulary)."""
    with torch.no_grad():
        logits = model(torch.tensor([list(tokens)]), use_cache=False).logits[0]
    return logits.float().log_softmax(-1)


def teacher_forced(model: Any, tokens: Sequence[int]) -> list[float]:  # noqa: ANN401 - a model
    """The log-probability of each token but the first, given those before it."""
    rows = log_probabilities(model, tokens)
    return [float(rows[place, token]) for place, token in enumerate(tokens[1:])]


def last_hidden(model: Any, tokens: Sequence[int]) -> torch.Tensor:  # noqa: ANN401 - a model
    """What stands behind the last layer at the last token, of length one: (width,)."""
    with torch.no_grad():
        found = model.model(torch.tensor([list(tokens)]), use_cache=False).last_hidden_state
    row = found[0, -1].float()
    return row / row.norm()
