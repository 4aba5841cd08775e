"""What a file may say of failures that are known: which cases, of which versions, until when."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from matrix.expected import Expected
from matrix.kinds import Name
from matrix.names import Misfit, shown
from matrix.shaping import STRICT, UNSAID, written

DATE_PATTERN = r"20\d\d-\d\d-\d\d"
VERSIONS_PATTERN = r"[A-Za-z0-9<>=!~.,*+_ -]{1,200}"
URL_PATTERN = r"https?://[^\s]{1,500}"


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _expiry(text: str) -> str:
    try:
        if re.fullmatch(DATE_PATTERN, text):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise Misfit(f"{shown(text)} is no day", "write the last day that it holds: YYYY-MM-DD")


def _versions(text: str) -> str:
    try:
        found = SpecifierSet(text)
    except InvalidSpecifier:
        found = SpecifierSet()
    if found:
        return text
    raise Misfit(f"{shown(text)} names no versions", 'write a range, such as ">=0.29,<0.33"')


def _url(text: str) -> str:
    if re.fullmatch(URL_PATTERN, text):
        return text
    raise Misfit(f"{shown(text)} is no address", "write https://…")


Glob = Annotated[str, Field(min_length=1, max_length=300)]
Globs = Annotated[
    list[Glob],
    Field(min_length=1),
    BeforeValidator(_listed, json_schema_input_type=Glob | list[Glob]),
]
Names = Annotated[list[Name], BeforeValidator(_listed, json_schema_input_type=Name | list[Name])]
Sentence = Annotated[str, Field(min_length=1, max_length=300)]
Versions = Annotated[str, AfterValidator(_versions), written(VERSIONS_PATTERN, "string")]
Day = Annotated[str, AfterValidator(_expiry), written(DATE_PATTERN, "string")]
Url = Annotated[str, AfterValidator(_url), written(URL_PATTERN, "string")]


class ExpectedShape(BaseModel):
    """Cases that fail for a defect of somebody else's, and what is to be known of it."""

    model_config = STRICT

    cases: Globs
    component: Name
    versions: Versions
    reason: Sentence
    owner: Name
    expires: Day
    issue: Annotated[Url | None, UNSAID] = None
    device: Annotated[Name | None, UNSAID] = None
    dtype: Annotated[Names, UNSAID] = []


def expected(shapes: Iterable[ExpectedShape]) -> tuple[Expected, ...]:
    """The values of checked shapes."""
    return tuple(
        Expected(
            tuple(one.cases),
            one.component,
            one.versions,
            one.reason,
            one.owner,
            one.expires,
            one.issue or "",
            one.device or "",
            tuple(one.dtype),
        )
        for one in shapes
    )
