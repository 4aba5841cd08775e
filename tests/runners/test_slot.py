"""A slot: one ticket after another, happenings by cursor, cancelling at any moment."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slots import carried, collected, eventually, survivors
from tickets import BYE, HELLO, begin, end, ticket

from matrix.status import Layer, Status
from runners.buffer import BATCH_BYTES, Buffer
from runners.slot import Slot
from runners.work import Ended, Happening, Key, LogChunk, Phase, Progress, Report

pytestmark = pytest.mark.slow
KEY = Key(1, 1)
REPORT = Report(Status.PASS, Layer.NONE, "")


def test_tickets_are_carried_out_in_order_one_at_a_time(tmp_path: Path) -> None:
    note = f"echo in >> {tmp_path}/note; sleep 0.05; echo out >> {tmp_path}/note\n"
    jobs = [ticket(HELLO + note + BYE, job=job) for job in (3, 1, 2)]
    found = carried(tmp_path, *jobs)
    ends = [one.key.job for one in found.happenings if isinstance(one, Ended)]
    assert ends == [3, 1, 2]
    assert (tmp_path / "note").read_text() == "in\nout\n" * 3


def test_happenings_are_kept_until_they_are_collected(tmp_path: Path) -> None:
    async def told() -> None:
        slot = Slot("s", tmp_path)
        await slot.assign([ticket(HELLO + "echo a\n" + BYE)])
        cursor, first = await slot.collect(0, 30)
        while not any(isinstance(one, Ended) for one in first):
            cursor, first = await slot.collect(0, 30)
        assert await slot.collect(0, 0) == (cursor, first)  # an answer that was lost is told again
        assert slot.held() == (KEY,)
        assert await slot.collect(cursor, 0) == (cursor, ())
        assert slot.held() == ()
        await slot.close()

    asyncio.run(told())


def test_collecting_waits_for_news_and_no_longer(tmp_path: Path) -> None:
    async def waited() -> None:
        slot = Slot("s", tmp_path)
        assert await slot.collect(0, 0.01) == (0, ())
        waiting = asyncio.ensure_future(slot.collect(0, 30))
        await slot.assign([ticket()])
        _, happenings = await waiting
        assert [type(one) for one in happenings] == [Ended]
        await slot.close()

    asyncio.run(waited())


def test_a_ticket_that_is_here_is_not_run_twice(tmp_path: Path) -> None:
    async def twice() -> None:
        slot = Slot("s", tmp_path)
        one = ticket(HELLO + f"echo x >> {tmp_path}/note\n" + BYE)
        await slot.assign([one])
        await slot.assign([one])
        await collected(slot, 1)
        await slot.assign([one])  # its end was told, but not confirmed
        await slot.assign([ticket(job=2)])
        await collected(slot, 2)
        assert (tmp_path / "note").read_text() == "x\n"
        await slot.close()

    asyncio.run(twice())


def test_a_waiting_ticket_is_dropped_with_a_report(tmp_path: Path) -> None:
    async def dropped(slot: Slot) -> None:
        await slot.cancel(Key(2, 1))

    first = ticket(HELLO + "sleep 0.2\n" + BYE)
    found = carried(tmp_path, first, ticket(job=2), during=dropped)
    by_job = {one.key.job: one.report for one in found.happenings if isinstance(one, Ended)}
    assert by_job[2].cancelled
    assert by_job[2].reason == "Cancelled before it began."
    assert by_job[1].status is Status.DONE


def test_cancelling_what_is_not_here_changes_nothing(tmp_path: Path) -> None:
    async def cancelled(slot: Slot) -> None:
        await slot.cancel(Key(99, 1))

    (report,) = carried(tmp_path, ticket(), during=cancelled).reports
    assert report.status is Status.DONE


def test_closing_a_slot_ends_what_runs_in_it(tmp_path: Path) -> None:
    async def closed() -> None:
        slot = Slot("s", tmp_path)
        script = f"{HELLO}touch {tmp_path}/up\n(setsid sleep 1031 &)\nsleep 1032\n"
        await slot.assign([ticket(script), ticket(job=2)])
        await eventually((tmp_path / "up").exists, "it began")
        await slot.close()
        assert survivors(tmp_path) == []
        assert not (tmp_path / "work" / "s").exists()

    asyncio.run(closed())


def test_a_runner_that_cannot_work_says_so_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "work").write_text("a file where the folder should be")

    async def broken() -> None:
        slot = Slot("s", tmp_path)
        await slot.assign([ticket(), ticket(job=2)])
        found = await collected(slot, 2)
        assert [one.status for one in found.reports] == [Status.MISS, Status.MISS]
        assert all(one.retry and "The runner failed" in one.reason for one in found.reports)
        await slot.close()

    asyncio.run(broken())


def test_two_slots_of_one_home_do_not_meet(tmp_path: Path) -> None:
    async def both() -> None:
        slots = [Slot(name, tmp_path) for name in ("a", "b")]
        script = HELLO + begin("a") + "echo x > mine; ls; sleep 0.1; ls\n" + end("a") + BYE
        for job, slot in enumerate(slots):
            await slot.assign([ticket(script, job=job)])
        for slot in slots:
            found = await collected(slot, 1)
            assert found.log == b"mine\nmine\n"
            await slot.close()

    asyncio.run(both())


def test_progress_that_nobody_saw_is_replaced_by_newer() -> None:
    buffer = Buffer()
    for done in range(5):
        buffer.add(Progress(KEY, Phase.RUNNING, done, 5, ""))
    _, found = asyncio.run(buffer.after(0, 0))
    assert found == (Progress(KEY, Phase.RUNNING, 4, 5, ""),)


def test_log_that_nobody_collects_is_bounded_and_ends_are_not_lost() -> None:
    buffer = Buffer()
    buffer.add(Ended(KEY, REPORT))
    for at in range(200):
        buffer.add(LogChunk(KEY, at << 20, bytes(1 << 20)))
    kept = list[Happening]()
    cursor = 0
    while True:
        cursor, found = asyncio.run(buffer.after(cursor, 0))
        if not found:
            break
        assert sum(len(one.data) for one in found if isinstance(one, LogChunk)) <= BATCH_BYTES
        kept += found
    assert kept[0] == Ended(KEY, REPORT)
    assert len(kept) == 1 + 64
    assert kept[-1] == LogChunk(KEY, 199 << 20, bytes(1 << 20))


@given(st.lists(st.integers(1, 3) | st.none(), max_size=30))
def test_by_cursor_nothing_is_lost_or_told_twice(steps: list[int | None]) -> None:
    """A number adds so many ends; None collects."""
    buffer, cursor, added, got = Buffer(), 0, 0, list[int]()
    for step in [*steps, None]:
        if step is None:
            cursor, found = asyncio.run(buffer.after(cursor, 0))
            got += [one.key.job for one in found]
        else:
            for _ in range(step):
                added += 1
                buffer.add(Ended(Key(added, 1), REPORT))
    assert got == list(range(1, added + 1))


def test_its_own_folders_may_lie_elsewhere(tmp_path: Path) -> None:
    async def scene() -> tuple[Report, list[str]]:
        slot = Slot("near", tmp_path / "home", scratch=tmp_path / "scratch")
        await slot.assign([ticket(HELLO + "pwd\n" + BYE)])
        found = await collected(slot, 1)
        await slot.close()
        return found.reports[0], found.log.decode().splitlines()

    report, log = asyncio.run(scene())
    assert report.status is Status.DONE
    assert log == [str(tmp_path / "scratch" / "near" / "w")]
    assert not (tmp_path / "home").exists()
