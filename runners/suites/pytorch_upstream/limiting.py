"""Fewer samples of each operator than PyTorch has for it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any, Optional  # Any: OpInfo is untyped

from torch.testing._internal.opinfo.core import OpInfo


def limit(samples: Optional[int]) -> None:  # noqa: UP045 - Python 3.9 reads it
    """From now on every operator has at most so many samples; None changes nothing."""
    if samples is None:
        return
    every = OpInfo.sample_inputs

    def first(self: Any, *args: Any, **kwargs: Any) -> Iterable[Any]:  # noqa: ANN401 - OpInfo's
        return itertools.islice(every(self, *args, **kwargs), samples)

    OpInfo.sample_inputs = first
