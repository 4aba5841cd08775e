"""What the shapes of a matrix file are made of: their strictness, and texts of a pattern."""

from __future__ import annotations

import re
from collections.abc import Callable

from pydantic import ConfigDict, Field, WithJsonSchema
from pydantic.fields import FieldInfo

from matrix.names import Misfit, shown

# What every part of a file has in common: unknown keys and loose types are mistakes.
STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)
# A key that says nothing is left out of digests: what was declared before it came keeps its own.
UNSAID: FieldInfo = Field(exclude_if=lambda value: not value)


def left_out_at(default: object) -> FieldInfo:
    """A key that says nothing where its value is that."""
    found: FieldInfo = Field(exclude_if=lambda value: value == default)
    return found


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
