"""A slot asked at awkward moments: long polls, lost answers, cancelling, closing, full buffers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slots import Carried, collected, eventually, survivors
from tickets import BYE, HELLO, begin, end, ticket

from matrix.status import Layer, Status
from runners.buffer import Buffer
from runners.slot import Slot
from runners.work import Ended, Happening, Key, LogChunk, Phase, Progress, Report

pytestmark = pytest.mark.slow
REPORT = Report(Status.PASS, Layer.NONE, "")


def in_slot(home: Path, use: Callable[[Slot], Awaitable[object]]) -> None:
    async def used() -> None:
        slot = Slot("s", home)
        try:
            await asyncio.wait_for(use(slot), 60)
        finally:
            await slot.close()

    asyncio.run(used())


def test_a_slot_with_nothing_to_do_holds_nothing(tmp_path: Path) -> None:
    async def looked(slot: Slot) -> None:
        assert slot.held() == ()
        assert await slot.collect(0, 0) == (0, ())
        await slot.assign([])
        assert await slot.collect(0, 0.01) == (0, ())

    in_slot(tmp_path, looked)


def test_what_is_held_is_in_the_order_it_will_end(tmp_path: Path) -> None:
    async def looked(slot: Slot) -> None:
        wait = f"until test -e {tmp_path}/go; do sleep 0.02; done\n"
        await slot.assign([ticket(HELLO + wait + BYE, job=job) for job in (5, 2, 9)])
        assert slot.held() == (Key(5, 1), Key(2, 1), Key(9, 1))
        (tmp_path / "go").touch()
        await collected(slot, 3)

    in_slot(tmp_path, looked)


def test_the_same_job_under_another_fence_is_another_attempt(tmp_path: Path) -> None:
    async def both(slot: Slot) -> None:
        one = ticket()
        await slot.assign([one, replace(one, key=Key(1, 2))])
        found = await collected(slot, 2)
        assert [x.key for x in found.happenings if isinstance(x, Ended)] == [Key(1, 1), Key(1, 2)]

    in_slot(tmp_path, both)


def test_an_attempt_that_was_collected_may_be_assigned_anew(tmp_path: Path) -> None:
    async def twice(slot: Slot) -> None:
        await slot.assign([ticket()])
        cursor = (await collected(slot, 1)).cursor
        await slot.collect(cursor, 0)
        await slot.assign([ticket()])
        assert len((await collected(slot, 1, cursor)).reports) == 1

    in_slot(tmp_path, twice)


def test_an_older_cursor_asks_for_what_was_not_confirmed_and_a_newer_forgets(
    tmp_path: Path,
) -> None:
    async def asked(slot: Slot) -> None:
        await slot.assign([ticket(job=job) for job in (1, 2, 3)])
        await eventually(lambda: len(slot.held()) == 3 and _ended(slot) == 3, "all have ended")
        cursor, every = await slot.collect(0, 0)
        assert await slot.collect(0, 0) == (cursor, every)
        _, rest = await slot.collect(cursor - 1, 0)
        assert rest == every[-1:]
        assert await slot.collect(cursor, 0) == (cursor, ())
        assert await slot.collect(0, 0) == (0, ())  # what was confirmed is gone for good

    in_slot(tmp_path, asked)


def _ended(slot: Slot) -> int:
    return len(slot._turns._buffer.ended())


def test_a_long_poll_is_ended_by_a_cancelled_ticket(tmp_path: Path) -> None:
    async def dropped(slot: Slot) -> None:
        hold = ticket(f"{HELLO}touch {tmp_path}/up\nsleep 1091\n")
        await slot.assign([hold, ticket(job=2)])
        await eventually((tmp_path / "up").exists, "the first runs")
        await slot.cancel(Key(2, 1))
        found: Carried = await collected(slot, 1)
        assert found.reports[0].reason == "Cancelled before it began."
        assert slot.held()[-1] == Key(1, 1)

    in_slot(tmp_path, dropped)


def test_cancelling_everything_leaves_the_slot_ready(tmp_path: Path) -> None:
    async def all_of_it(slot: Slot) -> None:
        jobs = [ticket(f"{HELLO}sleep 1092\n", job=job) for job in range(1, 6)]
        await slot.assign(jobs)
        for one in reversed(jobs):
            await slot.cancel(one.key)
        found = await collected(slot, 5)
        assert all(report.cancelled for report in found.reports)
        assert survivors(tmp_path) == []
        await slot.assign([ticket(job=9)])
        again = await collected(slot, 1, found.cursor)
        assert again.reports[-1].status is Status.DONE

    in_slot(tmp_path, all_of_it)


@pytest.mark.parametrize("steps", range(6))
def test_a_cancel_at_any_step_of_the_start_is_heard(tmp_path: Path, steps: int) -> None:
    async def cancelled(slot: Slot) -> None:
        await slot.assign([ticket(f"{HELLO}{begin('a')}sleep 1093\n")])
        for _ in range(steps):
            await asyncio.sleep(0)
        await slot.cancel(Key(1, 1))
        (report,) = (await collected(slot, 1)).reports
        assert report.cancelled
        assert report.status is Status.SKIP
        assert survivors(tmp_path) == []

    in_slot(tmp_path, cancelled)


def test_a_slots_name_may_hold_a_slash(tmp_path: Path) -> None:
    async def named() -> None:
        slot = Slot("lab/cpu/0", tmp_path)
        await slot.assign([ticket(HELLO + end("a") + BYE)])
        assert (await collected(slot, 1)).reports[0].status is Status.PASS
        await slot.close()

    asyncio.run(named())
    assert list((tmp_path / "work").iterdir()) == []


def test_a_slot_gives_its_suites_only_what_it_was_given(tmp_path: Path) -> None:
    async def looked() -> None:
        slot = Slot(
            "s", tmp_path, environ={"PATH": "/usr/bin:/bin", "ONLY": "this", "X_TOKEN": "s"}
        )
        await slot.assign([ticket(HELLO + "echo $ONLY-$X_TOKEN-$HOME\n" + BYE)])
        assert (await collected(slot, 1)).log == b"this--\n"
        await slot.close()

    asyncio.run(looked())


KEYS = st.builds(Key, st.integers(1, 3), st.just(1))
HAPPENINGS = st.one_of(
    st.builds(Progress, KEYS, st.just(Phase.RUNNING), st.integers(0, 9), st.just(9), st.just("")),
    st.builds(LogChunk, KEYS, st.integers(0, 9), st.binary(max_size=4)),
    st.builds(Ended, KEYS, st.just(REPORT)),
)


@given(st.lists(HAPPENINGS | st.none(), max_size=40))
def test_a_collector_sees_all_but_progress_that_was_overtaken(
    steps: list[Happening | None],
) -> None:
    """None collects; everything else happens."""
    buffer, cursor, seen = Buffer(), 0, list[Happening]()
    for step in [*steps, None]:
        if step is None:
            cursor, found = asyncio.run(buffer.after(cursor, 0))
            seen += found
        else:
            buffer.add(step)
    happened = [one for one in steps if one is not None]
    kept = [one for one in happened if not isinstance(one, Progress)]
    assert [one for one in seen if not isinstance(one, Progress)] == kept
    for key in {one.key for one in happened if isinstance(one, Progress)}:
        told = [one for one in seen if isinstance(one, Progress) and one.key == key]
        said = [one for one in happened if isinstance(one, Progress) and one.key == key]
        assert told[-1] == said[-1]


@given(st.lists(HAPPENINGS, max_size=20), st.integers(0, 25))
def test_asking_twice_from_one_cursor_is_answered_twice_alike(
    happened: list[Happening], cursor: int
) -> None:
    buffer = Buffer()
    for one in happened:
        buffer.add(one)
    first = asyncio.run(buffer.after(cursor, 0))
    assert asyncio.run(buffer.after(cursor, 0)) == first
