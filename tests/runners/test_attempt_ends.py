"""Whatever ends an attempt, nothing of its suite is left, and the report says who did it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from guards import parent
from slots import alive, carried, eventually, report_of, survivors
from tickets import BYE, HELLO, begin, ticket

from matrix.status import Layer, Status
from runners import guard
from runners.slot import Slot
from runners.work import Key


@pytest.mark.slow  # waits out the 3 s between TERM and KILL
def test_nothing_outlives_a_suite_however_it_hides(tmp_path: Path) -> None:
    hide = """
        trap '' TERM
        (setsid sh -c "trap '' TERM; while :; do sleep 1; done" &)
        setsid sh -c "(sleep 1001 &)" &
        (sh -c "(sleep 1002 &) &" &)
    """
    report = report_of(tmp_path, ticket(HELLO + hide + BYE))
    assert report.status is Status.DONE
    assert survivors(tmp_path) == []


@pytest.mark.slow  # waits out the 3 s between TERM and KILL
def test_a_cancelled_suite_that_ignores_term_is_gone_when_it_is_reported(tmp_path: Path) -> None:
    script = f"{HELLO}trap '' TERM\necho $$ > {tmp_path}/pid\n{begin('a')}while :; do sleep 1; done"

    async def cancelled(slot: Slot) -> None:
        await eventually((tmp_path / "pid").exists, "the suite began")
        await slot.cancel(Key(1, 1))

    found = carried(tmp_path, ticket(script), during=cancelled)
    (report,) = found.reports
    assert report.cancelled
    assert (report.status, report.layer, report.retry) == (Status.SKIP, Layer.NONE, False)
    assert report.reason.startswith("Cancelled")
    assert survivors(tmp_path) == []


def test_a_killed_guard_is_the_machines_fault_and_leaves_nothing(tmp_path: Path) -> None:
    script = f"{HELLO}(setsid sleep 1003 &)\necho $$ > {tmp_path}/pid\nsleep 1004\n"

    async def guard_killed(_slot: Slot) -> None:
        await eventually((tmp_path / "pid").exists, "the suite began")
        os.kill(parent(int((tmp_path / "pid").read_text())), signal.SIGKILL)

    found = carried(tmp_path, ticket(script), ticket(job=2), during=guard_killed)
    first, second = found.reports
    assert (first.status, first.retry) == (Status.MISS, True)
    assert "guard" in first.reason
    assert second.status is Status.DONE  # the slot has a new guard
    assert survivors(tmp_path) == []


@pytest.mark.slow  # waits out the 3 s between TERM and KILL
def test_a_killed_slot_takes_its_suite_along(tmp_path: Path) -> None:
    script = f"{HELLO}(setsid sleep 1005 &)\ntrap '' TERM\necho $$ > {tmp_path}/pid\nsleep 1006\n"
    program = f"""
import asyncio, sys
from pathlib import Path
from slots import collected
from runners import guard
from runners.protocol import parse
from runners.slot import Slot
from runners.suites.script import scene
from tickets import ticket
async def main():
    slot = Slot("test", Path({str(tmp_path)!r}))
    await slot.assign([ticket({script!r})])
    await collected(slot, 1)
asyncio.run(main())
"""
    root = Path(__file__).parents[2]
    env = {**os.environ, "PYTHONPATH": f"{root}:{root}/tests/support"}
    starter = subprocess.Popen([sys.executable, "-c", program], env=env)
    asyncio.run(eventually((tmp_path / "pid").exists, "the suite began"))
    pid = int((tmp_path / "pid").read_text())
    starter.kill()
    starter.wait()
    asyncio.run(eventually(lambda: not alive(pid), "the suite ended"))
    asyncio.run(eventually(lambda: not survivors(tmp_path), "all of it ended"))


def test_what_a_slot_killed_with_its_guard_has_left_is_swept_by_the_next(tmp_path: Path) -> None:
    marker = f"{tmp_path}/work/test/7-1/"
    orphan = subprocess.Popen(["sleep", "1007"], env={guard.MARKER: marker}, start_new_session=True)
    try:
        asyncio.run(eventually(lambda: survivors(tmp_path), "the orphan is there"))
        report_of(tmp_path, ticket())
        assert orphan.wait() == -signal.SIGKILL
    finally:
        orphan.kill()
        orphan.wait()
