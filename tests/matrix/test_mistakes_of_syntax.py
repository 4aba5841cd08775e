"""What is no YAML, or more of it than a matrix needs, is told with a place and a hint."""

from __future__ import annotations

import pytest
from wrong_matrices import Wrong, assert_told, with_line

WRONG = (
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
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.what)
def test_what_is_no_yaml_of_ours_is_told(wrong: Wrong) -> None:
    assert_told(wrong)
