"""How a file says that an axis is open, what that changes, and the mistakes one can make."""

from __future__ import annotations

import pytest
from small_matrices import HEAD, matrix
from wrong_matrices import Wrong, assert_told

from matrix.declaration import AxisShape
from matrix.expand import expand
from matrix.load import parse

LIST = "site: [lab, edge]"
CLOSED = HEAD.replace(LIST, "site: {values: [lab, edge]}")
SHUT = HEAD.replace(LIST, "site: {open: false, values: [lab, edge]}")
OPEN = HEAD.replace(LIST, "site: {open: true, values: [lab, edge]}")


def axis(text: str) -> str:
    """A file whose axis `site` is this."""
    return HEAD.replace("[lab, edge]", text)


WRONG = (
    Wrong("an unknown key", axis("{opne: true, values: [a]}"), "3:10", "key `opne`", "`open`"),
    Wrong("no values", axis("{open: true}"), "3:9", "`values` is missing", "add `values`"),
    Wrong("nothing listed", axis("{open: true, values: []}"), "3:", "this is empty", "at least"),
    Wrong("no truth", axis("{open: maybe, values: [a]}"), "3:16", "expected true or false", ""),
    Wrong("no list", axis("{values: a}"), "3:18", "expected a list, found `a`", "[a, b]"),
    Wrong("a bare word", axis("lab"), "3:9", "expected a list, found `lab`", "[a, b]"),
    Wrong("twice", axis("{open: true, values: [a, a]}"), "3:34", "two values `a`", "line 3"),
    Wrong(
        "a wrong key of a value",
        axis("{open: true, values: [{nam: a}]}"),
        "3:32",
        "unknown key `nam`",
        "`name`",
    ),
    Wrong(
        "a default of a site",
        axis("{open: true, values: [{name: a, default: true}]}"),
        "3:",
        "`site` takes no default",
        "names its site",
    ),
    Wrong(
        "an unlisted value of an axis that is not open",
        OPEN + "exclude: [{accelerator: npu}]\n",
        "6:",
        "the axis `accelerator` lists no `npu`",
        "",
    ),
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.what)
def test_a_mistake_is_told_with_its_place(wrong: Wrong) -> None:
    assert_told(wrong)


@pytest.mark.parametrize("text", [CLOSED, SHUT])
def test_a_closed_axis_means_its_list_however_it_is_written(text: str) -> None:
    assert parse(text, "m").digest == matrix().digest
    assert [job.id for job in expand(parse(text, "m"))] == [job.id for job in expand(matrix())]


def test_an_open_axis_is_another_declaration() -> None:
    assert parse(OPEN, "m").digest != matrix().digest


def test_the_model_says_which_axes_are_open() -> None:
    assert [axis.open for axis in parse(OPEN, "m").axes] == [True, False]


def test_values_of_an_open_axis_keep_their_labels_and_lines() -> None:
    text = axis("\n    open: true\n    values:\n      - {name: lab, label: The lab}\n      - edge")
    values = parse(text, "m").axis("site").values
    assert [(value.name, value.label, value.line) for value in values] == [
        ("lab", "The lab", 6),
        ("edge", "edge", 7),
    ]


def test_a_free_open_axis_may_have_a_default() -> None:
    text = OPEN.replace("suites:", "  d: {open: true, values: [{name: x, default: true}]}\nsuites:")
    assert parse(text, "m").axis("d").default == "x"


@pytest.mark.parametrize(
    "rule",
    [
        "exclude: [{site: garage}]",
        "exclude: [{site: [garage, lab], suite: a}]",
        'exclude: [{site: "!garage", suite: a}]',
        "include: [{when: {site: garage}, timeout: 5m}]",
        'include: [{when: {site: "!in(lab, edge)"}, timeout: 5m}]',
    ],
)
def test_rules_may_name_what_nobody_listed(rule: str) -> None:
    assert expand(matrix(rule, OPEN))


def test_a_when_that_can_select_nothing_even_so_is_a_mistake() -> None:
    rule = "exclude: [{suite: a}]\ninclude:\n  - {when: {suite: a, site: lab}, seed: 1}"
    wrong = Wrong("", OPEN + rule + "\n", "8:6", "`when` never selects anything", "no exclude")
    assert_told(wrong)


def test_the_shape_of_a_closed_axis_is_written_as_its_list() -> None:
    given = {"values": [{"name": "lab"}]}
    closed, opened = (AxisShape.model_validate(given | {"open": on}) for on in (False, True))
    assert closed.model_dump_json() == '[{"name":"lab","label":null,"default":false}]'
    assert opened.model_dump_json().startswith('{"open":true,"values":[')
