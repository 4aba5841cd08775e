"""The process that owns the embedded cluster, with a shell script in Ray's place."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestrator.dispatch import warden

pytestmark = pytest.mark.slow
TREE = "sleep 600 & sleep 600 & wait"
APART = "sleep 600 & setsid sleep 600 & wait"


def eventually(claim: Callable[[], object], seconds: float = 20) -> bool:
    give_up = time.monotonic() + seconds
    while not claim() and time.monotonic() < give_up:
        time.sleep(0.01)
    return bool(claim())


class Owned:
    """A warden over a script."""

    def __init__(self, folder: Path, script: str, patience: float) -> None:
        self.record, self.heartbeat = folder / "cluster.json", folder / "heartbeat"
        self.heartbeat.touch()
        self.log = folder / "log"
        command = [sys.executable, "-I", "-S", warden.__file__, str(self.record)]
        watch = [str(self.heartbeat), str(patience), str(self.log)]
        subprocess.run([*command, *watch, "sh", "-c", script], check=True, timeout=20)
        assert eventually(self.record.exists)
        self.pid = int(json.loads(self.record.read_text())["pid"])

    def family(self, size: int) -> frozenset[int]:
        assert eventually(lambda: len(warden.descendants(self.pid)) >= size)
        return warden.descendants(self.pid)

    def is_gone(self) -> bool:
        return not warden.started(self.pid)


@pytest.fixture
def owned(tmp_path: Path) -> Iterator[Callable[[str, float], Owned]]:
    made: list[Owned] = []

    def make(script: str = TREE, patience: float = 600.0) -> Owned:
        made.append(Owned(tmp_path, script, patience))
        return made[-1]

    yield make
    for one in made:
        if warden.started(one.pid):
            os.kill(one.pid, signal.SIGTERM)
            assert eventually(one.is_gone)


def test_it_says_who_it_is_and_since_when(owned: Callable[..., Owned]) -> None:
    one = owned()
    assert json.loads(one.record.read_text())["started"] == warden.started(one.pid) > 0


def test_it_leaves_the_family_of_its_starter(owned: Callable[..., Owned]) -> None:
    one = owned()
    assert os.getsid(one.pid) == one.pid
    assert one.pid not in warden.descendants(os.getpid())


def test_told_to_end_it_ends_everything_below_it(owned: Callable[..., Owned]) -> None:
    one = owned()
    family = one.family(3)
    os.kill(one.pid, signal.SIGTERM)
    assert eventually(one.is_gone)
    assert not [pid for pid in family if warden.started(pid)]
    assert not one.record.exists()


def test_what_has_a_session_of_its_own_gets_time_to_end_and_is_ended_too(
    owned: Callable[..., Owned],
) -> None:
    one = owned(APART)
    family = one.family(3)
    os.kill(one.pid, signal.SIGTERM)
    assert eventually(lambda: len(warden.descendants(one.pid)) == 1)
    assert eventually(one.is_gone)
    assert not [pid for pid in family if warden.started(pid)]


def test_it_ends_when_nobody_touches_the_heartbeat(owned: Callable[..., Owned]) -> None:
    one = owned(TREE, 0.6)
    family = one.family(3)
    assert eventually(one.is_gone)
    assert not [pid for pid in family if warden.started(pid)]


def test_it_stays_while_the_heartbeat_is_touched(tmp_path: Path) -> None:
    heartbeat = tmp_path / "heartbeat"
    heartbeat.touch()
    expired = warden.impatience(heartbeat, 0.2)
    for _ in range(30):
        os.utime(heartbeat, ns=(time.time_ns(), time.time_ns()))
        assert not expired()
        assert eventually(lambda: True, 0.02)
    assert eventually(expired, 5)


def test_it_ends_when_its_command_does(owned: Callable[..., Owned]) -> None:
    one = owned("sleep 600 & echo last words; sleep 0.5; exit 3")
    assert eventually(one.is_gone)
    assert one.log.read_text() == "last words\n"


def test_killed_itself_it_takes_its_command_along(owned: Callable[..., Owned]) -> None:
    one = owned("exec sleep 600")
    (child,) = one.family(1)
    os.kill(one.pid, signal.SIGKILL)
    assert eventually(lambda: not warden.started(child))


def test_an_interrupt_from_the_terminal_does_not_reach_it(owned: Callable[..., Owned]) -> None:
    one = owned()
    os.kill(one.pid, signal.SIGINT)
    os.utime(one.heartbeat)
    assert not eventually(one.is_gone, 0.5)


def test_a_process_that_does_not_exist_never_started() -> None:
    assert warden.started(2**22 + 1) == 0


def test_a_zombie_counts_as_gone() -> None:
    child = subprocess.Popen(["true"])
    assert eventually(lambda: not warden.started(child.pid))
    assert child.wait() == 0
