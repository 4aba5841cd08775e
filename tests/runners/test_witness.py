"""What the machine says of a death, and of who else worked meanwhile."""

from __future__ import annotations

import multiprocessing
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from runners.guarded import Fate
from runners.witness import Witness

pytestmark = pytest.mark.slow
KILLED = Fate(None, signal.SIGKILL)


@pytest.fixture
def witness() -> Witness:
    return Witness.now()


def test_a_kill_that_nobody_counted_is_no_lack_of_memory(witness: Witness, tmp_path: Path) -> None:
    assert witness.trouble(KILLED, tmp_path, ()) == ""


@pytest.mark.parametrize("fate", [KILLED, Fate(137, None)])
def test_a_kill_that_the_kernel_counted_is(witness: Witness, tmp_path: Path, fate: Fate) -> None:
    before = replace(witness, oom_kills=witness.oom_kills - 1)
    assert "out-of-memory killer" in before.trouble(fate, tmp_path, ())


def test_another_death_beside_it_is_not(witness: Witness, tmp_path: Path) -> None:
    before = replace(witness, oom_kills=witness.oom_kills - 1)
    assert before.trouble(Fate(None, signal.SIGSEGV), tmp_path, ()) == ""
    assert before.trouble(Fate(1, None), tmp_path, ()) == ""


def test_a_full_disk_is_told_by_the_last_lines(witness: Witness, tmp_path: Path) -> None:
    lines = ("Traceback", "OSError: [Errno 28] No space left on device: 'x'")
    assert "disk" in witness.trouble(Fate(1, None), tmp_path, lines)


def test_processes_that_cannot_be_ended_are_the_machines_fault(
    witness: Witness, tmp_path: Path
) -> None:
    assert "2 of its processes" in witness.trouble(Fate(0, None, left=2), tmp_path, ())


def _burn(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_others_at_work_make_an_attempt_contended() -> None:
    started = Witness.now()
    burners = [
        multiprocessing.get_context("spawn").Process(target=_burn, args=(1.5,)) for _ in range(2)
    ]
    for burner in burners:
        burner.start()
    for burner in burners:
        burner.join()
    # Both burners are others to an attempt that took nothing itself, and its own when it took it.
    ago = time.monotonic() - started.at
    assert ago > 1
    spent = 3.0 / (ago * multiprocessing.cpu_count())
    assert started.is_contended(0.0) or spent < 0.25
    assert not started.is_contended(1e6)


def test_a_moment_is_too_short_to_tell() -> None:
    fresh = replace(Witness.now(), at=time.monotonic(), busy_seconds=0.0)
    assert not fresh.is_contended(0.0)
