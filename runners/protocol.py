"""What a suite says: one line of its standard output to a value, and nothing else believed.

docs/suites/protocol.md describes the lines. Only the standard library is used, since a slot runs
in a foreign cluster's Python. A line that begins with `{` and is not one of ours is `Garbage`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple, cast

from matrix.status import Status
from runners.work import CaseResult, Component, Fact, MetricValue

VERSION = 1
LINE_LIMIT_BYTES = 1 << 20
NAME_LIMIT = 1024
TEXT_LIMIT = 1 << 16


class Hello(NamedTuple):
    """A suite has started. `total` cases will come (0: not known); `resume`: it reads COEVO_DONE.

    `observed` is None where the suite did not say what it found itself with. `simulated`: what it
    reports comes from a script, and may never pass for evidence of hardware.
    """

    suite: str
    total: int
    resume: bool
    observed: tuple[Component, ...] | None
    simulated: bool = False


class Begin(NamedTuple):
    """A case has started; what happens to the process from now on happens inside it."""

    id: str
    dtype: str = ""
    device: str = ""


class Again(NamedTuple):
    """A try of a case has ended, and the case is tried once more."""

    case: CaseResult


class Bye(NamedTuple):
    """The suite is done; without it, it died."""


@dataclass(frozen=True, slots=True)
class Garbage:
    """A line that claims to be ours and is not: the line's beginning, and what is wrong."""

    line: str
    problem: str


Message = Hello | Begin | Again | CaseResult | MetricValue | Fact | Bye
Json = dict[str, object]


class _WrongError(Exception):
    """What is wrong with a line."""


def parse(line: bytes) -> Message | Garbage | None:
    """The message in a line of standard output; None where the line is log."""
    if not line.lstrip().startswith(b"{"):
        return None
    try:
        return _message(_decoded(line))
    except _WrongError as wrong:
        return Garbage(line[:200].decode(errors="replace").strip(), str(wrong))


def _decoded(line: bytes) -> Json:
    if len(line) > LINE_LIMIT_BYTES:
        raise _WrongError(f"longer than {LINE_LIMIT_BYTES} bytes")
    try:
        return cast("Json", json.loads(line, parse_constant=_no_constant))
    except RecursionError:
        raise _WrongError("nested too deeply") from None
    except ValueError as error:
        raise _WrongError(f"no JSON: {error}") from None


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")


def _message(said: Json) -> Message:
    kind = said.get("type")
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise _WrongError(f"`type` is {kind!r:.60}, not one of {', '.join(_READERS)}")
    fields = _Fields(said)
    message = read(fields)
    fields.nothing_left()
    return message


class _Fields:
    """The keys of a line; each is taken once, what is left over is a mistake."""

    def __init__(self, said: Json) -> None:
        self._left = dict(said)
        del self._left["type"]

    def name(self, key: str) -> str:
        """A non-empty text without control characters."""
        value = self._left.pop(key, "")
        if (
            not isinstance(value, str)
            or not value.isprintable()
            or not 0 < len(value) <= NAME_LIMIT
        ):
            raise _WrongError(f"`{key}` must be a printable text of 1 to {NAME_LIMIT} characters")
        return value

    def text(self, key: str, limit: int = TEXT_LIMIT) -> str:
        """A text, "" where it is absent; cut at `limit` characters."""
        value = self._left.pop(key, "")
        if not isinstance(value, str):
            raise _WrongError(f"`{key}` must be a text")
        return clean(value[:limit])

    def flag(self, key: str) -> bool:
        """True or false; false where it is absent."""
        value = self._left.pop(key, False)
        if not isinstance(value, bool):
            raise _WrongError(f"`{key}` must be true or false")
        return value

    def count(self, key: str) -> int:
        """A number of things, 0 where it is absent."""
        value = self._left.pop(key, 0)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
            raise _WrongError(f"`{key}` must be a whole number, 0 or more")
        return value

    def seconds(self, key: str) -> float | None:
        """A duration; None where it is absent."""
        value = self._left.pop(key, None)
        if value is None:
            return None
        seconds = number(key, value)
        if seconds < 0:
            raise _WrongError(f"`{key}` must not be negative")
        return seconds

    def any(self, key: str) -> object:
        """Whatever JSON value stands there."""
        return self._left.pop(key, None)

    def nothing_left(self) -> None:
        """Raise where keys remain that nobody took."""
        if self._left:
            raise _WrongError(f"unknown key `{next(iter(self._left))[:60]}`")


