"""Hidden characters, words that readers disagree about, and bombs are told with a place."""

from __future__ import annotations

import pytest
from wrong_matrices import GOOD, Wrong, assert_told, with_line

WRONG = (
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
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.what)
def test_a_word_or_a_size_that_is_not_read_is_told(wrong: Wrong) -> None:
    assert_told(wrong)
