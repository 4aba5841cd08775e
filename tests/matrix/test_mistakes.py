"""Every mistake a person makes in a matrix file: where it is, what it is, what to do."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matrix.errors import CoevoError, Mistake
from matrix.load import default_text, load, parse

GOOD = """\
name: x
axes: {site: [lab, edge], accelerator: [cpu, gpu]}
suites: {smoke: {}}
"""


class Wrong(NamedTuple):
    """A file, and what is said of it: `line:column`, a part of the problem and of the hint."""

    what: str
    text: str | bytes
    place: str
    problem: str
    hint: str


def with_line(line: str) -> str:
    return GOOD + line + "\n"


WRONG = (
    Wrong(
        "a duplicate key",
        with_line("name: y"),
        "4:1",
        "the key `name` is given twice",
        "line 1",
    ),
    Wrong(
        "an unknown key at the top",
        with_line("polcies: {}"),
        "4:1",
        "unknown key `polcies`",
        "did you mean `policies`?",
    ),
    Wrong(
        "a key of later work",
        with_line("triggers: {nightly: 3}"),
        "4:1",
        "unknown key `triggers`",
        "known here: axes, exclude",
    ),
    Wrong(
        "an unknown key deep down",
        with_line("policies: {timout: 3m}"),
        "4:12",
        "unknown key `timout`",
        "did you mean `timeout`?",
    ),
    Wrong(
        "a mistyped axis",
        "name: x\naxes:\n  site: [a]\n  acelerator: [b]\nsuites: {smoke: {}}\n",
        "4:3",
        "the axis `accelerator` is missing",
        "did you mean `accelerator`?",
    ),
    Wrong(
        "a missing axis",
        "name: x\naxes:\n  site: [a]\nsuites: {smoke: {}}\n",
        "2:1",
        "the axis `accelerator` is missing",
        "add `accelerator",
    ),
    Wrong(
        "a missing name",
        "axes: {site: [a], accelerator: [b]}\nsuites: {smoke: {}}\n",
        "1:1",
        "`name` is missing",
        "add a line `name",
    ),
    Wrong(
        "a number where a list belongs",
        "name: x\naxes:\n  site: 5\n  accelerator: [b]\nsuites: {smoke: {}}\n",
        "3:9",
        "expected a list, found `5`",
        "write [a, b]",
    ),
    Wrong(
        "a list where a mapping belongs",
        with_line("policies: [a]"),
        "4:11",
        "expected a mapping, found a list",
        "write {key: value}",
    ),
    Wrong(
        "a word where a number belongs",
        with_line("policies: {priority: high}"),
        "4:22",
        "expected a whole number, found `high`",
        "",
    ),
    Wrong(
        "a truth value where a name belongs",
        with_line("label: true"),
        "4:8",
        "expected text, found the truth value true",
        "quotes",
    ),
    Wrong(
        "a number out of range",
        with_line("policies: {infrastructure_attempts: 0}"),
        "4:37",
        "greater than or equal to 1",
        "",
    ),
    Wrong(
        "a bare number as a duration",
        with_line("policies: {timeout: 30}"),
        "4:21",
        "`30` is no duration",
        "90s, 30m, 36h or 30d",
    ),
    Wrong(
        "a decimal size",
        with_line("policies: {log_limit: 5 GB}"),
        "4:23",
        "`5 GB` is no size",
        "did you mean 5GiB?",
    ),
    Wrong(
        "an upper-case name",
        "name: x\naxes: {site: [Lab A], accelerator: [b]}\nsuites: {smoke: {}}\n",
        "2:15",
        "`Lab A` is no name",
        "write `lab-a`",
    ),
    Wrong(
        "a tab",
        "name: x\naxes:\n\tsite: [a]\n",
        "3:1",
        "a tab indents",
        "indent with spaces",
    ),
    Wrong(
        "a tab between words",
        "name:\t[x]\n",
        "1:6",
        "a tab stands where a space belongs",
        "replace it",
    ),
    Wrong(
        "an unclosed bracket",
        "name: x\naxes:\n  site: [a, b\n  accelerator: [c]\n",
        "3:9",
        "the bracket `[` is never closed",
        "add `]`",
    ),
    Wrong(
        "an unclosed bracket at the end",
        "name: [",
        "1:7",
        "the bracket `[` is never closed",
        "add `]`",
    ),
    Wrong(
        "an unclosed brace",
        "name: x\naxes: {site: [a]\n",
        "2:7",
        "the brace `{` is never closed",
        "add `}`",
    ),
    Wrong(
        "an unclosed quote",
        "name: 'x\n",
        "1:7",
        "the quote is never closed",
        "same quote",
    ),
    Wrong(
        "a bracket that closes nothing",
        "name: ]\n",
        "1:7",
        "this closes nothing",
        "take it out",
    ),
    Wrong(
        "a missing comma",
        "name: x\naxes: {site: [{name: a} {name: b}]}\n",
        "2:25",
        "a comma or a closing bracket is missing",
        "put `,`",
    ),
    Wrong(
        "two colons in a line",
        "name: x: y\n",
        "1:8",
        "a second `:` in one line",
        "quotes",
    ),
    Wrong(
        "a wrong indentation",
        "name: x\naxes:\n    site: [a]\n  accelerator: [b]\n",
        "4:3",
        "the indentation does not fit",
        "line it up",
    ),
    Wrong(
        "a reserved character",
        "name: @x\n",
        "1:7",
        "no value may begin with this character",
        "quotes",
    ),
    Wrong(
        "a list at the top",
        "- name: x\n",
        "1:1",
        "a matrix is a mapping",
        "`name:`",
    ),
    Wrong("a word at the top", "matrix\n", "1:1", "a matrix is a mapping", "`name:`"),
    Wrong("an empty file", "", "1:1", "the file is empty", "a name, axes and suites"),
    Wrong("only a comment", "# soon\n", "1:1", "the file is empty", "a name, axes and suites"),
    Wrong("only spaces", "  \n \n", "1:1", "the file is empty", "a name, axes and suites"),
    Wrong(
        "a second document",
        with_line("---\nname: y"),
        "4:1",
        "a second document begins here",
        "one matrix",
    ),
    Wrong(
        "a tag",
        with_line("label: !!python/object:os.system x"),
        "4:8",
        "tags are not read",
        "quotes",
    ),
    Wrong(
        "a selector that is not quoted",
        with_line("exclude:\n  - site: !lab"),
        "5:11",
        "tags are not read: `!lab`",
        "put it in quotes where the text `!lab` is meant",
    ),
    Wrong(
        "a selector that is not quoted between braces",
        with_line("exclude: [{site: !lab}]"),
        "4:18",
        "tags are not read",
        "put a selector that begins with `!` in quotes",
    ),
    Wrong(
        "NUL",
        with_line("label: a\0b"),
        "4:9",
        "control character U+0000",
        "take it out",
    ),
    Wrong(
        "an escape sequence for terminals",
        with_line("label: \x1b[31mred"),
        "4:8",
        "control character U+001B",
        "take it out",
    ),
    Wrong(
        "an escaped control character",
        with_line('label: "\\0"'),
        "4:8",
        "control character U+0000",
        "take it out",
    ),
    Wrong(
        "half a surrogate",
        with_line('label: "\\ud800"'),
        "4:8",
        "control character U+D800",
        "take it out",
    ),
    Wrong(
        "text that runs backwards",
        with_line("label: \u202eabc"),
        "4:8",
        "control character U+202E",
        "take it out",
    ),
    Wrong(
        "not UTF-8",
        b"name: x\nlabel: caf\xe9\n",
        "2:11",
        "byte 0xe9 is not UTF-8",
        "save the file as UTF-8",
    ),
    Wrong(
        "UTF-16",
        "name: x\n".encode("utf-16"),
        "1:1",
        "byte 0xff is not UTF-8",
        "save the file as UTF-8",
    ),
    Wrong(
        "`on` as a key",
        with_line("on: {}"),
        "4:1",
        "`on` is a truth value or null to YAML 1.1",
        'put it in quotes: "on"',
    ),
    Wrong(
        "`no` as a value of an axis",
        "name: x\naxes: {site: [de, no], accelerator: [b]}\nsuites: {smoke: {}}\n",
        "2:19",
        "`no` is a truth value",
        '"no"',
    ),
    Wrong(
        "an unquoted 3.10",
        with_line("stacks: {stable: {torch: 3.10}}"),
        "4:26",
        "`3.10` is a number with a fraction to YAML, which reads it as 3.1",
        'put it in quotes: "3.10"',
    ),
    Wrong(
        "an octal number",
        with_line("stacks: {stable: {torch: 010}}"),
        "4:26",
        "`010` is an octal number to YAML, which reads it as 8",
        '"010"',
    ),
    Wrong(
        "a number to base 60",
        with_line("stacks: {stable: {torch: 12:30}}"),
        "4:26",
        "`12:30` is a number to base 60",
        '"12:30"',
    ),
    Wrong(
        "a number with an exponent",
        with_line("stacks: {stable: {torch: 1e3}}"),
        "4:26",
        "`1e3` is a number with an exponent to YAML, which reads it as 1000.0",
        '"1e3"',
    ),
    Wrong(
        "a date",
        with_line("stacks: {stable: {torch: 2026-11-01}}"),
        "4:26",
        "`2026-11-01` is a date",
        '"2026-11-01"',
    ),
    Wrong(
        "a number of 5,000 digits",
        with_line(f"policies: {{priority: {'9' * 5000}}}"),
        "4:22",
        "a number of 5000 digits",
        "at most 18",
    ),
    Wrong(
        "an alias",
        with_line("label: &a x\nkeep: *a"),
        "5:7",
        "aliases are not read: `*a`",
        "write it out",
    ),
    Wrong(
        "a merge key",
        with_line("policies: {<<: {priority: 3}}"),
        "4:12",
        "merge keys are not read",
        "write the keys out",
    ),
    Wrong(
        "10,000 levels of nesting",
        "name: " + "[" * 10_000,
        "1:",
        "nested more than 32 levels deep",
        "",
    ),
    Wrong(
        "10,000 levels of lists in lists",
        "- " * 10_000,
        "1:",
        "nested more than 32 levels deep",
        "",
    ),
    Wrong(
        "more than 256 KiB",
        GOOD + "#" * 262_144,
        "1:1",
        "the limit is 262,144",
        "split",
    ),
    Wrong(
        "more than 20,000 values",
        "name: x\naxes: {site: [" + "a," * 20_001 + "]}\n",
        "2:",
        "more than 20,000 values",
        "",
    ),
    Wrong(
        "a when that can never match",
        with_line("exclude: [{site: edge}]\ninclude:\n  - {when: {site: edge}, color: red}"),
        "6:6",
        "`when` never selects anything",
        "no exclude drops",
    ),
    Wrong(
        "a when on an axis that does not exist",
        with_line("include:\n  - {when: {sitee: lab}, color: red}"),
        "5:13",
        "there is no axis `sitee`",
        "did you mean `site`?",
    ),
    Wrong(
        "an exclude on an axis that does not exist",
        with_line("exclude: [{dtype: bf16}]"),
        "4:12",
        "there is no axis `dtype`",
        "known here: accelerator, site, stack, suite",
    ),
    Wrong(
        "a value that its axis does not list",
        with_line("exclude: [{site: lba}]"),
        "4:18",
        "the axis `site` lists no `lba`",
        "did you mean `lab`?",
    ),
    Wrong(
        "a selector that breaks off",
        with_line('exclude: [{site: "in(lab"}]'),
        "4:18",
        "`in(lab` is no selector",
        "in(a, b)",
    ),
    Wrong(
        "an exclude of everything",
        with_line("exclude: [{reason: why}]"),
        "4:11",
        "this would exclude everything",
        "site: lab",
    ),
    Wrong(
        "two values of one name",
        "name: x\naxes:\n  site: [lab, {name: lab}]\n  accelerator: [b]\nsuites: {smoke: {}}\n",
        "3:22",
        "the axis `site` has two values `lab`",
        "line 3",
    ),
    Wrong(
        "a suite nobody defined",
        "name: x\naxes: {site: [a], accelerator: [b]}\nsuites: {smok: {}}\n",
        "3:10",
        "nobody defined the suite `smok`",
        "did you mean `smoke`?",
    ),
    Wrong(
        "an include of a suite nobody defined",
        with_line("include: [{suite: smok, color: red}]"),
        "4:19",
        "nobody defined the suite `smok`",
        "did you mean `smoke`?",
    ),
    Wrong(
        "a suite with a program and a command",
        "name: x\naxes: {site: [a], accelerator: [b]}\n"
        "suites: {t: {program: smoke, command: [x]}}\n",
        "3:10",
        "`t` has a program and a command",
        "keep one",
    ),
    Wrong(
        "a program that nobody wrote",
        "name: x\naxes: {site: [a], accelerator: [b]}\nsuites: {t: {program: smokes}}\n",
        "3:23",
        "there is no program `smokes`",
        "did you mean `smoke`?",
    ),
    Wrong(
        "an empty command",
        with_line("exclude: []").replace("{smoke: {}}", "{t: {command: []}}"),
        "3:23",
        "this is empty",
        "leave the key out",
    ),
    Wrong(
        "a requirement that is not pinned",
        GOOD.replace("{smoke: {}}", "{t: {command: [x], environment: {requirements: [numpy]}}}"),
        "3:57",
        "`numpy` is not pinned",
        "name==version",
    ),
    Wrong(
        "a requirement on a component that is not taken",
        GOOD.replace(
            "{smoke: {}}", '{t: {command: [x], environment: {requirements: ["torch=={torch}"]}}}'
        ),
        "3:57",
        "the suite does not take `torch`",
        "add `takes: [torch]`",
    ),
    Wrong(
        "a suite that takes what no stack has",
        GOOD.replace("{smoke: {}}", "{t: {command: [x], takes: [vllm]}}"),
        "3:10",
        "takes `vllm`, which no stack has",
        "to a stack",
    ),
    Wrong(
        "a moving reference as a version",
        with_line("stacks: {stable: {torch: nightly}}"),
        "4:26",
        "`nightly` is no version",
        "exact version",
    ),
    Wrong(
        "an axis called like a key of includes",
        GOOD.replace("axes: {", "axes: {timeout: [a], "),
        "2:8",
        "an axis cannot be called `timeout`",
        "take another",
    ),
    Wrong(
        "a default of site",
        GOOD.replace("[lab,", "[{name: lab, default: true},"),
        "2:27",
        "`site` takes no default",
        "names its site",
    ),
    Wrong(
        "two defaults",
        GOOD.replace("axes: {", "axes: {d: [{name: a, default: true}, {name: b, default: true}], "),
        "2:48",
        "the axis `d` has two defaults",
        "line 2",
    ),
    Wrong(
        "an include that makes half a cell",
        with_line("include:\n  - {site: mars}"),
        "5:5",
        "names no accelerator",
        "add `accelerator",
    ),
    Wrong(
        "a mistyped key of an include",
        with_line("include:\n  - {acelerator: cpu, color: red}"),
        "5:6",
        "unknown key `acelerator`",
        "did you mean `accelerator`?",
    ),
    Wrong(
        "an include that changes what a suite is",
        with_line("include:\n  - {site: lab, command: run}"),
        "5:17",
        "an include cannot change a suite's `command`",
        "it can change timeout",
    ),
    Wrong(
        "a list as a literal of an include",
        with_line("include:\n  - {site: [lab, edge], color: red}"),
        "5:12",
        "expected a single value",
        "write several includes",
    ),
    Wrong(
        "one job told twice",
        with_line(
            "include:\n  - {site: mars, accelerator: cpu}\n  - {site: mars, accelerator: cpu}"
        ),
        "6:5",
        "the job `mars/cpu:smoke@stable` comes from lines 5 and 6",
        "take one out",
    ),
    Wrong(
        "more jobs than anybody can run",
        GOOD.replace("[lab, edge]", f"[{', '.join(f's{n}' for n in range(1200))}]").replace(
            "[cpu, gpu]", f"[{', '.join(f'a{n}' for n in range(1200))}]"
        ),
        "2:1",
        "this makes up to 1,440,000 jobs",
        "the limit is 1,000,000",
    ),
    Wrong(
        "a wrong role",
        GOOD.replace("smoke: {}", "smoke: {role: headlin}"),
        "3:24",
        "`headlin` is not one of `headline`, `watch` or `shadow`",
        "did you mean `headline`?",
    ),
    Wrong(
        "a key that is missing in a metric",
        GOOD.replace("smoke: {}", "t: {command: [x], metrics: {speed: {unit: s}}}"),
        "3:45",
        "`better` is missing here",
        "add `better`",
    ),
    Wrong(
        "no axes in axes",
        "name: x\naxes: {}\nsuites: {smoke: {}}\n",
        "2:1",
        "`axes` is empty",
        "add one",
    ),
    Wrong(
        "a key that is a list",
        with_line("? [a]\n: b"),
        "4:3",
        "a key has to be a word",
        "quote it",
    ),
    Wrong(
        "a key that is missing",
        with_line("? \n: b"),
        "4:2",
        "a key is missing before `:`",
        "write a name",
    ),
)


def mistakes(text: str | bytes) -> tuple[Mistake, ...]:
    with pytest.raises(CoevoError) as caught:
        parse(text, "m.yaml")
    assert caught.value.exit_code == 2
    return caught.value.mistakes


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.what)
def test_a_mistake_is_told_with_its_place_the_problem_and_a_hint(wrong: Wrong) -> None:
    found = mistakes(wrong.text)

    told = [each for each in found if wrong.problem in each.problem]
    assert told, [str(each) for each in found]
    assert str(told[0].place).startswith(f"m.yaml:{wrong.place}")
    assert wrong.hint in told[0].hint


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.what)
def test_a_mistake_brings_no_others_along(wrong: Wrong) -> None:
    # The first of a pair may be told too: an anchor before its alias, a name before another.
    assert len(mistakes(wrong.text)) <= 2


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.what)
def test_what_is_told_never_moves_a_cursor(wrong: Wrong) -> None:
    text = str(CoevoError(*mistakes(wrong.text)))

    assert all(character.isprintable() or character == "\n" for character in text)


def test_the_text_without_mistakes_is_fine() -> None:
    assert parse(GOOD, "m.yaml").name == "x"


def test_all_mistakes_of_a_file_come_in_one_go_in_the_order_of_their_places() -> None:
    text = dedent("""\
        name: Big
        axes:
          site: [a, a]
          acelerator: [cpu]
        suites:
          smok: {}
          mine: {command: [x], shards: 0, timout: 3m}
        stacks: {stable: {torch: 3.10}}
        exclude:
          - {sit: a}
        policies: {timeout: 30}
        triggers: {}
        """)

    found = mistakes(text)

    assert [str(each.place).removeprefix("m.yaml:") for each in found] == [
        "1:7",
        "3:13",
        "4:3",
        "6:3",
        "7:32",
        "7:35",
        "8:26",
        "10:6",
        "11:21",
        "12:1",
    ]


def test_a_mistake_is_written_with_its_line_and_a_caret_under_the_place() -> None:
    assert str(mistakes(with_line("polcies: {}"))[0]) == dedent("""\
        m.yaml:4:1: unknown key `polcies`
        polcies: {}
        ^
          hint: did you mean `policies`?""")


@pytest.mark.parametrize(
    ("line", "caret"),
    [
        ("label: [a]", 7),
        ("label:    [a]", 10),
        ("policies: {日本: 3}", 11),
        ('{"a\tb": 3, zzz: 4}', 11),
        ('{"日本": 3, zzz: 4}', 12),
        ('{"e\u0301": 3, zzz: 4}', 9),
    ],
)
def test_the_caret_stands_under_its_place_beside_tabs_and_wide_characters(
    line: str, caret: int
) -> None:
    text = line if line.startswith("{") else with_line(line)
    shown = str(next(each for each in mistakes(text) if "is missing" not in each.problem))
    if line.startswith("{"):
        shown = str(next(each for each in mistakes(text) if "zzz" in each.problem))

    assert shown.splitlines()[2] == " " * caret + "^"


def test_a_long_line_is_quoted_around_the_place() -> None:
    text = GOOD + "exclude: [" + "{site: lab}, " * 500 + "{sitte: lab}]\n"

    found = mistakes(text)[0]

    assert len(found.excerpt) <= 100
    assert found.excerpt[found.indent :].startswith("sitte: lab")


def test_fifty_mistakes_are_told_and_that_there_are_more() -> None:
    found = mistakes(GOOD + "".join(f"key{n}: 1\n" for n in range(2000)))

    assert len(found) == 51
    assert found[-1].problem == "and more; these are the first 50"


def test_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(CoevoError, match=r"cannot read .*gone\.yaml: No such file"):
        load(tmp_path / "gone.yaml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(CoevoError, match="Is a directory"):
        load(tmp_path)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "huge.yaml"
    with file.open("wb") as sparse:
        sparse.truncate(2**40)

    with pytest.raises(CoevoError, match="the limit is 262,144"):
        load(file)


def test_a_mark_of_byte_order_is_no_mistake() -> None:
    assert parse(b"\xef\xbb\xbf" + GOOD.encode(), "m.yaml").name == "x"


def test_lines_may_end_as_on_windows() -> None:
    assert parse(GOOD.replace("\n", "\r\n"), "m.yaml") == parse(GOOD, "m.yaml")


# --- Whatever the bytes: a matrix or mistakes, never anything else. ---------------------------


@given(st.binary(max_size=400))
def test_random_bytes_are_told_to_be_wrong(raw: bytes) -> None:
    assert mistakes(raw)


@given(st.text(alphabet="[]{}:,-?&*!|>'\"%@`#\n\t ab01.<~\\\0é", max_size=80))
@example("? ? ? a")
@example("%TAG ! a:\n---\n!a b")
@example("&a [*a]")
@example("- - - a\n  - b")
def test_random_yaml_is_told_to_be_wrong(text: str) -> None:
    assert mistakes(text)


@given(
    st.integers(0, len(default_text()) - 1),
    st.integers(0, 60),
    st.sampled_from([b"", b"[", b"}", b":", b"\0", b"\t", b"\xff", b"\n", b"- ", b"*a", b"!x "]),
)
def test_the_default_file_with_a_wound_is_read_or_told_to_be_wrong(
    at: int, cut: int, put: bytes
) -> None:
    raw = default_text()
    # A traceback is what would fail here; both other ways out are right.
    with suppress(CoevoError):
        assert parse(raw[:at] + put + raw[at + cut :], "m.yaml").name


# --- In bounded time and memory. ---------------------------------------------------------------

BOMBS = {
    "brackets": "[" * 200_000,
    "braces": "{a: " * 60_000,
    "lists in lists": "- " * 100_000,
    "indents": "".join(" " * n + "a:\n" for n in range(700)),
    "question marks": "? " * 100_000,
    "aliases": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(
        f"{c}: &{c} [{','.join(['*' + p] * 9)}]\n"
        for p, c in zip("abcdefghi", "bcdefghij", strict=True)
    ),
    "merge keys": "a0: &a0 {x: 1}\n"
    + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 25)),
    "anchors": "".join(f"k{n}: &a{n} 1\n" for n in range(9_000)),
    "wide list": "name: x\naxes: {site: [" + "a," * 19_000 + "]}",
    "wide mapping": "".join(f"k{n}: {n}\n" for n in range(9_900)),
    "traps": "a: [" + "3.10," * 19_000 + "]",
    "tags": "".join(f"k{n}: !t 1\n" for n in range(9_000)),
    "control characters": "\x01" * 250_000,
    "long word": "name: " + "x" * 250_000,
    "long digits": "name: " + "9" * 250_000,
    "long comment": "#" * 250_000,
    "long quote": 'name: "' + "\\x41" * 60_000 + '"',
    "blank lines": "\n" * 250_000,
    "unknown words": GOOD
    + "exclude:\n"
    + "".join(f" - {{site: {'y' * 40}{n}}}\n" for n in range(4_000)),
    "idle includes": GOOD + "include:\n" + "".join(f" - {{site: z{n}}}\n" for n in range(6_000)),
    "many axes": "name: x\naxes:\n  site: [s]\n  accelerator: [a]\n"
    + "".join(f"  a{n}: [{','.join(f'v{m}' for m in range(20))}]\n" for n in range(200))
    + "suites: {smoke: {}}\n",
}
MEASURED = """
import json, resource, sys, time
from pathlib import Path
from matrix.errors import CoevoError
from matrix.load import default_matrix, load
default_matrix()  # what is idle has loaded its modules
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.process_time()
try:
    load(Path(sys.argv[1]))
    count = 0
except CoevoError as error:
    count = len(error.mistakes)
seconds = time.process_time() - start
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle
print(json.dumps([count, seconds, grown / 1024]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_costs_less_than_a_second_and_50_mb(bomb: str, tmp_path: Path) -> None:
    file = tmp_path / "bomb.yaml"
    file.write_text(BOMBS[bomb])

    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(file)],
        check=True,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31)),
    )

    count, seconds, megabytes = json.loads(done.stdout)
    assert 1 <= count <= 51
    assert seconds < 1  # of this process alone, so that a busy machine does not count
    assert megabytes < 50
