"""Pieces of a file in any order, from several senders, twice, and with wrong ones among them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from handing import artifact
from hypothesis import given
from hypothesis import strategies as st

from runners.artifacts import Artifacts

DATA = st.binary(min_size=1, max_size=40)
CUTS = st.lists(st.tuples(st.integers(0, 45), st.integers(0, 20)), max_size=30)


@contextmanager
def empty() -> Iterator[Artifacts]:
    with tempfile.TemporaryDirectory() as name:
        yield Artifacts(Path(name))


def finish(store: Artifacts, data: bytes, piece: int) -> int:
    """Send what is lacking, as told; how many pieces that took."""
    one, there, sent = artifact(data), 0, 0
    while True:
        there, trouble = store.bring(one.digest, one.bytes, there, data[there : there + piece])
        sent += 1
        assert not trouble
        if there == one.bytes:
            return sent


@given(DATA, CUTS)
def test_pieces_in_any_order_never_make_anything_but_the_file(
    data: bytes, cuts: list[tuple[int, int]]
) -> None:
    one, whole = artifact(data), 0
    with empty() as store:
        for offset, length in cuts:
            piece = data[offset : offset + length]
            before = whole
            whole, trouble = store.bring(one.digest, one.bytes, offset, piece)
            reaches = offset <= before < offset + len(piece)
            assert (whole, trouble) == (offset + len(piece) if reaches else before, "")
            assert store.has(one.digest) == (whole == one.bytes)
        finish(store, data, 7)
        assert store.read(one.digest, 0, 100) == data


@given(DATA, st.integers(0, 40), st.integers(1, 40))
def test_what_is_there_already_is_not_sent_again(data: bytes, before: int, piece: int) -> None:
    one, before = artifact(data), min(before, len(data) - 1)
    with empty() as store:
        store.bring(one.digest, one.bytes, 0, data[:before])
        there = store.bring(one.digest, one.bytes, 0, b"").there
        assert there == before
        store.bring(one.digest, one.bytes, there, data[there : there + piece])
        finish(store, data, piece)
        assert finish(store, data, piece) == 1


@given(DATA, CUTS, st.data())
def test_a_wrong_piece_never_becomes_a_file(
    data: bytes, cuts: list[tuple[int, int]], draw: st.DataObject
) -> None:
    one = artifact(data)
    with empty() as store:
        for offset, length in cuts:
            sound = data[offset : offset + length]
            piece = draw.draw(st.sampled_from([sound, bytes(255 - byte for byte in sound)]))
            store.bring(one.digest, one.bytes, offset, piece)
            if store.has(one.digest):
                assert store.check(one.digest)
        store.bring(one.digest, one.bytes, 0, data)  # may meet a spoilt draft, which goes
        store.bring(one.digest, one.bytes, 0, data)
        rest, there = data, store.bring(one.digest, one.bytes, 0, b"").there
        if there < one.bytes:  # the draft was spoilt, and is found out at its end
            assert store.bring(one.digest, one.bytes, there, rest[there:]).trouble
            finish(store, data, 40)
        assert store.read(one.digest, 0, 100) == data


@pytest.mark.slow
@pytest.mark.parametrize("size", [0, 1, 200_000])
def test_senders_at_the_same_moment_make_one_file(tmp_path: Path, size: int) -> None:
    data = bytes(number % 251 for number in range(size))
    one = artifact(data)

    def send(number: int) -> None:
        store, there, piece = Artifacts(tmp_path), -1, 997 * (number + 1)
        while there < size:
            there = max(there, 0)
            there, trouble = store.bring(one.digest, size, there, data[there : there + piece])
            assert not trouble

    with ThreadPoolExecutor(6) as senders:
        list(senders.map(send, range(6)))
    assert Artifacts(tmp_path).check(one.digest)
    assert list((tmp_path / "artifacts" / "drafts").glob("*")) == []
