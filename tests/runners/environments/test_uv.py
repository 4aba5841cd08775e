"""Environments built by the real uv from wheels made here, offline."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from slots import carried, collected, eventually, report_of, survivors
from tickets import BYE, HELLO, ticket
from wheels import lock_of, wheel

from matrix.status import Layer, Status
from runners.environments.shelf import FOLDER, MARKER
from runners.environments.uv import digest
from runners.slot import Slot
from runners.work import Key, Lock, Phase, Progress, Ticket

pytestmark = pytest.mark.slow
LOOK = "python -c 'import coevo_toy; print(coevo_toy.VERSION, coevo_toy.__file__)'\n"


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "links"
    folder.mkdir()
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_OFFLINE", "1")
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def needing(lock: Lock, script: str = HELLO + LOOK + BYE, job: int = 1) -> Ticket:
    return replace(ticket(script, job=job), lock=lock)


def built(home: Path, lock: Lock) -> Path:
    return home / FOLDER / digest(lock)


def test_a_suite_runs_in_the_environment_of_its_lock(links: Path, home: Path) -> None:
    lock = lock_of(wheel(links, "coevo_toy", "1.5"))
    found = carried(home, needing(lock))
    (report,) = found.reports
    assert report.status is Status.DONE, report
    assert f"1.5 {built(home, lock)}/lib".encode() in found.log
    assert report.usage.prepare_seconds > 0
    assert [(one.name, one.version) for one in report.observed] == [("coevo-toy", "1.5")]


def test_the_log_tells_of_the_build(links: Path, home: Path) -> None:
    found = carried(home, needing(lock_of(wheel(links, "coevo_toy"))))
    assert b"building the environment" in found.log


def test_a_second_attempt_builds_nothing(links: Path, home: Path) -> None:
    lock = lock_of(wheel(links, "coevo_toy"))
    found = carried(home, needing(lock), needing(lock, job=2))
    assert found.log.count(b"building the environment") == 1
    assert [one.status for one in found.reports] == [Status.DONE, Status.DONE]


def test_two_that_want_one_at_once_build_it_once(links: Path, home: Path) -> None:
    lock = lock_of(wheel(links, "coevo_toy"))

    async def both() -> bytes:
        slots = [Slot(name, home) for name in ("a", "b")]
        for job, slot in enumerate(slots):
            await slot.assign([needing(lock, job=job)])
        logs = b""
        for slot in slots:
            found = await collected(slot, 1)
            assert found.reports[0].status is Status.DONE
            logs += found.log
            await slot.close()
        return logs

    assert asyncio.run(both()).count(b"building the environment") == 1


def test_a_half_built_environment_is_never_used(links: Path, home: Path) -> None:
    lock = lock_of(wheel(links, "coevo_toy", "1.5"))
    half = built(home, lock)
    subprocess.run(["python3", "-m", "venv", "--without-pip", str(half)], check=True)
    (half / "left-over").touch()
    found = carried(home, needing(lock))
    assert found.reports[0].status is Status.DONE
    assert b"1.5 " in found.log
    assert not (half / "left-over").exists()
    assert (half / MARKER).exists()


def test_another_lock_is_another_environment(links: Path, home: Path) -> None:
    old, new = (lock_of(wheel(links, "coevo_toy", version)) for version in ("1.0", "2.0"))
    found = carried(home, needing(old), needing(new, job=2))
    assert b"1.0 " in found.log
    assert b"2.0 " in found.log
    assert digest(old) != digest(new)


def test_files_are_hard_links_into_the_cache(links: Path, home: Path) -> None:
    lock = lock_of(wheel(links, "coevo_toy"))
    report_of(home, needing(lock))
    (module,) = built(home, lock).glob("lib/python3*/site-packages/coevo_toy.py")
    assert module.stat().st_nlink > 1


def test_a_wheel_that_is_not_the_locked_one_is_a_miss(links: Path, home: Path) -> None:
    lock = lock_of(wheel(links, "coevo_toy", body="VERSION = 'good'\n"))
    wheel(links, "coevo_toy", body="VERSION = 'evil'\n")
    report = report_of(home, needing(lock))
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, True)
    assert "uv pip install" in report.reason
    assert any("hash" in line.lower() for line in report.last_lines), report.last_lines
    assert not (built(home, lock) / MARKER).exists()


def test_a_wheel_that_is_nowhere_is_a_miss_in_uvs_words(links: Path, home: Path) -> None:
    path = wheel(links, "coevo_toy")
    lock = lock_of(path)
    path.unlink()
    report = report_of(home, needing(lock))
    assert report.status is Status.MISS
    assert any("coevo" in line for line in report.last_lines)


def test_an_unknown_platform_is_a_miss(links: Path, home: Path) -> None:
    lock = lock_of(wheel(links, "coevo_toy"), platform="moon")
    report = report_of(home, needing(lock))
    assert report.status is Status.MISS
    assert "'moon' is no platform" in report.reason


def test_a_home_that_cannot_be_written_is_a_miss(links: Path, home: Path) -> None:
    home.mkdir()
    (home / FOLDER).write_text("a file where the folder should be")
    report = report_of(home, needing(lock_of(wheel(links, "coevo_toy"))))
    assert report.status is Status.MISS
    assert "cannot be written" in report.reason


def test_a_build_that_takes_too_long_is_ended_and_leaves_nothing(links: Path, home: Path) -> None:
    lock = lock_of(wheel(links, "coevo_toy"))
    report = report_of(home, replace(needing(lock), prepare_timeout_seconds=0.001))
    assert report.status is Status.MISS
    assert "not ready within 0.001 s" in report.reason
    assert survivors(home) == []


def test_waiting_for_anothers_build_is_shown_and_can_be_cancelled(links: Path, home: Path) -> None:
    lock = lock_of(wheel(links, "coevo_toy"))
    path = built(home, lock).with_suffix(".lock")
    path.parent.mkdir(parents=True)
    holder = subprocess.Popen(["flock", str(path), "sh", "-c", f"touch {path}.held; exec sleep 99"])
    try:
        asyncio.run(eventually(Path(f"{path}.held").exists, "the lock is held"))

        async def cancelled(slot: Slot) -> None:
            cursor, seen = 0, list[Progress]()
            while not any("waiting" in one.note for one in seen):
                cursor, happenings = await slot.collect(cursor, 10)
                seen += [one for one in happenings if isinstance(one, Progress)]
            assert seen[-1].phase is Phase.PREPARING
            await slot.cancel(Key(1, 1))

        (report,) = carried(home, needing(lock), during=cancelled).reports
        assert report.cancelled
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()


def test_a_locked_version_is_held_against_what_runs(links: Path, home: Path) -> None:
    lock = lock_of(wheel(links, "coevo_toy", "1.5"))
    said = replace(needing(lock), expected=(("coevo-toy", "1.6"),))
    report = report_of(home, said)
    assert (report.status, report.retry) == (Status.MISS, False)
    assert "coevo-toy is 1.5, not 1.6" in report.reason
