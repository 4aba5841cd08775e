"""What machines do to environments: full disks, foreign hands, other versions than the lock's."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from slots import carried, report_of, survivors
from tickets import BYE, HELLO, end, ticket
from wheels import lock_of, wheel

from matrix.status import Layer, Status
from runners.environments.provider import Prepared, Ran
from runners.environments.shelf import FOLDER, MARKER
from runners.environments.tool import uv_binary
from runners.environments.uv import UvProvider, digest
from runners.work import Lock, Ticket

pytestmark = pytest.mark.slow
SMALL, LARGE = "2m", "64m"


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


@pytest.fixture
def small_disk(home: Path) -> Iterator[Path]:
    """A home on a filesystem of two megabytes."""
    home.mkdir()
    if os.geteuid() != 0:
        pytest.skip("a small filesystem can only be mounted by root")
    ran = mounted(home, SMALL)
    if ran.returncode:
        pytest.skip(f"no filesystem can be mounted here: {ran.stderr.strip()}")
    yield home
    subprocess.run(["umount", "-l", home], check=True)


def mounted(folder: Path, size: str, how: str = "") -> subprocess.CompletedProcess[str]:
    options = ["-o", f"{how}size={size}"]
    command = ["mount", "-t", "tmpfs", *options, "none", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def built(home: Path, lock: Lock) -> Path:
    return home / FOLDER / digest(lock)


def needing(lock: Lock, script: str = HELLO + end("a") + BYE, job: int = 1) -> Ticket:
    return replace(ticket(script, job=job), lock=lock)


def large_wheel(links: Path) -> Path:
    return wheel(links, "coevo_large", body=f"DATA = {os.urandom(4 << 20).hex()!r}\n")


def test_a_disk_that_fills_up_while_building_is_a_miss_in_a_clear_sentence(
    links: Path, small_disk: Path
) -> None:
    lock = lock_of(large_wheel(links))
    report = report_of(small_disk, needing(lock))
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, True)
    assert report.reason == "The disk is full: the environment could not be built."
    assert any("No space left on device" in line for line in report.last_lines)
    assert not (built(small_disk, lock) / MARKER).exists()
    assert survivors(small_disk) == []


def test_once_there_is_room_again_the_same_environment_is_built(
    links: Path, small_disk: Path
) -> None:
    lock = lock_of(large_wheel(links))
    assert report_of(small_disk, needing(lock)).status is Status.MISS
    assert mounted(small_disk, LARGE, "remount,").returncode == 0
    assert report_of(small_disk, needing(lock, job=2)).status is Status.PASS
    assert (built(small_disk, lock) / MARKER).exists()


def test_a_suite_that_fills_the_disk_is_the_machines_fault(links: Path, small_disk: Path) -> None:
    del links
    fill = "head -c 10000000 /dev/zero > big || exit 1\n"
    report = report_of(small_disk, ticket(HELLO + fill + BYE))
    assert (report.status, report.retry) == (Status.MISS, True)
    assert report.reason == "The disk of the runner is full."


def test_a_slot_works_again_behind_a_suite_that_filled_the_disk(
    links: Path, small_disk: Path
) -> None:
    del links
    fill = ticket(HELLO + "head -c 10000000 /dev/zero > big || exit 1\n" + BYE)
    found = carried(small_disk, fill, ticket(job=2))
    assert [one.status for one in found.reports] == [Status.MISS, Status.DONE]


def changed(home: Path, lock: Lock, wheel_: Path) -> None:
    """Put another version into an environment behind Coevo's back."""
    uv, python = uv_binary(), built(home, lock) / "bin" / "python"
    assert uv
    asked = [uv, "pip", "install", "--quiet", "--python", str(python), "--no-deps", str(wheel_)]
    subprocess.run(asked, check=True, env=os.environ | {"UV_CACHE_DIR": str(home / "uv")})


