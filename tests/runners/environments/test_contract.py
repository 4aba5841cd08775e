"""What every provider of environments keeps: uv, a Python of the owner's, an image."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import images
import pytest
from brought import KINDS, TOY, VERSION, Brought, by_image, by_python, by_uv, pythons
from slots import Carried, carried, collected, survivors
from tickets import BYE, HELLO, begin, end, ticket

from matrix.status import Layer, Status
from runners.environments.shelf import MARKER, kept
from runners.slot import Slot
from runners.work import Key, Report, Ticket

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("environments")]
# Says what it found itself with, so that nobody has to look.
QUIET = """echo '{"type":"hello","suite":"s","protocol":1,"stack":{}}'\n"""
QUIET_RESUMING = QUIET.replace('"stack"', '"resume":true,"stack"')
ODD = "two\nlines, 'quotes' \"and\" $HOME"
SEEN = """
import coevo_toy, json, os
here = {"cwd": os.getcwd(), "toy": coevo_toy.VERSION, "file": coevo_toy.__file__}
print("SEEN " + json.dumps({**os.environ, **here}))
"""


class Bench(NamedTuple):
    """A runner's folder, and the way in which it comes to the toy."""

    home: Path
    brought: Brought

    def carried(self, *tickets: Ticket) -> Carried:
        """Carry tickets out."""
        mine = [replace(one, lock=self.brought.lock) for one in tickets]
        return carried(self.home, *mine, bindings=self.brought.bindings)

    def report(self, script: str, **changes: object) -> Report:
        """The report of one script of the shell."""
        asked = ticket(script, **changes)  # type: ignore[arg-type] # reason: a test's shorthand
        (report,) = self.carried(asked).reports
        return report


