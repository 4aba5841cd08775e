"""The guard: starts children cheaply, says how they ended, and lets nothing of them live on."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from guards import guard_pid
from slots import alive, eventually

from runners import guard, processes
from runners.guarded import Fate, Guard, Spec, sweep

pytestmark = pytest.mark.slow
PATH = {"PATH": os.environ["PATH"]}


def spec(folder: Path, script: str, **changes: object) -> Spec:
    return Spec(("sh", "-c", script), PATH, folder, f"{folder}/", **changes)  # type: ignore[arg-type]  # reason: a test's shorthand


def guarded(folder: Path, use: Callable[[Guard], Awaitable[Fate]]) -> Fate:
    async def used() -> Fate:
        one = await Guard.start(folder / "guard.log")
        try:
            return await use(one)
        finally:
            one.close()

    fate = asyncio.run(used())
    assert (folder / "guard.log").read_text() == ""
    return fate


def ran(folder: Path, asked: Spec) -> tuple[Fate, bytes, bytes]:
    output, errors = list[bytes](), list[bytes]()
    fate = guarded(folder, lambda one: one.run(asked, output.append, errors.append))
    return fate, b"".join(output), b"".join(errors)


def test_output_and_errors_arrive_apart_and_whole(tmp_path: Path) -> None:
    fate, output, errors = ran(tmp_path, spec(tmp_path, "seq 100000; echo oops >&2; exit 7"))
    assert (fate.code, fate.signal, fate.left) == (7, None, 0)
    assert output.split() == [str(n).encode() for n in range(1, 100001)]
    assert errors == b"oops\n"


def test_a_signal_is_told_from_an_exit(tmp_path: Path) -> None:
    fate, _, _ = ran(tmp_path, spec(tmp_path, "kill -BUS $$"))
    assert fate.signal == signal.SIGBUS


def test_a_child_is_in_a_session_of_its_own_without_input(tmp_path: Path) -> None:
    script = "ps -o sid= -p $$; echo $$; wc -c; ls /proc/self/fd | wc -l; ulimit -c"
    _, output, _ = ran(tmp_path, spec(tmp_path, script))
    session, pid, read, files, core = output.split()
    assert session == pid
    assert read == b"0"
    assert int(files) == 4  # the three, and the folder that ls itself reads
    assert core == b"0"


def test_a_child_gets_its_limits_folder_and_marker(tmp_path: Path) -> None:
    script = f"pwd; ulimit -n; echo ${guard.MARKER}"
    _, output, _ = ran(tmp_path, spec(tmp_path, script, limits=(("files", 99),)))
    assert output.decode().splitlines() == [str(tmp_path), "99", f"{tmp_path}/"]


def test_what_cannot_be_started_says_why(tmp_path: Path) -> None:
    absent = Spec(("no-such-program",), PATH, tmp_path, "m/")
    fate, _, _ = ran(tmp_path, absent)
    assert "No such file" in fate.refused
    assert "no-such-program" in fate.refused
    nowhere = Spec(("true",), PATH, tmp_path / "gone", "m/")
    assert "gone" in ran(tmp_path, nowhere)[0].refused


def test_one_guard_runs_many_children(tmp_path: Path) -> None:
    async def many(one: Guard) -> Fate:
        for code in range(5):
            fate = await one.run(spec(tmp_path, f"exit {code}"), print, print)
            assert fate.code == code
        return fate

    guarded(tmp_path, many)


def test_what_a_child_took_includes_its_children(tmp_path: Path) -> None:
    burn = "python3 -I -S -c 'x = bytearray(60_000_000); sum(range(3_000_000))'"
    fate, _, _ = ran(tmp_path, spec(tmp_path, f"({burn} &) ; {burn}; wait"))
    assert fate.cpu_seconds > 0.02
    assert fate.peak_bytes > 60_000_000


HIDING = {
    "a background child": "sleep 1011 &",
    "a double fork": "(sleep 1012 &) &",
    "a new session": "setsid sleep 1013 &",
    "a new session that forks": "setsid sh -c '(sleep 1014 &) & sleep 1015' &",
    "one that ignores TERM": "sh -c \"trap '' TERM HUP; while :; do sleep 1; done\" &",
    "one without an environment": "env -i setsid /bin/sleep 1016 &",
    "one that is stopped": "sh -c 'kill -STOP $$' &",
}


@pytest.mark.parametrize("how", HIDING)
def test_nothing_outlives_its_run(tmp_path: Path, how: str) -> None:
    pids = tmp_path / "pids"

    async def checked(one: Guard) -> Fate:
        await one.run(spec(tmp_path, f"{HIDING[how]}\nsleep 0.1"), print, print)
        pids.write_text(
            " ".join(map(str, processes.descendants(guard_pid(tmp_path / "guard.log"))))
        )
        return Fate(0, None)

    guarded(tmp_path, checked)
    assert pids.read_text() == ""
    assert [p for p in processes.carrying(f"{guard.MARKER}={tmp_path}/".encode()) if alive(p)] == []


def test_an_end_that_is_asked_for_gives_time_to_tidy_up(tmp_path: Path) -> None:
    script = (
        f"trap 'echo tidied > {tmp_path}/note; exit 0' TERM; touch {tmp_path}/up; sleep 99 & wait"
    )

    async def ended(one: Guard) -> Fate:
        running = asyncio.ensure_future(one.run(spec(tmp_path, script), print, print))
        await eventually((tmp_path / "up").exists, "it began")
        one.end()
        return await running

    assert guarded(tmp_path, ended).code == 0
    assert (tmp_path / "note").read_text() == "tidied\n"


def test_a_cancelled_wait_ends_the_child_first(tmp_path: Path) -> None:
    async def cancelled(one: Guard) -> Fate:
        script = f"echo $$ > {tmp_path}/pid; sleep 1017"
        running = asyncio.ensure_future(one.run(spec(tmp_path, script), print, print))
        await eventually((tmp_path / "pid").exists, "it began")
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not alive(int((tmp_path / "pid").read_text()))
        return await one.run(spec(tmp_path, "exit 5"), print, print)

    assert guarded(tmp_path, cancelled).code == 5


def test_sweeping_ends_only_what_carries_the_marker(tmp_path: Path) -> None:
    mine = subprocess.Popen(["sleep", "1021"], env={guard.MARKER: f"{tmp_path}/1-1/"})
    other = subprocess.Popen(["sleep", "1022"], env={guard.MARKER: f"{tmp_path}/1-11/"})
    try:
        # Until the new image is there, /proc shows the environment of the one that forked.
        asyncio.run(eventually(lambda: len(_carrying(tmp_path)) == 2, "both began"))
        assert sweep(f"{tmp_path}/1-1/") == 1
        assert mine.wait() == -signal.SIGKILL
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def _carrying(folder: Path) -> list[int]:
    return processes.carrying(f"{guard.MARKER}={folder}/".encode())


def bare_seconds(argv: tuple[str, ...]) -> float:
    start = time.perf_counter()
    for _ in range(40):
        subprocess.run(argv, check=True, capture_output=True)
    return time.perf_counter() - start


@pytest.mark.slow
def test_a_child_costs_at_most_four_times_its_bare_start(tmp_path: Path) -> None:
    argv = ("sh", "-c", ":")

    async def timed(one: Guard) -> Fate:
        ratios = []
        for _ in range(5):
            bare = bare_seconds(argv)
            start = time.perf_counter()
            for _ in range(40):
                await one.run(Spec(argv, PATH, tmp_path, "m/"), print, print)
            ratios.append((time.perf_counter() - start) / bare)
        assert min(ratios) < 4  # what others did meanwhile only adds
        return Fate(0, None)

    guarded(tmp_path, timed)
