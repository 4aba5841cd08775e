from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from dashboard.web import loglines
from dashboard.web.loglines import LINES_A_PAGE, LineIndex, LineIndexes, Start, page_from
from orchestrator.views import LogPiece

Read = Callable[[int, int], LogPiece]


def reading(data: bytes, *, closed: bool = True, hole: tuple[int, int] | None = None) -> Read:
    """A store's log: in a hole, reading goes on behind it."""

    def read(offset: int, limit: int) -> LogPiece:
        begin, end = offset, len(data)
        if hole and hole[0] <= offset < hole[1]:
            begin = hole[1]
        elif hole and offset < hole[0]:
            end = hole[0]
        return LogPiece(begin, data[begin : min(begin + limit, end)], len(data), closed)

    return read


def test_lines_are_numbered_from_one() -> None:
    page = page_from(reading(b"a\nb\n"), Start(1, 0), 1)
    assert [(line.number, line.text) for line in page.lines] == [(1, "a"), (2, "b")]
    assert page.is_last
    assert page.closed


def test_a_last_line_without_a_break_counts() -> None:
    page = page_from(reading(b"a\nb"), Start(1, 0), 1)
    assert [line.text for line in page.lines] == ["a", "b"]


def test_an_empty_log_has_an_empty_page() -> None:
    page = page_from(reading(b"", closed=False), Start(1, 0), 1)
    assert page.lines == ()
    assert page.is_last
    assert not page.closed


def test_a_log_that_does_not_exist_is_closed() -> None:
    assert page_from(lambda *_: None, Start(1, 0), 1).closed


def test_empty_lines_keep_their_numbers() -> None:
    page = page_from(reading(b"\n\nx\n"), Start(1, 0), 1)
    assert [line.text for line in page.lines] == ["", "", "x"]


def test_a_page_ends_after_its_lines_and_the_next_goes_on() -> None:
    data = b"".join(b"line %d\n" % number for number in range(1, LINES_A_PAGE + 6))
    first = page_from(reading(data), Start(1, 0), 1)
    second = page_from(reading(data), Start(first.next_line, first.end), 2)
    assert len(first.lines) == LINES_A_PAGE
    assert not first.is_last
    assert [line.number for line in second.lines] == list(range(LINES_A_PAGE + 1, LINES_A_PAGE + 6))
    assert second.lines[0].text == f"line {LINES_A_PAGE + 1}"


def test_the_index_finds_any_page_and_the_page_of_any_line() -> None:
    data = b"x\n" * (LINES_A_PAGE * 3)
    index = LineIndex()
    assert index.page(reading(data), 3).lines[0].number == 2 * LINES_A_PAGE + 1
    assert index.page(reading(data), 99).page == 3
    assert index.page_of_line(reading(data), 1) == 1
    assert index.page_of_line(reading(data), LINES_A_PAGE + 1) == 2
    assert index.page_of_line(reading(data), 10**9) == 3


def test_the_index_reads_no_further_than_somebody_looks() -> None:
    data = b"x\n" * (LINES_A_PAGE * 10)
    asked: list[int] = []

    def read(offset: int, limit: int) -> LogPiece:
        asked.append(offset)
        return reading(data)(offset, limit)

    LineIndex().page(read, 1)
    assert asked == [0]


def test_the_index_sees_what_was_appended() -> None:
    index = LineIndex()
    index.page(reading(b"x\n", closed=False), 9)
    grown = b"x\n" * (LINES_A_PAGE + 1)
    assert index.page(reading(grown), 2).lines[0].number == LINES_A_PAGE + 1


def test_a_line_longer_than_a_page_is_taken_in_pieces() -> None:
    data = b"y" * (loglines.BYTES_A_PAGE + 10) + b"\nend\n"
    first = page_from(reading(data), Start(1, 0), 1)
    second = page_from(reading(data), Start(first.next_line, first.end), 2)
    assert len(first.lines[0].text) == loglines.BYTES_A_PAGE
    assert [line.text for line in second.lines] == ["y" * 10, "end"]


def test_lost_bytes_are_told_where_they_are_missing() -> None:
    data = b"a\nb\n" + b"." * 96 + b"z\n"
    read = reading(data, hole=(4, 100))
    first = page_from(read, Start(1, 0), 1)
    second = page_from(read, Start(first.next_line, first.end), 2)
    assert [line.text for line in first.lines] == ["a", "b"]
    assert [(line.text, line.lost) for line in second.lines] == [("z", 96)]


def test_a_search_takes_text_as_text_in_any_case() -> None:
    data = b"one\nERROR: a.*b\nthree\nerror again\n"
    hits = loglines.found(reading(data), "error")
    assert [(line.number, line.text) for line in hits] == [(2, "ERROR: a.*b"), (4, "error again")]
    assert [line.number for line in loglines.found(reading(data), ".*")] == [2]
    assert loglines.found(reading(data), "") == ()


def test_a_search_ends_after_enough_hits() -> None:
    assert len(loglines.found(reading(b"hit\n" * 5000), "hit")) == 200


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    assert page_from(reading(b"\xff\xfe\n"), Start(1, 0), 1).lines[0].text == "\ufffd\ufffd"


def test_the_oldest_indexes_are_forgotten() -> None:
    indexes = LineIndexes()
    first = indexes.of(0)
    assert indexes.of(0) is first
    for attempt in range(1, 300):
        indexes.of(attempt)
    assert indexes.of(0) is not first


@given(st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line), max_size=50))
def test_no_line_is_lost_or_doubled(lines: list[bytes]) -> None:
    data = b"".join(line + b"\n" for line in lines)
    page = page_from(reading(data), Start(1, 0), 1)
    assert [line.text for line in page.lines] == [line.decode("utf-8", "replace") for line in lines]