@pytest.fixture(scope="module", params=KINDS)
def bench(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        brought = _brought(request, folder)
        for name, value in brought.env.items():
            patch.setenv(name, value)
        yield Bench(folder / "home", brought)


def _brought(request: pytest.FixtureRequest, folder: Path) -> Brought:
    if request.param == "uv":
        return by_uv(folder)
    if request.param == "image":
        image: images.Image = request.getfixturevalue("image")
        return by_image(image)
    oldest = next(path for version, path in pythons().items() if int(version[2:]) >= 9)
    return by_python(folder, oldest)


@pytest.fixture(scope="module")
def seen(bench: Bench) -> dict[str, str]:
    """What a script sees in the environment, beside a file that it left in its folder."""
    script = HELLO + 'echo here > mine; python3 -c "$CODE"\n' + BYE
    env = (("CODE", SEEN), ("ODD", ODD), ("EMPTY", ""))
    found = bench.carried(ticket(script, env=env))
    assert found.reports[0].status is Status.DONE, (found.reports[0], found.log)
    (line,) = [line for line in found.log.splitlines() if line.startswith(b"SEEN ")]
    told: dict[str, str] = json.loads(line[5:])
    return told


def test_a_program_finds_what_is_installed_there(seen: dict[str, str]) -> None:
    assert seen["toy"] == VERSION
    assert seen["file"].endswith("coevo_toy.py")


def test_variables_arrive_as_they_were_told(seen: dict[str, str]) -> None:
    assert (seen["ODD"], seen["EMPTY"]) == (ODD, "")
    assert json.loads(seen["COEVO_CELL"]) == {"site": "lab", "accelerator": "cpu"}


def test_its_folder_is_its_own_and_for_its_temporary_files(seen: dict[str, str]) -> None:
    assert seen["cwd"] == seen["TMPDIR"]
    assert not (Path(seen["cwd"]) / "mine").exists()


def test_a_cpu_cell_sees_no_gpu(seen: dict[str, str]) -> None:
    assert seen["CUDA_VISIBLE_DEVICES"] == ""


def test_every_process_carries_the_attempts_marker(seen: dict[str, str]) -> None:
    assert seen["COEVO_ATTEMPT"].endswith("/1-1/")


def test_nothing_of_the_runners_own_python_is_seen(seen: dict[str, str]) -> None:
    assert not seen["file"].startswith(sys.prefix)
    assert not [name for name in seen if name.startswith(("UV_", "PIP_", "PYTHON"))]


@pytest.fixture(scope="module")
def built_in(bench: Bench) -> Report:
    """The report of a built-in suite."""
    asked = ticket(suite="probe", program="probe")
    (report,) = bench.carried(replace(asked, command=(), expected=((TOY, VERSION),))).reports
    return report


def test_a_built_in_suite_runs_and_reads_the_stack_in_its_own_process(built_in: Report) -> None:
    assert built_in.status is Status.PASS, built_in
    observed = {one.name: one for one in built_in.observed}
    assert observed[TOY].version == VERSION
    assert observed["python"].source == "platform"
    assert "pydantic" not in observed


def test_the_report_says_what_it_ran_in(bench: Bench, built_in: Report) -> None:
    facts = {fact.name: fact.value for fact in built_in.facts}
    assert facts["environment"].startswith(bench.brought.says)


def test_a_line_of_shell_repeats_it_by_hand(built_in: Report, tmp_path: Path) -> None:
    ran = subprocess.run(
        built_in.repeat, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    said = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
    assert (ran.returncode, said[-1]) == (0, {"type": "bye"}), ran.stderr
    assert said[0]["stack"][TOY] == VERSION


@pytest.fixture(scope="module")
def mismatched(bench: Bench) -> Report:
    """The report of a suite that says no stack, where the lock names another version."""
    return bench.report(HELLO + end("a") + BYE, expected=((TOY, "1.6"),))


def test_what_is_installed_is_found_where_the_suite_does_not_say_it(mismatched: Report) -> None:
    found = [(one.version, one.source) for one in mismatched.observed if one.name == TOY]
    assert found == [(VERSION, "environment")]


def test_another_version_than_the_locks_is_a_mismatch_and_no_result(mismatched: Report) -> None:
    assert (mismatched.status, mismatched.layer) == (Status.MISS, Layer.INFRA)
    assert not mismatched.retry
    assert f"{TOY} is {VERSION}, not 1.6" in mismatched.reason


def test_a_crash_inside_a_case_is_that_cases_with_its_signal(bench: Bench) -> None:
    direct = ("python3", "-u", "-c", _ABORTS)
    (report,) = bench.carried(replace(ticket(), command=direct)).reports
    assert (report.status, report.signal) == (Status.FAIL, 6), report
    assert "SIGABRT" in report.reason


_ABORTS = (
    'import os; print(\'{"type":"hello","suite":"s","protocol":1}\');'
    'print(\'{"type":"case","id":"dies","begin":true}\'); os.abort()'
)


def test_the_rest_is_run_behind_a_crashed_case(bench: Bench) -> None:
    first = begin("a") + "exit 9\n"
    script = f'{QUIET_RESUMING}if test -z "$COEVO_DONE"; then\n{first}fi\n'
    script += "read line < $COEVO_DONE\necho done: $line\n"
    found = bench.carried(ticket(script + end("b") + BYE))
    assert [(one.id, one.status) for one in found.reports[0].cases] == [
        ("a", Status.FAIL),
        ("b", Status.PASS),
    ]
    assert b'done: ["a", ""]' in found.log


def test_an_exit_outside_any_case_is_the_tests_error_with_its_code(bench: Bench) -> None:
    report = bench.report(QUIET + "echo bad luck >&2; exit 7\n")
    assert (report.status, report.exit_code) == (Status.ERROR, 7)
    assert "bad luck" in report.reason


def test_a_program_that_is_not_there_is_the_tests_error(bench: Bench) -> None:
    (report,) = bench.carried(replace(ticket(), command=("no-such-program",))).reports
    assert (report.status, report.layer) == (Status.ERROR, Layer.TEST), report
    assert "no-such-program" in report.reason


def test_memory_beyond_its_limit_is_refused_inside(bench: Bench) -> None:
    script = QUIET + begin("a") + "python3 -c 'bytearray(1 << 30)'; exit 1\n"
    report = bench.report(script, memory_bytes=256 << 20)
    assert report.status is Status.FAIL
    assert "MemoryError" in "\n".join(report.last_lines)


def test_a_hang_ends_at_the_deadline_and_nothing_is_left(bench: Bench) -> None:
    hang = begin("hangs") + "python3 -c 'import time; time.sleep(600)' & wait\n"
    report = bench.report(QUIET + hang, timeout_seconds=1.0)
    assert report.layer in {Layer.CODE, Layer.TEST}  # by how soon it began
    assert "did not end within 1 s" in report.reason
    assert survivors(bench.home) == []
    assert containers(bench) == ""


def test_cancelling_leaves_nothing(bench: Bench) -> None:
    asked = replace(ticket(QUIET + "echo up >&2; python3 -c 'import time; time.sleep(600)'\n"),
                    lock=bench.brought.lock)  # fmt: skip

    async def cancelled(slot: Slot) -> None:
        cursor, heard = 0, b""
        while b"up" not in heard:
            cursor, happenings = await slot.collect(cursor, 10)
            heard += b"".join(getattr(one, "data", b"") for one in happenings)
        await slot.cancel(Key(1, 1))

    found = carried(bench.home, asked, during=cancelled, bindings=bench.brought.bindings)
    assert found.reports[0].cancelled
    assert survivors(bench.home) == []
    assert containers(bench) == ""


def test_two_slots_use_it_at_once(bench: Bench) -> None:
    async def both() -> list[Status]:
        slots = [Slot(n, bench.home, bindings=bench.brought.bindings) for n in ("a", "b")]
        for job, slot in enumerate(slots):
            await slot.assign([replace(ticket(QUIET + BYE, job), lock=bench.brought.lock)])
        found = [await _report(slot) for slot in slots]
        await asyncio.gather(*(slot.close() for slot in slots))
        return [report.status for report in found]

    assert asyncio.run(both()) == [Status.DONE, Status.DONE]


async def _report(slot: Slot) -> Report:
    return (await collected(slot, 1)).reports[0]


def test_it_is_on_the_shelf_with_its_last_use(bench: Bench, built_in: Report) -> None:
    del built_in
    (found,) = kept(bench.home)
    assert found.record is not None
    os.utime(found.folder / MARKER, (1_000_000, 1_000_000))
    bench.report(QUIET + BYE)
    (again,) = kept(bench.home)
    assert again.record == found.record
    assert again.used.year > 1970
    assert again.size_bytes > 0


def containers(bench: Bench) -> str:
    """What an engine still holds for this runner."""
    if "CONTAINERS_CONF" not in bench.brought.env:
        return ""
    return images.podman(bench.brought.env, "ps", "--all", "--quiet").stdout
