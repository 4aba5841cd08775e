"""What PyYAML says of broken syntax, in words that name the remedy."""

from __future__ import annotations

import re
from typing import NamedTuple

import yaml

from matrix.errors import Mistake
from matrix.names import printable
from matrix.source import MAX_MISTAKES, Source

_TAB = re.compile(r"^ *\t")


class _Wording(NamedTuple):
    pattern: re.Pattern[str]
    problem: str
    hint: str
    at_context: bool = False


_WORDINGS = (
    _Wording(
        re.compile(r"'\\t' that cannot start any token"),
        "a tab stands where a space belongs",
        "replace it by a space",
    ),
    _Wording(
        re.compile(r"expected ',' or '[\]}]'"),
        "a comma or a closing bracket is missing before this",
        "put `,` between values, and close every bracket",
    ),
    _Wording(
        re.compile(r"(scanning|parsing) a tag"),
        "tags are not read",
        "put a selector that begins with `!` in quotes",
        at_context=True,
    ),
    _Wording(
        re.compile(r"node content, but found '[\]}]'"),
        "this closes nothing",
        "take it out, or open a bracket before it",
    ),
    _Wording(
        re.compile(r"quoted scalar .*end of stream"),
        "the quote is never closed",
        "add the same quote where the text ends",
        at_context=True,
    ),
    _Wording(
        re.compile(r"mapping values are not allowed"),
        "a second `:` in one line",
        "put the text in quotes, or the mapping into braces or on a line of its own",
    ),
    _Wording(
        re.compile(r"could not find expected ':'"),
        "a key without `:`",
        "write `key: value`; indent text that goes on",
        at_context=True,
    ),
    _Wording(
        re.compile(r"expected <block end>"),
        "the indentation does not fit the lines above",
        "line it up with the keys or list items that it belongs to",
    ),
    _Wording(
        re.compile(r"cannot start any token"),
        "no value may begin with this character",
        "put the text in quotes",
    ),
)


def syntax_mistakes(
    source: Source, error: yaml.MarkedYAMLError, unclosed: yaml.Mark | None
) -> list[Mistake]:
    """The mistakes behind a syntax error: one, or every tab that indents a line.

    `unclosed` is the innermost bracket or brace that was open where the parser gave up.
    """
    if "'\\t'" in (error.problem or "") and (tabs := _tabs(source)):
        return tabs
    if unclosed is not None and _is_left_open(error, unclosed):
        return [_unclosed(source, unclosed)]
    return [_mistake(source, error)]


def _is_left_open(error: yaml.MarkedYAMLError, unclosed: yaml.Mark) -> bool:
    """Whether the line ended, and what follows fits no list: nobody closed it."""
    mark = error.problem_mark
    problem = error.problem or ""
    if not problem.startswith("expected") or mark is None:
        return False
    return mark.line > unclosed.line or "<stream end>" in problem


def _unclosed(source: Source, mark: yaml.Mark) -> Mistake:
    line, column = mark.line + 1, mark.column + 1
    bracket = source.lines[mark.line][mark.column]
    what, end = ("bracket", "]") if bracket == "[" else ("brace", "}")
    problem = f"the {what} `{bracket}` is never closed"
    return source.mistake(line, column, problem, f"add `{end}` where it ends")


def _tabs(source: Source) -> list[Mistake]:
    hint = "indent with spaces, two for each level"
    indented = [number for number, line in enumerate(source.lines, 1) if _TAB.match(line)]
    return [
        source.mistake(number, source.lines[number - 1].index("\t") + 1, "a tab indents", hint)
        for number in indented[:MAX_MISTAKES]
    ]


def _mistake(source: Source, error: yaml.MarkedYAMLError) -> Mistake:
    said = f"{error.context or ''} {error.problem or ''}"
    wording = next((each for each in _WORDINGS if each.pattern.search(said)), None)
    at_context = wording is not None and wording.at_context and error.context_mark
    mark = error.context_mark if at_context else error.problem_mark or error.context_mark
    assert mark is not None  # the scanner and the parser mark all they say
    problem = wording.problem if wording else printable(said.strip())[:200]
    hint = wording.hint if wording else ""
    return source.mistake(mark.line + 1, mark.column + 1, problem, hint)
