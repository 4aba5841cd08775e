"""JUnit XML: the dialects of pytest, Maven Surefire, Gradle, GoogleTest and Jest alike.

The parser is expat. A document type, and with it every entity of a stranger's, is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from xml.parsers import expat

from runners.suites.results.said import (
    MESSAGE_LIMIT,
    OUTPUT_LIMIT,
    Case,
    Fact,
    Malformed,
    Said,
    named,
    tries,
)

LIMIT_BYTES = 256 << 20
_DEPTH = 64
_ENDS = {"failure": "FAIL", "error": "ERROR", "skipped": "SKIP"}
_AGAIN = {
    "rerunFailure": "FAIL",
    "rerunError": "ERROR",
    "flakyFailure": "FAIL",
    "flakyError": "ERROR",
}
_TEXTS = frozenset({*_ENDS, *_AGAIN, "system-out", "system-err"})
# What the format has no element for: a known failure, and a fault of the machine's (ours only).
_EXPECTED = frozenset({("skipped", "pytest.xfail"), ("skipped", "coevo.expected")})
_MISSED = ("error", "coevo.MISS")
_WORSE = {"PASS": 0, "SKIP": 1, "ERROR": 2, "FAIL": 3}


def read(data: bytes) -> Iterator[Said]:
    """The cases of a file, and the properties of its suites as facts.

    A case that stands there more than once was tried again. What was read before a mistake is
    handed over first; then comes Malformed with line and column.
    """
    reader = _Reader()
    trouble = reader.trouble(data)
    yield from reader.facts.values()
    yield from tries(reader.cases)
    if trouble is not None:
        raise trouble


class _Reader:
    """Takes in the events of one parse."""

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.facts: dict[str, Fact] = {}
        self._path: list[str] = []
        self._suite = ""
        self._case: dict[str, str] | None = None
        self._ends: list[tuple[str, str]] = []  # status and message
        self._tried: list[tuple[str, str]] = []
        self._said: dict[str, object] = {}
        self._text: list[str] = []
        self._room = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.EntityDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def trouble(self, data: bytes) -> Malformed | None:
        """Parse; what is wrong with the file."""
        if len(data) > LIMIT_BYTES:
            return Malformed("the file", f"larger than {LIMIT_BYTES >> 20} MiB")
        try:
            self._parser.Parse(data, True)
        except Malformed as trouble:
            return trouble
        except expat.ExpatError as error:
            place = f"{error.lineno}:{error.offset + 1}"
            return Malformed(place, f"no XML: {expat.ErrorString(error.code)}")
        except (LookupError, ValueError) as error:
            return Malformed(self._place(), f"no XML: {error}")
        return None

    def _place(self) -> str:
        return f"{self._parser.CurrentLineNumber}:{self._parser.CurrentColumnNumber + 1}"

    def _refuse(self, *_: object) -> None:
        raise Malformed(self._place(), "a document type with its entities is refused")

    def _start(self, tag: str, given: dict[str, str]) -> None:
        if not self._path and tag not in {"testsuites", "testsuite"}:
            raise Malformed(self._place(), f"<{tag:.40}> is no JUnit: <testsuites> is wanted")
        self._path.append(tag)
        if len(self._path) > _DEPTH:
            raise Malformed(self._place(), "nested too deeply")
        if tag == "testsuite":
            self._suite = given.get("name", "")
        elif tag == "testcase":
            self._begin(given)
        elif tag == "property":
            self._property(given)
        if self._case is not None and tag in _TEXTS:
            self._text, self._room = [], OUTPUT_LIMIT
            self._case[f" {tag}"] = given.get("message", "") or given.get("type", "")
            self._kinds.add((tag, given.get("type", "")))

    def _begin(self, given: dict[str, str]) -> None:
        self._case, self._ends, self._tried, self._said = given, [], [], {}
        self._kinds: set[tuple[str, str]] = set()

    def _property(self, given: dict[str, str]) -> None:
        name, value = named(given.get("name", "")), given.get("value", "")[:MESSAGE_LIMIT]
        if self._case is None:
            self.facts[name] = Fact(name, value)
        else:
            self._said[name] = value

    def _characters(self, text: str) -> None:
        if self._room > 0:
            self._text.append(text[: self._room])
            self._room -= len(text)

    def _end(self, tag: str) -> None:
        self._path.pop()
        if tag == "testcase" and self._case is not None:
            self._finish(self._case)
            self._case = None
        elif self._case is not None and tag in _TEXTS:
            self._take(tag, self._case, "".join(self._text).strip())
            self._text, self._room = [], 0

    def _take(self, tag: str, case: dict[str, str], text: str) -> None:
        told = case.pop(f" {tag}", "")
        message = (told or text.partition("\n")[0])[:MESSAGE_LIMIT]
        if tag in _ENDS:
            self._ends.append((_ENDS[tag], message))
        elif tag in _AGAIN:
            self._tried.append((_AGAIN[tag], message))
        if text and text != message:
            self._said[tag] = text

    def _finish(self, given: dict[str, str]) -> None:
        case = self._told(given)
        for status, message in self._tried:
            tried = case._replace(status=status, message=message, detail={}, seconds=None)
            self.cases.append(tried._replace(again=True))
        self.cases.append(case)

    def _told(self, given: dict[str, str]) -> Case:
        group = given.get("classname", self._suite)
        name = given.get("name", "")
        status, message = max(self._ends, key=lambda end: _WORSE[end[0]], default=("PASS", ""))
        expected = bool(_EXPECTED & self._kinds)
        own = {
            key: str(self._said.pop(f"coevo.{key}", "")) for key in ("device", "dtype", "status")
        }
        if status == "PASS" and own["status"] == "DONE":
            status = "DONE"
        elif _MISSED in self._kinds:
            status = "MISS"
        return Case(
            named(f"{group}::{name}" if group and name else group or name),
            "FAIL" if expected else status,
            self._seconds(given.get("time", "")),
            message,
            dict(self._said),
            own["device"],
            own["dtype"],
            expected=expected,
        )

    def _seconds(self, text: str) -> float | None:
        """What `time` says, where it is a number of seconds (some write 1,234.5)."""
        if not text:
            return None
        try:
            seconds = float(text.replace(",", ""))
        except ValueError:
            seconds = -1.0
        if not isfinite(seconds) or seconds < 0:
            raise Malformed(self._place(), f"time {text!r:.40} is no number of seconds")
        return seconds
