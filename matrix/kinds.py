"""The words of a matrix file: names, versions, durations, sizes, selectors, each checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)

from matrix import quantities, sources
from matrix.names import NAME_PATTERN, Misfit, name
from matrix.select import Choice, choice
from matrix.shaping import written


def _text(value: object) -> object:
    """Whole numbers are text wherever a name or a version may be one: `12` is `"12"`."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _flat(value: object) -> object:
    """An axis value or parameter in an include, as text that can stand in an id."""
    text = _text(value)
    if not isinstance(text, str):
        hint = "an include gives one value a key; for several values write several includes"
        raise Misfit("expected a single value", hint)
    return quantities.parameter(text)


def _chosen(value: object) -> Choice:
    """A selector, or a list of the values to select."""
    match value:
        case [*items] if items and all(isinstance(_text(item), str) for item in items):
            return Choice(frozenset(name(str(item)) for item in items), negated=False)
        case str() | int() if not isinstance(value, bool):
            return choice(str(value))
    raise Misfit("expected a selector", "write a value, !value, in(a, b), !in(a, b) or a list")


def _places(value: object) -> tuple[str, ...]:
    """The values of an axis at which a suite runs: one, or a list of them."""
    listed = value if isinstance(value, list) else [value]
    found = [name(str(_flat(each))) for each in listed]
    if not found:
        raise Misfit("this place is nowhere", "name at least one value, or take the axis out")
    return tuple(dict.fromkeys(found))


def _place_as_written(values: tuple[str, ...]) -> str | list[str]:
    """One value as itself, several in an order that says nothing."""
    return values[0] if len(values) == 1 else sorted(values)


def _component(value: object) -> object:
    """A source as its text; a version as it stands."""
    if isinstance(value, dict):
        return str(sources.described(value))
    text = _text(value)
    if not isinstance(text, str) or text == sources.PREINSTALLED:
        return text
    return quantities.version(text)


def _checked(reading: Callable[[str], object]) -> Callable[[str], str]:
    """A validator that leaves the text as it is, so that the schema shows defaults as written."""

    def validator(text: str) -> str:
        reading(text)
        return text

    return validator


Written = BeforeValidator(_text, json_schema_input_type=str | int)
Text = Annotated[str, Written, Field(max_length=4096)]
Label = Annotated[str, Written, Field(min_length=1, max_length=63)]
Name = Annotated[str, BeforeValidator(_text), AfterValidator(name), written(NAME_PATTERN)]
Component = Annotated[
    str,
    BeforeValidator(_component),
    WithJsonSchema(
        {
            "oneOf": [
                {"type": ["string", "integer"], "pattern": f"^{quantities.VERSION_PATTERN}$"},
                {"const": sources.PREINSTALLED},
                *sources.JSON_SCHEMAS,
            ]
        }
    ),
]
Requirement = Annotated[
    str,
    AfterValidator(quantities.requirement),
    written(re.sub(r"\?P<\w+>", "", quantities.REQUIREMENT_PATTERN), "string"),
]
Distribution = Annotated[
    str,
    AfterValidator(quantities.distribution),
    written(quantities.DISTRIBUTION_PATTERN, "string"),
]
Duration = Annotated[
    str,
    BeforeValidator(_text),
    AfterValidator(_checked(quantities.duration)),
    written(quantities.DURATION_PATTERN, "string"),
]
Size = Annotated[
    str,
    BeforeValidator(_text),
    AfterValidator(_checked(quantities.size)),
    written(quantities.SIZE_PATTERN, "string"),
]
_NAME = written(NAME_PATTERN).json_schema
_CHOICE = {"type": ["string", "integer", "array"], "items": {"type": "string"}}
Selector = Annotated[Choice, PlainValidator(_chosen), WithJsonSchema(_CHOICE)]
Literally = Annotated[str, BeforeValidator(_flat), written(quantities.PARAMETER_PATTERN)]
_variable = AfterValidator(quantities.variable)
Variable = Annotated[str, _variable, written(quantities.VARIABLE_PATTERN, "string")]
Variables = dict[Variable, Text]
Placed = Annotated[
    tuple[str, ...],
    PlainValidator(_places),
    PlainSerializer(_place_as_written),
    WithJsonSchema({"anyOf": [_NAME, {"type": "array", "items": _NAME, "minItems": 1}]}),
]
Image = Annotated[
    str, AfterValidator(quantities.image), written(quantities.IMAGE_PATTERN, "string")
]
Rank = Annotated[str, AfterValidator(quantities.rank), written(quantities.RANK_PATTERN, "string")]
Command = Annotated[list[Text], Field(min_length=1)]
Shards = Annotated[int, Field(ge=1, le=1000)]
Priority = Annotated[int, Field(ge=-1000, le=1000)]
RoleName = Literal["headline", "watch", "shadow"]
