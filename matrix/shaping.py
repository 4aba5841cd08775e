"""What the shapes of a matrix file are made of: their strictness, and texts of a pattern."""

from __future__ import annotations

import re
from collections.abc import Callable

from pydantic import ConfigDict, WithJsonSchema

from matrix.names import Misfit, shown

# What every part of a file has in common: unknown keys and loose types are mistakes.
STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)


def written(pattern: str, *types: str) -> WithJsonSchema:
    """The JSON Schema of a text of that pattern; without types of a whole number too."""
    return WithJsonSchema({"type": list(types) or ["string", "integer"], "pattern": f"^{pattern}$"})


def like(
    pattern: str, what: str, hint: str, is_fine: Callable[[str], bool] = lambda _: True
) -> Callable[[str], str]:
    """A validator: a text is that, where it has the pattern and is fine besides."""

    def validator(text: str) -> str:
        if re.fullmatch(pattern, text) and is_fine(text):
            return text
        raise Misfit(f"{shown(text)} is no {what}", hint)

    return validator
