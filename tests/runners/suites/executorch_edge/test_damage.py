"""Damaged copies of a program's file."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runners.suites.executorch_edge.damage import damaged

FILES = st.binary(min_size=100, max_size=4096).filter(lambda one: one[:4] != b"\xff\xff\xff\x7f")


@given(FILES.filter(lambda one: one[4:8] != b"NONE"))
def test_no_copy_is_whole(whole: bytes) -> None:
    copies = [data for _, data in damaged(whole)]
    assert len(copies) == 10
    assert whole not in copies


def test_the_identifier_and_the_first_table_are_what_is_other() -> None:
    copies = dict(damaged(bytes(range(100))))
    assert copies["named NONE"] == bytes(range(4)) + b"NONE" + bytes(range(8, 100))
    assert copies["with its first table beyond its end"][4:] == bytes(range(4, 100))
    assert copies["cut to 99 of 100 bytes"] == bytes(range(99))
