"""All mistakes of a file in one go, quoted with a caret, whatever the bytes."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wrong_matrices import GOOD, mistakes, with_line

from matrix.errors import CoevoError
from matrix.load import default_text, load, parse


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
        quarantine: {}
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
