from __future__ import annotations

import random
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import World, report_of

from orchestrator.store.expiring import expire
from orchestrator.store.policy import LEASE, grace
from orchestrator.store.read_logs import log
from orchestrator.views import LogPiece
from runners.work import Key, LogChunk

QUICK = "lab/cpu:quick"
ALPHABET = b"abcdefghijklmnopqrstuvwxyz"


def held(world: World) -> Key:
    world.start(QUICK)
    (ticket,) = world.claim()
    return ticket.key


def wrote(world: World, key: Key, *chunks: tuple[int, bytes]) -> None:
    world.queue.note(world.runner, [], [LogChunk(key, at, data) for at, data in chunks])


def piece(world: World, attempt: int, offset: int = 0, limit: int = 10**6) -> LogPiece:
    found = log(world.store, attempt, offset, limit)
    assert found is not None
    return found


@pytest.fixture
def written(small: World) -> World:
    """An open attempt whose log is the alphabet, in chunks of 10, 1, 5 and 10 bytes."""
    key = held(small)
    ends = (0, 10, 11, 16, 26)
    wrote(small, key, *((a, ALPHABET[a:b]) for a, b in pairwise(ends)))
    return small


@pytest.mark.parametrize("offset", [0, 1, 9, 10, 11, 12, 15, 16, 25])
@pytest.mark.parametrize("limit", [1, 2, 5, 10, 11, 26, 1000])
def test_any_stretch_of_a_log_is_read(written: World, offset: int, limit: int) -> None:
    stretch = ALPHABET[offset : offset + limit]
    assert piece(written, 1, offset, limit) == (offset, stretch, 26, False)


@pytest.mark.parametrize("size", [1, 3, 10, 26])
def test_a_log_read_piece_by_piece_is_the_whole(written: World, size: int) -> None:
    read = b""
    while part := piece(written, 1, len(read), size).data:
        read += part
    assert read == ALPHABET


def test_a_reader_at_the_end_reads_nothing_and_knows_the_end(written: World) -> None:
    assert piece(written, 1, 26, 10) == (26, b"", 26, False)


def test_a_reader_behind_the_end_learns_where_the_end_really_is(written: World) -> None:
    assert piece(written, 1, 1000, 10) == (1000, b"", 26, False)


def test_a_reader_of_nothing_learns_how_far_the_log_goes(written: World) -> None:
    found = piece(written, 1, 0, 0)
    assert (found.data, found.end) == (b"", 26)


def test_a_follower_reads_on_where_it_stopped(written: World) -> None:
    wrote(written, Key(1, 1), (26, b"0123"))
    assert piece(written, 1, 26, 10) == (26, b"0123", 30, False)


def test_a_log_that_has_not_begun_is_empty_and_open(small: World) -> None:
    held(small)
    assert piece(small, 1) == (0, b"", 0, False)


def test_a_log_that_never_began_is_closed_with_its_attempt(small: World) -> None:
    small.carry_out(report_of(), QUICK)
    assert piece(small, 1) == (0, b"", 0, True)


def test_an_attempt_without_a_line_beside_one_that_wrote_is_empty(small: World) -> None:
    wrote(small, held(small), (0, b"words"))
    held(small)
    assert piece(small, 2) == (0, b"", 0, False)


@pytest.mark.parametrize("attempt", [0, -1, 2, 2**40])
def test_an_attempt_that_does_not_exist_has_no_log(written: World, attempt: int) -> None:
    assert log(written.store, attempt, 0, 10) is None


def test_logs_of_attempts_side_by_side_do_not_mix(small: World) -> None:
    first, second = held(small), held(small)
    wrote(small, first, (0, b"first "))
    wrote(small, second, (0, b"second "))
    wrote(small, first, (6, b"again"))
    assert piece(small, 1).data == b"first again"
    assert piece(small, 2).data == b"second "


def test_chunks_that_come_late_are_put_in_their_place(small: World) -> None:
    key = held(small)
    wrote(small, key, (4, b"eggs"))
    wrote(small, key, (0, b"ham "))
    assert piece(small, 1) == (0, b"ham eggs", 8, False)


def test_what_was_kept_first_at_an_offset_stays(small: World) -> None:
    key = held(small)
    wrote(small, key, (0, b"first"))
    wrote(small, key, (0, b"other"))
    assert piece(small, 1).data == b"first"


