"""The folder between two processes: whole or not there, in order, and taken once."""

from __future__ import annotations

from pathlib import Path

import pytest
from tickets import ticket

from matrix.status import Layer, Status
from runners.environments.bindings import Bindings
from runners.mailbox import MOST_BYTES, Mailbox, Place, put
from runners.work import Ended, Key, LogChunk, Phase, Progress, Rendezvous, Report

KEY = Key(1, 1)
RUNNING = Progress(KEY, Phase.RUNNING, 1, 3, "a note")
ENDED = Ended(KEY, Report(Status.PASS, Layer.NONE, ""))


@pytest.fixture
def box(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path)


def test_an_empty_folder_says_nothing(box: Mailbox) -> None:
    assert box.ticket() is None
    assert box.bindings() == Bindings()
    assert box.place() is None
    assert box.meeting() is None
    assert box.taken_by() == ""
    assert not box.is_to_end
    assert not box.is_dismissed
    assert box.since(0) == (0, ())


def test_a_ticket_arrives_with_what_the_runner_brings(box: Mailbox) -> None:
    one = ticket(nodes=2, commands=((1, ("other",)),))
    box.hand_over(one, Bindings(engine="podman"))
    assert box.ticket() == one
    assert box.bindings().engine == "podman"


def test_an_attempt_is_taken_once(box: Mailbox) -> None:
    assert box.take("12")
    assert not box.take("13")
    assert box.taken_by() == "12"


def test_where_ranks_are_and_meet_is_told(box: Mailbox) -> None:
    place, meeting = Place("n1", "10.0.0.1", 77), Rendezvous(("10.0.0.1", "10.0.0.2"), 29500)
    box.settle(place)
    box.go(meeting)
    assert (box.place(), box.meeting()) == (place, meeting)


def test_the_first_who_asks_for_its_end_says_why(box: Mailbox) -> None:
    box.ask_to_end("expired")
    box.ask_to_end("another")
    assert box.is_to_end
    assert box.end_reason() == "expired"


def test_a_carrier_is_dismissed(box: Mailbox) -> None:
    box.dismiss()
    assert box.is_dismissed


def test_what_happened_is_read_in_order_from_where_one_was(box: Mailbox) -> None:
    box.tell([RUNNING])
    cursor, first = box.since(0)
    box.tell([LogChunk(KEY, 0, b"\x00\xff\n"), ENDED])
    after, rest = box.since(cursor)
    assert first == (RUNNING,)
    assert rest == (LogChunk(KEY, 0, b"\x00\xff\n"), ENDED)
    assert box.since(after) == (after, ())
    assert box.since(0)[1] == (RUNNING, *rest)


def test_a_sign_of_life_is_no_news_but_moves_on(box: Mailbox) -> None:
    box.tell([])
    cursor, found = box.since(0)
    assert (cursor > 0, found) == (True, ())


def test_a_line_that_is_not_whole_is_not_read(box: Mailbox) -> None:
    box.tell([RUNNING, ENDED])
    path = box.folder / "happened.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    cursor, found = box.since(0)
    assert found == (RUNNING,)
    path.write_bytes(whole)
    assert box.since(cursor)[1] == (ENDED,)


def test_much_is_read_in_several_pieces(box: Mailbox) -> None:
    chunks = [LogChunk(KEY, n << 20, b"x" * (1 << 20)) for n in range(12)]
    box.tell(chunks)
    cursor, found, read = 0, list[object](), 0
    while len(found) < len(chunks):
        cursor, some = box.since(cursor)
        assert some
        found += some
        read += 1
    assert found == chunks
    assert read > 1


def test_a_report_larger_than_a_piece_arrives(box: Mailbox) -> None:
    long = Ended(KEY, Report(Status.FAIL, Layer.CODE, "x" * (MOST_BYTES + 10)))
    box.tell([long])
    assert box.since(0)[1] == (long,)


def test_a_file_is_put_in_place_whole_and_leaves_no_draft(tmp_path: Path) -> None:
    put(tmp_path / "a", "one")
    put(tmp_path / "a", "two")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_text() == "two"
