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
from tickets import BYE, HELLO, RESUMING, begin, end, ticket

from matrix.status import Layer, Status
from runners import guard
from runners.slot import Slot
from runners.work import Key

pytestmark = pytest.mark.slow


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


def test_the_suites_own_memory_limit_outside_a_case_is_the_tests_error(tmp_path: Path) -> None:
    eat = "python3 -I -S -c 'x = bytearray(10**9)' || kill -ABRT $$\n"
    asked = ticket(HELLO + end("a") + eat + BYE, memory_bytes=200 << 20)
    report = report_of(tmp_path, asked)
    assert (report.status, report.layer, report.retry) == (Status.ERROR, Layer.TEST, False)
    assert "outside any case: MemoryError" in report.reason
    assert "SIGABRT under its memory limit of 209715200 bytes" in report.reason
    assert [(one.id, one.status) for one in report.cases] == [("a", Status.PASS)]


def test_a_memory_limit_holds_for_what_a_suite_starts_too(tmp_path: Path) -> None:
    child = "python3 -I -S -c 'bytearray(10**9)' 2>/dev/null && echo had room || echo had none"
    found = carried(tmp_path, ticket(f'{HELLO}sh -c "{child}"\n{BYE}', memory_bytes=200 << 20))
    assert found.log == b"had none\n"


def test_a_suite_within_its_memory_notices_nothing(tmp_path: Path) -> None:
    little = "python3 -I -S -c 'x = bytearray(10**8)'\n"
    report = report_of(tmp_path, ticket(HELLO + little + BYE, memory_bytes=200 << 20))
    assert report.status is Status.DONE
    assert report.usage.peak_memory_bytes < 200 << 20


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL])
def test_a_deadly_signal_is_told_by_its_name(tmp_path: Path, number: signal.Signals) -> None:
    report = report_of(tmp_path, ticket(HELLO + begin("a") + f"kill -{number.name[3:]} $$\n"))
    assert (report.signal, report.exit_code) == (number, None)
    assert number.name in report.reason


def test_cancelling_before_a_case_has_begun_says_that_none_had(tmp_path: Path) -> None:
    async def cancelled(slot: Slot) -> None:
        await eventually((tmp_path / "up").exists, "it began")
        await slot.cancel(Key(1, 1))

    script = f"{HELLO}touch {tmp_path}/up\nsleep 1061\n"
    (report,) = carried(tmp_path, ticket(script), during=cancelled).reports
    assert report.reason == "Cancelled; no case had ended."


def test_cancelling_between_two_runs_of_a_crashing_suite_starts_no_third(tmp_path: Path) -> None:
    script = (
        RESUMING
        + f"echo run >> {tmp_path}/runs\n"
        + 'if test -n "$COEVO_DONE"; then sleep 1062; fi\n'
        + begin("a")
        + "kill -SEGV $$\n"
    )

    async def cancelled(slot: Slot) -> None:
        await eventually(lambda: _runs(tmp_path) == 2, "it was started again")
        await slot.cancel(Key(1, 1))

    (report,) = carried(tmp_path, ticket(script), during=cancelled).reports
    assert report.cancelled
    assert report.reason == "Cancelled; 1 case had ended."
    assert [one.status for one in report.cases] == [Status.FAIL]
    assert _runs(tmp_path) == 2


def _runs(folder: Path) -> int:
    path = folder / "runs"
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_cancelling_twice_is_cancelling_once(tmp_path: Path) -> None:
    async def cancelled(slot: Slot) -> None:
        await eventually((tmp_path / "up").exists, "it began")
        await slot.cancel(Key(1, 1))
        await slot.cancel(Key(1, 1))

    script = f"{HELLO}touch {tmp_path}/up\nsleep 1063\n"
    found = carried(tmp_path, ticket(script), ticket(job=2), during=cancelled)
    assert [one.cancelled for one in found.reports] == [True, False]
    assert found.reports[1].status is Status.DONE


def test_a_suite_that_ends_as_it_is_cancelled_still_reports_once(tmp_path: Path) -> None:
    async def cancelled(slot: Slot) -> None:
        await eventually((tmp_path / "up").exists, "it began")
        await slot.cancel(Key(1, 1))

    script = f"trap 'exit 0' TERM\n{HELLO}{end('a')}touch {tmp_path}/up\nsleep 0.05\n{BYE}"
    found = carried(tmp_path, ticket(script), during=cancelled)
    (report,) = found.reports
    assert report.cancelled
    assert survivors(tmp_path) == []


def test_a_suite_that_says_bye_and_lingers_runs_into_its_deadline(tmp_path: Path) -> None:
    asked = ticket(HELLO + end("a") + BYE + "sleep 1064\n", timeout_seconds=0.5)
    report = report_of(tmp_path, asked)
    assert report.status is Status.ERROR
    assert report.reason.startswith("It did not end within 0.5 s after its `bye`")


def test_an_exit_code_behind_bye_is_kept_and_counts_for_nothing(tmp_path: Path) -> None:
    report = report_of(tmp_path, ticket(HELLO + end("a") + BYE + "exit 5\n"))
    assert (report.status, report.exit_code) == (Status.PASS, 5)
