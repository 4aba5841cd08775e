"""A log keeps its beginning and its end, counts the rest, and holds no more than its limit."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from runners.log import LAST_LINES, LINE_CHARACTERS, PIECE_BYTES, Log, head_bytes


def logged(limit: int, pieces: list[bytes], folder: Path) -> tuple[Log, list[tuple[int, bytes]]]:
    chunks: list[tuple[int, bytes]] = []
    log = Log(limit, folder / "spool", lambda at, data: chunks.append((at, data)))
    for piece in pieces:
        log.write(piece)
    log.close()
    return log, chunks


@given(
    st.integers(8, 400),
    st.lists(st.binary(min_size=1, max_size=300), max_size=12),
)
def test_beginning_and_end_are_kept_to_the_byte(limit: int, pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    with tempfile.TemporaryDirectory() as folder:
        log, chunks = logged(limit, pieces, Path(folder))
        assert list(Path(folder).iterdir()) == []
    kept = {at + i: byte for at, data in chunks for i, byte in enumerate(data)}
    assert all(whole[at] == byte for at, byte in kept.items())
    head, lost = head_bytes(limit), max(0, len(whole) - limit)
    assert (log.bytes, log.lost_bytes) == (len(whole), lost)
    promised = [*range(min(head, len(whole))), *range(head + lost, len(whole))]
    assert set(promised) <= kept.keys()
    assert len(promised) == min(limit, len(whole))


@given(st.lists(st.sampled_from([b"a", b"bc", b"\n", b"d\ne\n", b"x" * 70]), max_size=60))
def test_the_last_lines_are_those_of_the_whole_text(pieces: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log, _ = logged(1 << 16, pieces, Path(folder))
    lines = b"".join(pieces).decode().split("\n")
    if not lines[-1].strip():
        lines.pop()
    assert list(log.last_lines()) == [line[-LINE_CHARACTERS:] for line in lines[-LAST_LINES:]]


def test_a_log_is_handed_on_in_pieces_that_can_be_stored(tmp_path: Path) -> None:
    _, chunks = logged(1 << 20, [b"x" * 300_000], tmp_path)
    assert [at for at, _ in chunks] == [0, 65536, 131072, 196608, 262144]
    assert max(len(data) for _, data in chunks) == PIECE_BYTES


def test_small_writes_wait_to_be_handed_on_together(tmp_path: Path) -> None:
    chunks: list[tuple[int, bytes]] = []
    log = Log(1 << 20, tmp_path / "spool", lambda at, data: chunks.append((at, data)))
    log.write(b"a")
    log.write(b"b")
    assert log.is_waiting
    assert chunks == []
    log.flush()
    assert chunks == [(0, b"ab")]
    assert not log.is_waiting


def test_a_spool_that_cannot_be_written_costs_the_end_only(tmp_path: Path) -> None:
    chunks: list[tuple[int, bytes]] = []
    log = Log(16, tmp_path / "no" / "spool", lambda at, data: chunks.append((at, data)))
    log.write(b"x" * 40)
    log.close()
    assert chunks == [(0, b"x" * 16)]
    assert log.bytes == 40