def test_a_chunk_that_overlaps_what_is_there_is_read_once(small: World) -> None:
    wrote(small, held(small), (0, b"abcdef"), (3, b"defghi"))
    assert piece(small, 1) == (0, b"abcdefghi", 9, False)


def test_an_empty_chunk_changes_nothing(small: World) -> None:
    key = held(small)
    wrote(small, key, (0, b""), (0, b"words"), (5, b""))
    assert piece(small, 1) == (0, b"words", 5, False)


def test_reading_stops_before_a_gap_and_goes_on_behind_it(small: World) -> None:
    wrote(small, held(small), (0, b"head"), (50, b"mid"), (53, b"dle"), (90, b"tail"))
    assert piece(small, 1, 0) == (0, b"head", 94, False)
    assert piece(small, 1, 20) == (50, b"middle", 94, False)
    assert piece(small, 1, 56) == (90, b"tail", 94, False)


def test_a_log_whose_head_was_lost_begins_where_it_is_kept(small: World) -> None:
    wrote(small, held(small), (2**33, b"tail"))
    assert piece(small, 1) == (2**33, b"tail", 2**33 + 4, False)


def test_bytes_that_are_no_text_are_kept_as_they_are(small: World) -> None:
    every = bytes(range(256))
    wrote(small, held(small), (0, every), (256, b"\x00\xff\xfe"))
    assert piece(small, 1).data == every + b"\x00\xff\xfe"


def test_a_letter_cut_in_two_by_a_limit_is_whole_again_in_the_next_piece(small: World) -> None:
    wrote(small, held(small), (0, "⚡".encode()))
    parts = [piece(small, 1, offset, 2).data for offset in (0, 2)]
    assert b"".join(parts).decode() == "⚡"


def test_a_log_stays_readable_when_its_attempt_has_ended(written: World) -> None:
    tickets = written.queue.held(written.runner)
    assert tickets == (Key(1, 1),)
    written.queue.release(written.runner, tickets)
    assert piece(written, 1) == (0, ALPHABET, 26, True)


def test_a_log_of_a_lost_attempt_is_closed(written: World) -> None:
    written.clock.pass_by(LEASE + grace(timedelta(minutes=30)) + timedelta(seconds=1))
    expire(written.store)
    assert piece(written, 1) == (0, ALPHABET, 26, True)


def test_a_second_attempt_has_a_log_of_its_own(written: World) -> None:
    written.queue.release(written.runner, [Key(1, 1)])
    (again,) = written.claim()
    wrote(written, again.key, (0, b"anew"))
    assert piece(written, 2) == (0, b"anew", 4, False)
    assert piece(written, 1).data == ALPHABET


def test_a_log_lies_in_the_month_of_its_claim_though_written_in_the_next(small: World) -> None:
    key = held(small)
    wrote(small, key, (0, b"november "))
    small.clock.pass_by(timedelta(days=8))
    wrote(small, key, (9, b"december"))
    assert piece(small, 1).data == b"november december"


def test_attempts_of_two_months_are_both_read(small: World) -> None:
    wrote(small, held(small), (0, b"november"))
    small.clock.pass_by(timedelta(days=8))
    small.queue.renew(small.runner, [])
    wrote(small, held(small), (0, b"december"))
    assert [piece(small, attempt).data for attempt in (1, 2)] == [b"november", b"december"]


def test_what_another_runner_writes_into_a_log_is_not_kept(written: World) -> None:
    written.queue.note(written.runner + 1, [], [LogChunk(Key(1, 1), 26, b"forged")])
    assert piece(written, 1).end == 26


@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    cuts=st.lists(st.integers(1, 7), min_size=1, max_size=8),
    order=st.randoms(use_true_random=False),
    offset=st.integers(0, 60),
    limit=st.integers(1, 60),
)
def test_a_log_reads_the_same_however_it_was_cut_and_in_whatever_order_it_came(
    small: World, cuts: list[int], order: random.Random, offset: int, limit: int
) -> None:
    whole = bytes(range(65, 65 + sum(cuts)))
    starts = [sum(cuts[:number]) for number in range(len(cuts))]
    chunks = [(at, whole[at : at + size]) for at, size in zip(starts, cuts, strict=True)]
    order.shuffle(chunks)
    key = held(small)
    wrote(small, key, *chunks)
    attempt = len(small.queue.held(small.runner))
    assert piece(small, attempt, offset, limit) == (
        offset,
        whole[offset : offset + limit],
        len(whole),
        False,
    )
