"""While an environment is made: progress, deadlines, cancelling, and providers that fail."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from slots import collected, eventually, survivors
from tickets import BYE, HELLO, end, ticket

from matrix.status import Layer, Status
from runners.environments.provider import Note, Prepared, Ran, Shell, Unprepared
from runners.slot import Slot
from runners.work import Component, Key, Lock, Phase, Progress, Report, Ticket

pytestmark = pytest.mark.slow
LOCK = Lock("d", "toy==1\n", "p")
Step = Callable[[Note, Shell], object]


@dataclass
class Workshop:
    """A provider at the port: what it does is the test's to say."""

    folder: Path
    commands: tuple[str, ...] = ()
    trouble: BaseException | None = None
    ran: list[Ran] = field(default_factory=list)
    is_brought: bool = False

    async def prepare(self, lock: Lock | None, note: Note, shell: Shell) -> Prepared:
        assert lock is not None
        note(f"making {lock.text.strip()}")
        for command in self.commands:
            self.ran.append(await shell(("sh", "-c", command), {"MINE": "1"}, note))
        if self.trouble:
            raise self.trouble
        return Prepared(self.folder, Path(sys.executable), self.folder / "bin", (("E", "there"),))

    async def observe(self, prepared: Prepared, shell: Shell) -> tuple[Component, ...]:
        del shell
        assert prepared.folder == self.folder
        return (Component("toy", "1", "", "workshop"),)


def needing(**changes: object) -> Ticket:
    return replace(ticket(HELLO + end("a") + BYE), lock=LOCK, **changes)  # type: ignore[arg-type]  # reason: a test's shorthand


def carried(workshop: Workshop, *asked: Ticket) -> tuple[Report, ...]:
    return asyncio.run(_carried(workshop, asked))


async def _carried(workshop: Workshop, asked: tuple[Ticket, ...]) -> tuple[Report, ...]:
    slot = Slot("s", workshop.folder, provider=workshop)
    await slot.assign(asked or [needing()])
    found = await collected(slot, max(1, len(asked)))
    await slot.close()
    return found.reports


def test_what_is_installed_is_observed_by_the_provider(tmp_path: Path) -> None:
    (report,) = carried(Workshop(tmp_path))
    assert report.status is Status.PASS
    assert report.observed == (Component("toy", "1", "", "workshop"),)


def test_the_environments_variables_reach_the_suite(tmp_path: Path) -> None:
    asked = replace(ticket(f'{HELLO}test "$E" = there && {end("a")}{BYE}'), lock=LOCK)
    assert carried(Workshop(tmp_path), asked)[0].status is Status.PASS


def test_a_tool_is_run_with_its_variables_and_its_last_lines_come_back(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path, ("echo out $MINE; echo err >&2; exit 3",))
    carried(workshop)
    (ran,) = workshop.ran
    assert ran.code == 3
    assert sorted(ran.lines) == ["err", "out 1"]


def test_only_the_last_lines_of_a_talkative_tool_are_kept(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path, ("seq 100000",))
    carried(workshop)
    assert workshop.ran[0].lines == tuple(str(n) for n in range(99801, 100001))


def test_a_tool_that_dies_by_a_signal_has_the_code_that_shells_give(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path, ("kill -SEGV $$",))
    carried(workshop)
    assert workshop.ran[0].code == 128 + 11


@pytest.mark.parametrize("lines", [(), ("error: no wheel",), tuple(map(str, range(50)))])
def test_why_nothing_could_be_made_is_the_reports_reason(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    (report,) = carried(Workshop(tmp_path, trouble=Unprepared("It was sold out.", lines)))
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, True)
    assert report.reason == "It was sold out."
    assert report.last_lines == (lines[-20:] or ("making toy==1",))
    assert report.cases == ()


def test_a_disk_that_fails_meanwhile_is_the_runners_trouble(tmp_path: Path) -> None:
    (report,) = carried(Workshop(tmp_path, trouble=OSError(5, "Input/output error")))
    assert (report.status, report.retry) == (Status.MISS, True)
    assert report.reason == "The runner failed: [Errno 5] Input/output error."


def test_a_mistake_of_our_own_is_told_with_where_it_was_and_the_slot_goes_on(
    tmp_path: Path,
) -> None:
    workshop = Workshop(tmp_path, trouble=KeyError("no such thing"))
    plain = ticket(job=2)
    broken, fine = carried(workshop, needing(), plain)
    assert broken.status is Status.MISS
    assert "KeyError: 'no such thing'" in broken.reason
    assert any("in prepare" in line for line in broken.last_lines)
    assert fine.status is Status.DONE


def test_a_deadline_of_its_own_ends_a_build_and_its_tools(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path, ("(setsid sleep 1081 &) ; sleep 1082",))
    (report,) = carried(workshop, needing(prepare_timeout_seconds=0.3))
    assert report.reason == "The environment was not ready within 0.3 s."
    assert report.usage.prepare_seconds >= 0.3
    assert report.usage.run_seconds == 0
    assert survivors(tmp_path) == []


def test_a_build_that_is_cancelled_ends_at_once_and_blames_nobody(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path, (f"touch {tmp_path}/up; sleep 1083",))

    async def cancelled() -> Report:
        slot = Slot("s", tmp_path, provider=workshop)
        await slot.assign([needing()])
        await eventually((tmp_path / "up").exists, "the tool runs")
        await slot.cancel(Key(1, 1))
        found = await collected(slot, 1)
        await slot.close()
        return found.reports[0]

    report = asyncio.run(cancelled())
    assert (report.status, report.layer, report.cancelled) == (Status.SKIP, Layer.NONE, True)
    assert survivors(tmp_path) == []


def test_what_a_build_says_is_shown_while_it_runs(tmp_path: Path) -> None:
    wait = f"echo halfway; until test -e {tmp_path}/go; do sleep 0.02; done"

    async def watched() -> list[Progress]:
        slot = Slot("s", tmp_path, provider=Workshop(tmp_path, (wait,)))
        await slot.assign([needing()])
        cursor, seen = 0, list[Progress]()
        while not any(one.note == "halfway" for one in seen):
            cursor, happenings = await slot.collect(cursor, 10)
            seen += [one for one in happenings if isinstance(one, Progress)]
        (tmp_path / "go").touch()
        await collected(slot, 1, cursor)
        await slot.close()
        return seen

    assert {one.phase for one in asyncio.run(watched())} == {Phase.PREPARING}


def test_a_suite_without_a_lock_asks_no_provider(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path, trouble=AssertionError("asked"))
    (report,) = carried(workshop, ticket())
    assert report.status is Status.DONE
    assert report.usage.prepare_seconds == 0


def test_the_time_a_build_takes_is_not_the_suites(tmp_path: Path) -> None:
    (report,) = carried(Workshop(tmp_path, ("sleep 0.4",)), needing(timeout_seconds=20.0))
    assert report.status is Status.PASS
    assert report.usage.prepare_seconds >= 0.4


def test_two_jobs_of_one_lock_ask_the_provider_twice(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path, ("true",))
    carried(workshop, needing(), replace(needing(), key=Key(2, 1)))
    assert [one.code for one in workshop.ran] == [0, 0]
