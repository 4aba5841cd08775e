"""A stream in any pieces parts into the same messages and the same log."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runners.lines import Lines
from runners.protocol import LINE_LIMIT_BYTES


def parted(*pieces: bytes) -> tuple[list[bytes], bytes]:
    messages, log = list[bytes](), list[bytes]()
    lines = Lines(messages.append, log.append)
    for piece in pieces:
        lines.feed(piece)
    lines.close()
    return messages, b"".join(log)


def test_lines_with_a_brace_are_messages_and_the_rest_is_log() -> None:
    assert parted(b'a\n{"x":1}\nb\n\nc {\n{2}\n') == ([b'{"x":1}', b"{2}"], b"a\nb\n\nc {\n")


def test_a_message_may_come_in_pieces_and_without_an_end() -> None:
    assert parted(b"{", b'"x"', b":1}", b"\n{2", b"}") == ([b'{"x":1}', b"{2}"], b"")


def test_a_brace_in_the_middle_of_a_log_line_begins_no_message() -> None:
    assert parted(b"progress 10%", b"{not ours}\n", b"{ours}\n") == (
        [b"{ours}"],
        b"progress 10%{not ours}\n",
    )


def test_an_endless_message_is_handed_on_once_and_its_rest_is_log() -> None:
    messages, log = parted(b"{" + b"x" * LINE_LIMIT_BYTES, b"yyy\n", b"{1}\n")
    assert [len(messages[0]), messages[1]] == [LINE_LIMIT_BYTES + 1, b"{1}"]
    assert log == b"yyy\n"


def test_without_a_log_every_line_is_handed_on() -> None:
    lines: list[bytes] = []
    parting = Lines(lines.append)
    parting.feed(b"a\nb")
    parting.feed(b"c\n{d")
    parting.close()
    assert lines == [b"a", b"bc", b"{d"]


@given(st.lists(st.sampled_from([b"{", b"a", b"\n", b"}\n", b"{1}\n", b"\n{"]), max_size=20))
def test_where_a_stream_is_cut_does_not_matter(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    messages, log = parted(*pieces)
    lines = whole.split(b"\n")
    assert messages == [line for line in lines if line.startswith(b"{")]
    assert log == b"".join(
        line + (b"\n" if i < len(lines) - 1 else b"")
        for i, line in enumerate(lines)
        if not line.startswith(b"{")
    )
    assert (messages, log) == parted(*[bytes([one]) for one in whole])
