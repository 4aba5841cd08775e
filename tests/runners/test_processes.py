"""The process table: who descends from whom, who carries a mark, who is in a session."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from slots import alive, eventually

from runners import processes

NESTED = "sleep 1071 & sleep 1072 & sh -c 'sleep 1073 & echo ready; wait' & wait"


@contextmanager
def family(script: str = NESTED, env: dict[str, str] | None = None) -> Iterator[int]:
    """A shell in a session of its own that has said `ready`; its pid."""
    environ = {"PATH": os.environ["PATH"], **(env or {})}
    with subprocess.Popen(
        ["sh", "-c", script], stdout=subprocess.PIPE, env=environ, start_new_session=True
    ) as head:
        try:
            assert head.stdout
            assert head.stdout.readline() == b"ready\n"
            yield head.pid
        finally:
            os.killpg(head.pid, signal.SIGKILL)


def test_children_and_their_children_descend_from_one() -> None:
    with family() as pid:
        found = processes.descendants(pid)
        assert len(found) == len(set(found)) == 4
        assert pid not in found
        assert set(found) <= set(processes.descendants(os.getpid()))


def test_a_glimpse_sees_the_same_family() -> None:
    with family() as pid:
        assert sorted(processes.glimpsed(pid)) == sorted(processes.descendants(pid))


def test_a_glimpse_of_a_pid_that_is_not_there_sees_nobody() -> None:
    assert processes.glimpsed(2**22 + 1) == []


def test_a_process_without_children_has_no_descendants() -> None:
    with family("echo ready; exec sleep 1074") as pid:
        assert processes.descendants(pid) == []


def test_nobody_descends_from_a_pid_that_is_not_there() -> None:
    assert processes.descendants(2**22 + 1) == []


def test_a_zombie_is_nobodys_living_descendant() -> None:
    dead = subprocess.Popen(["true"])
    os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)  # it has ended and is not reaped
    assert dead.pid not in processes.descendants(os.getpid())
    assert not alive(dead.pid)
    assert dead.wait() == 0


def test_a_session_holds_its_head_and_all_below() -> None:
    with family() as pid:
        found = processes.in_session(pid)
        assert sorted(found) == sorted([pid, *processes.descendants(pid)])
        assert os.getpid() not in found


def test_a_session_that_was_left_is_not_counted() -> None:
    with family("setsid sh -c 'echo ready; exec sleep 1076'") as pid:
        below = set(processes.descendants(pid))
        assert below
        assert not below & set(processes.in_session(pid))
        for one in below:
            os.kill(one, signal.SIGKILL)


@pytest.mark.parametrize("mark", ["/a/1-1/", "ü/", "with blank/", "x" * 3000 + "/"])
def test_a_mark_is_found_in_every_process_that_inherited_it(mark: str) -> None:
    with family(env={"TEST_MARK": mark}) as pid:
        family_of = {pid, *processes.descendants(pid)}
        sought = f"TEST_MARK={mark}".encode()
        # While a process is between fork and exec, the kernel shows no environment of it.
        is_found = eventually(lambda: set(processes.carrying(sought)) == family_of, mark)
        asyncio.run(is_found)


def test_the_beginning_of_a_mark_finds_more_than_the_whole() -> None:
    with family(env={"TEST_MARK": "/b/1-1/"}) as one, family(env={"TEST_MARK": "/b/1-11/"}) as two:
        assert one in processes.carrying(b"TEST_MARK=/b/1-1/")
        assert two not in processes.carrying(b"TEST_MARK=/b/1-1/")
        assert {one, two} <= set(processes.carrying(b"TEST_MARK=/b/"))


def test_a_name_with_brackets_and_blanks_does_not_confuse() -> None:
    program = (
        "import ctypes, time; ctypes.CDLL(None).prctl(15, b'a) S 1 (b', 0, 0, 0);"
        "print('ready', flush=True); time.sleep(1077)"
    )
    with family(f'exec {sys.executable} -I -S -c "{program}"') as pid:
        assert pid in processes.descendants(os.getpid())
        assert processes.in_session(pid) == [pid]
