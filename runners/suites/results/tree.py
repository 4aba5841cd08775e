"""A JSON document that a stranger wrote: read under limits, walked with the place in hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import isfinite
from typing import Any

from runners.suites.results.said import Malformed

LIMIT_BYTES = 64 << 20
_KINDS: dict[type, str] = {str: "a text", dict: "an object", list: "a list"}


class Node:
    """A value of a document and where it stands, such as `results.tests[3]`."""

    def __init__(self, value: object, place: str) -> None:
        self.value, self.place = value, place

    def has(self, key: str) -> bool:
        """Whether the object has that key, with something behind it."""
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def child(self, key: str) -> Node:
        """What stands under a key; null where nothing does."""
        return Node(self.object().get(key), f"{self.place}.{key}")

    def object(self) -> dict[str, Any]:
        """The value, which is an object."""
        found: dict[str, Any] = self._as(dict)
        return found

    def items(self) -> list[Node]:
        """The items of the value, which is a list."""
        return [Node(one, f"{self.place}[{n}]") for n, one in enumerate(self._as(list))]

    def text(self, key: str, otherwise: str | None = None) -> str:
        """The text under a key; `otherwise` where there is none and that is no mistake."""
        if otherwise is not None and not self.has(key):
            return otherwise
        return self.child(key).string()

    def string(self) -> str:
        """The value, which is a text."""
        found: str = self._as(str)
        return found

    def number(self) -> float:
        """The value, which is a finite number."""
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            raise self.wrong("a number")
        try:
            found = float(self.value)
        except OverflowError:
            raise self.wrong("a number of ordinary size") from None
        if not isfinite(found):
            raise self.wrong("a finite number")
        return found

    def wrong(self, wanted: str) -> Malformed:
        """That something else is wanted here."""
        return Malformed(self.place, f"{self.value!r:.60} is not {wanted}")

    def _as(self, kind: type) -> Any:  # noqa: ANN401 - what JSON holds
        if not isinstance(self.value, kind):
            raise self.wrong(_KINDS[kind])
        return self.value


def document(data: bytes) -> Node:
    """The document in these bytes; Malformed with line and column where it is none."""
    return Node(parsed(_text(data)), "$")


def lines(data: bytes) -> Iterator[Node]:
    """The documents of a file with one a line, as they are asked for; empty lines are skipped."""
    numbered = enumerate(_text(data).split("\n"), 1)
    return (Node(parsed(line, n), f"line {n}") for n, line in numbered if line.strip())


def parsed(text: str, first: int = 1) -> object:
    """The JSON value of a text whose first line has this number."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        place = f"{first + error.lineno - 1}:{error.colno}"
        raise Malformed(place, f"no JSON: {error.msg}") from None
    except RecursionError:
        raise Malformed(f"line {first}", "nested too deeply") from None
    except ValueError as error:
        raise Malformed(f"line {first}", f"no JSON: {error}") from None


def _text(data: bytes) -> str:
    if len(data) > LIMIT_BYTES:
        raise Malformed("the file", f"larger than {LIMIT_BYTES >> 20} MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Malformed(f"byte {error.start}", "no UTF-8") from None


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")