def clean(text: str) -> str:
    """A text that every store takes: lone surrogates and NUL become U+FFFD."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def number(key: str, value: object) -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _WrongError(f"`{key}` must be a number")
    try:
        found = float(value)
    except OverflowError:
        raise _WrongError(f"`{key}` is too large") from None
    if not isfinite(found):
        raise _WrongError(f"`{key}` is not finite")
    return found


def _hello(fields: _Fields) -> Hello:
    version = fields.any("protocol")
    if version != VERSION:
        raise _WrongError(f"`protocol` is {version!r:.20}; this runner speaks {VERSION}")
    suite, stack = fields.name("suite"), fields.any("stack")
    observed = None if stack is None else _stack(stack)
    return Hello(
        suite, fields.count("total"), fields.flag("resume"), observed, fields.flag("simulated")
    )


def _stack(stack: object) -> tuple[Component, ...]:
    if not isinstance(stack, dict):
        raise _WrongError("`stack` must be an object: component to version")
    return tuple(_component(clean(str(name)), said) for name, said in sorted(stack.items()))


def _component(name: str, said: object) -> Component:
    """A version with its build tag kept apart: `2.13.0+cpu` is 2.13.0, built as `cpu`."""
    if isinstance(said, str):
        version, _, build = clean(said).partition("+")
        return Component(name, version, build)
    if not isinstance(said, dict):
        raise _WrongError(f"`stack.{name[:60]}` must be a version or an object")
    fields = _Fields({"type": "", **said})
    found = Component(
        name, fields.text("version"), fields.text("build"), fields.text("source") or "suite"
    )
    fields.nothing_left()
    return found


def _case(fields: _Fields) -> Begin | Again | CaseResult:
    id_ = fields.name("id")
    if fields.flag("begin"):
        return Begin(id_, fields.text("dtype"), fields.text("device"))
    again = fields.flag("again")
    case = CaseResult(
        id=id_,
        status=_status(fields.text("status")),
        seconds=fields.seconds("seconds"),
        device=fields.text("device"),
        dtype=fields.text("dtype"),
        message=fields.text("message"),
        detail=_detail(fields.any("detail"), fields.any("output")),
        repeat=fields.text("repeat"),
        expected=fields.flag("expected"),
        planted=fields.flag("planted"),
    )
    return Again(case) if again else case


def _status(text: str) -> Status:
    try:
        return Status(text)
    except ValueError:
        raise _WrongError(f"`status` must be one of {', '.join(Status)}") from None


def _detail(detail: object, output: object) -> str:
    """Detail as JSON text; a case's `output` stands in it under that name."""
    if output is not None:
        detail = {"detail": detail, "output": output} if detail is not None else {"output": output}
    if detail is None:
        return ""
    text = json.dumps(detail, separators=(",", ":"))
    return text if len(text) <= TEXT_LIMIT else json.dumps({"cut": text[: TEXT_LIMIT // 2]})


def _metric(fields: _Fields) -> MetricValue:
    name, unit, better = fields.name("name"), fields.text("unit"), fields.text("better")
    if better not in {"", "higher", "lower"}:
        raise _WrongError("`better` must be higher or lower")
    said = fields.any("values")
    values = said if isinstance(said, list) and said else [fields.any("value")]
    return MetricValue(
        name, unit, better, tuple(number("value", value) for value in values), fields.text("case")
    )


def _fact(fields: _Fields) -> Fact:
    return Fact(fields.name("name"), fields.text("value"), fields.text("source") or "suite")


def _bye(_fields: _Fields) -> Bye:
    return Bye()


_READERS: dict[str, Callable[[_Fields], Message]] = {
    "hello": _hello,
    "case": _case,
    "metric": _metric,
    "fact": _fact,
    "bye": _bye,
}
