"""A log held against a naive one: a list of bytes, cut as the readers cut it."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runners.log import (
    HEAD_SHARE,
    LAST_LINES,
    LINE_CHARACTERS,
    PIECE_BYTES,
    Log,
    head_bytes,
)

Chunks = list[tuple[int, bytes]]
FLUSH = None
WRITES = st.binary(min_size=1, max_size=120)
STEPS = st.lists(WRITES | st.just(FLUSH), max_size=25)


class Naive:
    """Keeps everything, and says what a reader is to see."""

    def __init__(self, limit: int) -> None:
        self.limit, self.whole = max(limit, HEAD_SHARE), b""

    @property
    def lost(self) -> int:
        return max(0, len(self.whole) - self.limit)

    @property
    def seen(self) -> bytes:
        head = head_bytes(self.limit)
        return self.whole[:head] + self.whole[head + self.lost :]


def seen(chunks: Chunks, limit: int, lost: int) -> bytes:
    """What a reader shows of the chunks: without [head, head + lost)."""
    head = head_bytes(limit)
    kept = {at + i: byte for at, data in chunks for i, byte in enumerate(data)}
    return bytes(kept[at] for at in sorted(kept) if not head <= at < head + lost)


def opened(limit: int, folder: Path) -> tuple[Log, Chunks]:
    chunks: Chunks = []
    return Log(limit, folder / "spool", lambda at, data: chunks.append((at, data))), chunks


def played(limit: int, steps: list[bytes | None], folder: Path) -> tuple[Log, Chunks, Naive]:
    log, chunks = opened(limit, folder)
    naive = Naive(limit)
    for step in steps:
        if step is None:
            log.flush()
        else:
            log.write(step)
            naive.whole += step
    log.close()
    return log, chunks, naive


@given(st.integers(0, 500), STEPS)
def test_a_reader_sees_what_the_naive_log_shows(limit: int, steps: list[bytes | None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log, chunks, naive = played(limit, steps, Path(folder))
    assert (log.bytes, log.lost_bytes) == (len(naive.whole), naive.lost)
    assert seen(chunks, naive.limit, naive.lost) == naive.seen


@given(st.integers(8, 300), STEPS)
def test_chunks_come_in_order_and_never_twice(limit: int, steps: list[bytes | None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _, chunks, naive = played(limit, steps, Path(folder))
    assert all(one + len(data) <= other for (one, data), (other, _) in pairwise(chunks))
    assert all(naive.whole[at : at + len(data)] == data != b"" for at, data in chunks)


@given(st.integers(8, 300), STEPS)
def test_what_is_handed_on_is_never_more_than_twice_the_limit(
    limit: int, steps: list[bytes | None]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _, chunks, _ = played(limit, steps, Path(folder))
    assert sum(len(data) for _, data in chunks) <= 2 * limit


@given(st.integers(8, 200), st.lists(WRITES, max_size=12))
def test_everything_up_to_the_limit_is_there_before_the_end(
    limit: int, pieces: list[bytes]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log, chunks = opened(limit, Path(folder))
        for piece in pieces:
            log.write(piece)
            log.flush()
            assert b"".join(data for _, data in chunks) == b"".join(pieces)[: log.bytes][:limit]
        log.close()


@settings(max_examples=25)
@given(st.lists(st.integers(1, 3 * PIECE_BYTES), max_size=6))
def test_no_piece_is_larger_than_can_be_stored(sizes: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        limit = 4 * PIECE_BYTES
        _, chunks, naive = played(limit, [b"x" * size for size in sizes], Path(folder))
    assert all(len(data) <= PIECE_BYTES for _, data in chunks)
    assert len(seen(chunks, limit, naive.lost)) == min(limit, sum(sizes))


@pytest.mark.parametrize("over", [-1, 0, 1])
@pytest.mark.parametrize("step", [1, 7, 64, 65])
def test_at_the_limit_itself_no_byte_is_lost_or_told_twice(
    over: int, step: int, tmp_path: Path
) -> None:
    whole = bytes(range(64 + over))
    log, chunks = opened(64, tmp_path)
    for at in range(0, len(whole), step):
        log.write(whole[at : at + step])
    log.close()
    lost = max(0, over)
    assert log.lost_bytes == lost
    assert seen(chunks, 64, lost) == whole[:8] + whole[8 + lost :]
    assert log.bytes == 64 + over == sum(len(data) for _, data in chunks)


@pytest.mark.parametrize("rounds", [1, 2, 3, 10])
def test_the_file_goes_round_as_often_as_it_must(rounds: int, tmp_path: Path) -> None:
    whole = b"".join(bytes([i % 251]) for i in range(80 + 70 * rounds))
    log, chunks = opened(80, tmp_path)
    for at in range(0, len(whole), 3):
        log.write(whole[at : at + 3])
        spool = tmp_path / "spool"
        assert not spool.exists() or spool.stat().st_size <= 70
    log.close()
    assert seen(chunks, 80, log.lost_bytes) == whole[:10] + whole[-70:]


def test_a_log_under_its_limit_makes_no_file(tmp_path: Path) -> None:
    log, _ = opened(100, tmp_path)
    log.write(b"x" * 100)
    assert list(tmp_path.iterdir()) == []
    log.write(b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["spool"]
    log.close()
    assert list(tmp_path.iterdir()) == []


def test_closing_twice_hands_nothing_on_twice(tmp_path: Path) -> None:
    log, chunks = opened(16, tmp_path)
    log.write(b"0123456789" * 5)
    log.close()
    before = list(chunks)
    log.close()
    assert chunks == before


def test_a_log_of_nothing_is_nothing(tmp_path: Path) -> None:
    log, chunks = opened(16, tmp_path)
    log.flush()
    log.close()
    assert (chunks, log.bytes, log.lost_bytes, log.last_lines()) == ([], 0, 0, ())


@pytest.mark.parametrize("limit", [0, 1, 7])
def test_a_limit_too_small_to_be_shared_is_the_smallest_that_can(
    limit: int, tmp_path: Path
) -> None:
    log, chunks = opened(limit, tmp_path)
    log.write(b"abcdefghij")
    log.close()
    assert log.lost_bytes == 2
    assert seen(chunks, HEAD_SHARE, 2) == b"adefghij"


@pytest.mark.parametrize(
    ("limit", "head"), [(8, 1), (9, 1), (16, 2), (1 << 20, 1 << 17), (64 * 2**20, 8 * 2**20)]
)
def test_an_eighth_of_the_limit_is_the_beginning(limit: int, head: int) -> None:
    assert head_bytes(limit) == head


TEXTS = st.text(st.sampled_from("ab é\n\n"), max_size=40)


def naive_lines(text: str) -> list[str]:
    *whole, rest = text.split("\n")
    lines = [*whole, rest] if rest.strip() else whole
    return [line[-LINE_CHARACTERS:] for line in lines[-LAST_LINES:]]


@given(st.lists(TEXTS, max_size=30), st.integers(1, 9))
def test_the_last_lines_do_not_depend_on_where_the_text_was_cut(
    texts: list[str], step: int
) -> None:
    whole = "".join(texts).encode()
    with tempfile.TemporaryDirectory() as folder:
        log, _ = opened(1 << 16, Path(folder))
        for at in range(0, len(whole), step):
            log.write(whole[at : at + step])
        log.close()
    assert list(log.last_lines()) == naive_lines("".join(texts))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (b"one", ("one",)),
        (b"one\n", ("one",)),
        (b"one\n\n", ("one", "")),
        (b"one\n   ", ("one",)),
        (b"one\r\ntwo\r\n", ("one", "two")),
        (b"10%\r50%\r100%\n", ("10%\r50%\r100%",)),
        (b"a\0b\n", ("a\ufffdb",)),
        (b"caf\xc3\xa9 \xff\n", ("café \ufffd",)),
        (b"\x1b[31mred\x1b[0m\n", ("\x1b[31mred\x1b[0m",)),
        (b"x" * 5000 + b"end\n", ("x" * (LINE_CHARACTERS - 3) + "end",)),
        (b"\n" * 50 + b"last", ("",) * 19 + ("last",)),
    ],
)
def test_last_lines_are_text_that_a_page_can_show(
    text: bytes, lines: tuple[str, ...], tmp_path: Path
) -> None:
    log, _ = opened(1 << 16, tmp_path)
    log.write(text)
    assert log.last_lines() == lines


def test_last_lines_are_those_of_the_end_even_where_the_middle_is_lost(tmp_path: Path) -> None:
    log, _ = opened(16, tmp_path)
    for number in range(1000):
        log.write(f"line {number}\n".encode())
    log.close()
    assert log.last_lines() == tuple(f"line {number}" for number in range(980, 1000))
