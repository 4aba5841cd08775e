"""Which tiny models there are that are made from a seed, in Transformers' words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple  # Any: the values of a configuration

from runners.suites.tiny_models import declared
from runners.suites.tiny_models.declared import Declared

VOCABULARY = 512


class Architecture(NamedTuple):
    """A model by its class of Transformers; `numbers` are keys of its configuration."""

    id: str
    model: str
    numbers: Mapping[str, Any]
    seed: str = ""

    @property
    def has_experts(self) -> bool:
        """Whether a router chooses among experts, which rounding may tip."""
        return "num_experts_per_tok" in self.numbers

    @property
    def vocabulary(self) -> int:
        """How many tokens it has, where nobody wants another number of them."""
        return int(self.numbers["vocab_size"])

    def settings(self, vocabulary: int) -> dict[str, Any]:
        """All keys of its configuration, for so many tokens."""
        return {**self.numbers, "vocab_size": vocabulary}


def architecture(one: Declared) -> Architecture:
    """That of a model whose settings are told."""
    return Architecture(one.id, one.architecture, one.settings, one.at if one.is_made else "")


_BUILT_IN = {one.id: one for one in declared.built_in()}
ARCHITECTURES = tuple(architecture(one) for one in _BUILT_IN.values() if one.is_made)


def named(id: str) -> Architecture:  # noqa: A002 - a case's id
    """The one of that id, also of a model that was trained."""
    return architecture(_BUILT_IN[id])
