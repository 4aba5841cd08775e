"""A guard that is killed, terminated or left alone takes everything along that it ran."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from guards import guard_pid, parent
from slots import alive, eventually

from runners import guard, processes
from runners.guarded import Fate, Guard, GuardLost, Spec

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PATH = {"PATH": os.environ["PATH"]}


def spec(folder: Path, script: str) -> Spec:
    return Spec(("sh", "-c", script), PATH, folder, f"{folder}/")


def guarded(folder: Path, use: Callable[[Guard], Awaitable[Fate]]) -> Fate:
    async def used() -> Fate:
        one = await Guard.start(folder / "guard.log")
        try:
            return await use(one)
        finally:
            one.close()

    return asyncio.run(used())


def test_a_killed_guard_is_noticed_and_swept_behind(tmp_path: Path) -> None:
    async def killed(one: Guard) -> Fate:
        script = f"(setsid sleep 1018 &); touch {tmp_path}/up; sleep 1019"
        running = asyncio.ensure_future(one.run(spec(tmp_path, script), print, print))
        await eventually((tmp_path / "up").exists, "it began")
        os.kill(guard_pid(tmp_path / "guard.log"), signal.SIGKILL)
        with pytest.raises(GuardLost):
            await running
        assert one.lost
        return Fate(0, None)

    guarded(tmp_path, killed)
    assert processes.carrying(f"{guard.MARKER}={tmp_path}/".encode()) == []


def test_a_guard_goes_when_its_slot_has_closed(tmp_path: Path) -> None:
    pid = 0

    async def noted(_one: Guard) -> Fate:
        nonlocal pid
        pid = guard_pid(tmp_path / "guard.log")
        return Fate(0, None)

    guarded(tmp_path, noted)
    asyncio.run(eventually(lambda: not alive(pid), "the guard has gone"))


def test_a_guard_is_no_child_of_its_starter(tmp_path: Path) -> None:
    async def looked(_one: Guard) -> Fate:
        assert guard_pid(tmp_path / "guard.log") not in processes.descendants(os.getpid())
        return Fate(0, None)

    guarded(tmp_path, looked)


def test_a_term_ends_the_guard_and_what_it_runs(tmp_path: Path) -> None:
    async def terminated(one: Guard) -> Fate:
        script = f"echo $$ > {tmp_path}/pid; sleep 1020"
        running = asyncio.ensure_future(one.run(spec(tmp_path, script), print, print))
        await eventually((tmp_path / "pid").exists, "it began")
        os.kill(guard_pid(tmp_path / "guard.log"), signal.SIGTERM)
        with pytest.raises(GuardLost):
            await running
        return Fate(0, None)

    guarded(tmp_path, terminated)
    pid = int((tmp_path / "pid").read_text())
    asyncio.run(eventually(lambda: not alive(pid), "the child has gone"))


KILLED_TOGETHER = """
import asyncio, sys
from pathlib import Path
from slots import collected
from runners.slot import Slot
from tickets import ticket
async def main():
    slot = Slot("test", Path({home!r}))
    await slot.assign([ticket({script!r})])
    await collected(slot, 1)
asyncio.run(main())
"""


def test_a_suite_does_not_outlive_its_slot_and_guard_killed_together(tmp_path: Path) -> None:
    """Nobody starts a slot of that name again, so that nobody sweeps."""
    hide = "(setsid sh -c \"trap '' TERM; while :; do sleep 1; done\" &)\n(sleep 1051 &)\n"
    greet = """echo '{"type":"hello","suite":"s","protocol":1}'\n"""
    script = f"{greet}{hide}trap '' TERM\necho $$ > {tmp_path}/pid\nsleep 1052\n"
    program = KILLED_TOGETHER.format(home=str(tmp_path), script=script)
    env = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT}/tests/support"}
    slot = subprocess.Popen([sys.executable, "-c", program], env=env)
    asyncio.run(eventually(lambda: (tmp_path / "pid").exists() and pid_in(tmp_path), "it began"))
    one = guard_pid(tmp_path / "work" / "test" / "guard.log")
    for victim in (slot.pid, one):
        os.kill(victim, signal.SIGSTOP)  # so that neither can do anything for the other
    for victim in (one, slot.pid):
        os.kill(victim, signal.SIGKILL)
    slot.wait()
    asyncio.run(eventually(lambda: not alive(pid_in(tmp_path)), "the suite ended"))
    asyncio.run(eventually(lambda: not carrying(tmp_path), "all of it ended"))


def pid_in(folder: Path) -> int:
    return int((folder / "pid").read_text() or 0)


def carrying(folder: Path) -> list[int]:
    found = processes.carrying(f"{guard.MARKER}={folder}/".encode())
    return [pid for pid in found if alive(pid)]


def test_a_watcher_goes_with_its_guard(tmp_path: Path) -> None:
    watchers = list[int]()

    async def noted(one: Guard) -> Fate:
        watchers.append(parent(guard_pid(tmp_path / "guard.log")))
        return await one.run(spec(tmp_path, "sleep 1053 & exit 3"), print, print)

    assert guarded(tmp_path, noted).code == 3
    asyncio.run(eventually(lambda: not alive(watchers[0]), "the watcher has gone"))


def test_a_watcher_holds_nothing_of_the_slots_open(tmp_path: Path) -> None:
    async def looked(_one: Guard) -> Fate:
        watcher = parent(guard_pid(tmp_path / "guard.log"))
        assert open_files(watcher) == {"/dev/null"}
        return Fate(0, None)

    guarded(tmp_path, looked)


def open_files(pid: int) -> set[str]:
    return {str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir()}


def test_a_killed_watcher_costs_the_running_suite_nothing(tmp_path: Path) -> None:
    async def unwatched(one: Guard) -> Fate:
        script = f"touch {tmp_path}/up; until test -e {tmp_path}/go; do sleep 0.02; done; exit 4"
        running = asyncio.ensure_future(one.run(spec(tmp_path, script), print, print))
        await eventually((tmp_path / "up").exists, "it began")
        os.kill(parent(guard_pid(tmp_path / "guard.log")), signal.SIGKILL)
        (tmp_path / "go").touch()
        return await running

    assert guarded(tmp_path, unwatched).code == 4