def test_an_environment_with_another_version_than_the_locks_is_a_mismatch(
    links: Path, home: Path
) -> None:
    lock = lock_of(wheel(links, "coevo_toy", "1.5"))
    asked = replace(needing(lock), expected=(("coevo-toy", "1.5"),))
    assert report_of(home, asked).status is Status.PASS
    changed(home, lock, wheel(links, "coevo_toy", "1.6"))
    report = report_of(home, asked)
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, False)
    told = "The stack is not the one that was locked: coevo-toy is 1.6, not 1.5."
    assert report.reason == told
    assert [(one.name, one.version) for one in report.observed] == [("coevo-toy", "1.6")]


def test_what_the_suites_own_process_sees_counts_for_more_than_what_is_installed(
    links: Path, home: Path
) -> None:
    """The environment is right, and the suite finds itself with something else all the same."""
    lock = lock_of(wheel(links, "coevo_toy", "1.5"))
    said = """echo '{"type":"hello","suite":"s","protocol":1,"stack":{"coevo-toy":"1.4"}}'\n"""
    asked = replace(needing(lock, said + end("a") + BYE), expected=(("coevo-toy", "1.5"),))
    report = report_of(home, asked)
    assert report.status is Status.MISS
    assert "coevo-toy is 1.4, not 1.5" in report.reason


def test_a_built_in_suite_reads_its_own_environment(links: Path, home: Path) -> None:
    lock = lock_of(wheel(links, "coevo_toy", "1.5"))
    said = replace(
        needing(lock), suite="probe", program="probe", command=(), expected=(("coevo-toy", "1.5"),)
    )
    report = report_of(home, said)
    assert report.status is Status.PASS, report.reason
    found = {one.name: one for one in report.observed}
    assert found["coevo-toy"].version == "1.5"
    assert found["python"].version.startswith(f"3.{sys.version_info.minor}.")
    assert "pydantic" not in found


@pytest.mark.parametrize("part", ["bin/python", "bin", MARKER])
def test_an_environment_that_somebody_damaged_does_not_pass_for_a_result(
    links: Path, home: Path, part: str
) -> None:
    lock = lock_of(wheel(links, "coevo_toy"))
    script = HELLO + "python -c 'import coevo_toy' || exit 9\n" + end("a") + BYE
    assert report_of(home, needing(lock, script)).status is Status.PASS
    victim = built(home, lock) / part
    if victim.is_dir():
        shutil.rmtree(victim)
    else:
        victim.unlink()
    again = report_of(home, needing(lock, script, job=2))
    assert again.status is (Status.PASS if part == MARKER else Status.ERROR)


def test_using_an_environment_makes_it_young_again(links: Path, home: Path) -> None:
    lock = lock_of(wheel(links, "coevo_toy"))
    report_of(home, needing(lock))
    marker = built(home, lock) / MARKER
    os.utime(marker, (1_000_000, 1_000_000))
    report_of(home, needing(lock, job=2))
    assert marker.stat().st_mtime > 1_600_000_000


def test_what_is_observed_has_build_tags_apart_and_names_as_pep_503_writes_them(
    links: Path, home: Path
) -> None:
    lock = lock_of(wheel(links, "Coevo_Toy", "1.5+cpu"))
    found = carried(home, needing(lock)).reports[0].observed
    assert [(one.name, one.version, one.build) for one in found] == [("coevo-toy", "1.5", "cpu")]
    assert {one.source for one in found} == {"environment"}


@pytest.mark.parametrize("text", ["a", "a\n", "b"])
def test_the_name_of_an_environment_depends_on_its_pins(text: str) -> None:
    here, there = "linux-x86_64-cp311-cpu", "linux-x86_64-cp312-cpu"
    one, other = Lock("d", text, here), Lock("d", text + "x", here)
    assert digest(one) == digest(replace(one))
    assert digest(one) != digest(other)
    assert digest(one) != digest(replace(one, platform=there))


async def unasked(*asked: object) -> Ran:
    raise AssertionError(asked)


def test_nothing_installed_is_nothing_observed(home: Path) -> None:
    empty = Prepared(home / "e", home / "e/bin/python", home / "e/bin")
    assert asyncio.run(UvProvider(home).observe(empty, unasked)) == ()
