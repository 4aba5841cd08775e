"""Damaged copies of a program's file, each of which a runtime has to refuse. Pure."""

from __future__ import annotations

from collections.abc import Iterator

IDENTIFIER = slice(4, 8)  # where a flatbuffer names its kind
_ROOT = slice(0, 4)  # the place of its first table


def damaged(whole: bytes) -> Iterator[tuple[str, bytes]]:
    """What was done, and what is left: cut short, under another name, with its tables astray.

    Bytes of weights are not among it: no sum of them is kept in the file, so that no runtime can
    know.
    """
    size = len(whole)
    for kept in (0, 8, 40, size // 4, size // 2, size * 3 // 4, size - 16, size - 1):
        yield f"cut to {kept} of {size} bytes", whole[:kept]
    yield "named NONE", _with(whole, IDENTIFIER, b"NONE")
    yield "with its first table beyond its end", _with(whole, _ROOT, b"\xff\xff\xff\x7f")


def _with(whole: bytes, place: slice, other: bytes) -> bytes:
    return whole[: place.start] + other + whole[place.stop :]
