"""Real processes that do everything wrong, and the reports that come of it."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from slots import carried, report_of
from tickets import BYE, HELLO, RESUMING, begin, end, ticket

from matrix.status import Evidence, Layer, Status
from runners.slot import Slot
from runners.work import Phase

pytestmark = pytest.mark.slow
MEBIBYTE = 1 << 20


def test_a_passing_suite_is_a_pass_with_its_cases(tmp_path: Path) -> None:
    report = report_of(tmp_path, ticket(HELLO + begin("a") + end("a") + end("b") + BYE))
    assert (report.status, report.layer, report.reason) == (Status.PASS, Layer.NONE, "")
    assert [case.id for case in report.cases] == ["a", "b"]
    assert (report.exit_code, report.signal, report.retry) == (0, None, False)


def test_a_suite_that_only_measures_is_done(tmp_path: Path) -> None:
    metric = """echo '{"type":"metric","name":"t","unit":"s","better":"lower","values":[2,1]}'\n"""
    report = report_of(tmp_path, ticket(HELLO + metric + BYE))
    assert report.status is Status.DONE
    assert report.metrics[0].values == (2.0, 1.0)


def test_a_failed_case_is_named_in_the_reason_and_in_the_log(tmp_path: Path) -> None:
    said = """echo '{"type":"case","id":"add","status":"FAIL","message":"1 is not 2"}'\n"""
    found = carried(tmp_path, ticket(HELLO + end("mul") + said + BYE))
    (report,) = found.reports
    assert report.reason == "1 of 2 cases failed: add: 1 is not 2."
    assert report.layer is Layer.CODE
    assert b"FAIL add: 1 is not 2\n" in found.log


def test_a_signal_inside_a_case_fails_that_case(tmp_path: Path) -> None:
    script = HELLO + begin("a") + "echo about to crash >&2\nkill -SEGV $$\n"
    report = report_of(tmp_path, ticket(script))
    (case,) = report.cases
    assert (case.id, case.status, case.device) == ("a", Status.FAIL, "cpu")
    assert "SIGSEGV" in case.message
    assert "about to crash" in case.message
    assert report.signal == signal.SIGSEGV
    assert "cannot resume" in report.reason


def test_the_cases_behind_a_crash_are_run_by_a_new_process(tmp_path: Path) -> None:
    script = (
        RESUMING
        + 'if test -z "$COEVO_DONE"; then\n'
        + end("a")
        + begin("b")
        + "kill -ABRT $$\nfi\n"
        + 'cp "$COEVO_DONE" /dev/stderr\n'
        + end("c")
        + BYE
    )
    found = carried(tmp_path, ticket(script))
    (report,) = found.reports
    told = {case.id: case.status for case in report.cases}
    assert told == {"a": Status.PASS, "b": Status.FAIL, "c": Status.PASS}
    assert report.status is Status.FAIL
    assert "SIGABRT" in report.reason
    assert b'["a", ""]\n["b", ""]\n' in found.log


def test_a_suite_that_crashes_on_every_case_is_given_up(tmp_path: Path) -> None:
    script = (
        RESUMING
        + 'n=$(cat "$COEVO_DONE" 2>/dev/null | wc -l)\n'
        + """echo '{"type":"case","id":"c'$n'","begin":true}'\nkill -SEGV $$\n"""
    )
    report = report_of(tmp_path, ticket(script))
    assert len(report.cases) == 21
    assert "crashed too often" in report.reason


def test_a_hang_inside_a_case_fails_that_case_and_the_rest_is_run(tmp_path: Path) -> None:
    script = (
        RESUMING
        + 'if test -z "$COEVO_DONE"; then\n'
        + begin("slow")
        + "sleep 1000\nfi\n"
        + end("next")
        + BYE
    )
    report = report_of(tmp_path, ticket(script, timeout_seconds=0.4))
    told = {case.id: case.status for case in report.cases}
    assert told == {"slow": Status.FAIL, "next": Status.PASS}
    assert "did not end within 0.4 s" in report.cases[0].message


def test_a_hang_outside_any_case_is_the_tests_error(tmp_path: Path) -> None:
    report = report_of(tmp_path, ticket(HELLO + "sleep 1000\n", timeout_seconds=0.3))
    assert (report.status, report.layer) == (Status.ERROR, Layer.TEST)
    assert report.reason.startswith("It did not end within 0.3 s outside any case")


@pytest.mark.parametrize("line", ["{oops", '{"type":"hallo"}', '{"type":"case","id":""}', "{}"])
def test_garbage_is_the_tests_error_and_quotes_the_line(tmp_path: Path, line: str) -> None:
    report = report_of(tmp_path, ticket(HELLO + f"echo '{line}'\n" + BYE))
    assert report.status is Status.ERROR
    assert line in report.reason


def test_an_exit_without_bye_is_the_tests_error_with_its_last_words(tmp_path: Path) -> None:
    script = HELLO + end("a") + "echo \"ModuleNotFoundError: No module named 'x'\" >&2; exit 1\n"
    report = report_of(tmp_path, ticket(script))
    assert report.status is Status.ERROR
    assert "exit code 1" in report.reason
    assert "No module named 'x'" in report.reason
    assert report.exit_code == 1
    assert [case.id for case in report.cases] == ["a"]


def test_a_program_that_is_not_there_is_the_tests_error(tmp_path: Path) -> None:
    report = report_of(tmp_path, replace(ticket(), command=("no-such-program",)))
    assert report.status is Status.ERROR
    assert "could not be started" in report.reason
    assert "no-such-program" in report.reason


def test_a_suite_beyond_its_memory_fails_inside_the_case(tmp_path: Path) -> None:
    eat = "python3 -I -S -c 'import os; x = bytearray(10**9)' || kill -ABRT $$\n"
    report = report_of(tmp_path, ticket(HELLO + begin("big") + eat, memory_bytes=200 * MEBIBYTE))
    assert report.cases[0].status is Status.FAIL
    assert "memory limit" in report.reason
    assert "MemoryError" in report.cases[0].message


def test_a_full_disk_is_the_machines_fault_and_may_be_tried_again(tmp_path: Path) -> None:
    script = HELLO + begin("a") + "echo 'OSError: [Errno 28] No space left on device'; exit 1\n"
    report = report_of(tmp_path, ticket(script))
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, True)
    assert "disk" in report.reason
    assert report.cases[0].status is Status.MISS


def test_a_stack_that_differs_from_the_lock_is_never_a_pass(tmp_path: Path) -> None:
    hello = """echo '{"type":"hello","suite":"s","protocol":1,"stack":{"torch":"2.12.0+cpu"}}'\n"""
    report = report_of(
        tmp_path, ticket(hello + end("a") + BYE, expected=(("torch", "2.13.0+cpu"),))
    )
    assert (report.status, report.retry) == (Status.MISS, False)
    assert "torch is 2.12.0+cpu, not 2.13.0+cpu" in report.reason
    assert report.observed[0].build == "cpu"


def test_a_simulated_suite_is_told_from_real_ones(tmp_path: Path) -> None:
    hello = """echo '{"type":"hello","suite":"s","protocol":1,"simulated":true}'\n"""
    assert report_of(tmp_path, ticket(hello + BYE)).evidence is Evidence.SIMULATED
    assert report_of(tmp_path, ticket(HELLO + BYE)).evidence is Evidence.SELF_REPORTED


def test_an_attempt_says_what_it_took(tmp_path: Path) -> None:
    burn = "python3 -I -S -c 'x = bytearray(50_000_000); sum(range(2_000_000))'\n"
    report = report_of(tmp_path, ticket(HELLO + burn + BYE))
    assert report.usage.cpu_seconds > 0.01
    assert report.usage.peak_memory_bytes > 50_000_000
    assert report.usage.run_seconds >= report.usage.cpu_seconds / (os.cpu_count() or 1)
    assert report.node == os.uname().nodename


def test_progress_and_log_come_while_a_suite_runs(tmp_path: Path) -> None:
    wait = f"while ! test -e {tmp_path}/go; do sleep 0.05; done\n"
    hello = """echo '{"type":"hello","suite":"s","protocol":1,"total":2}'\n"""
    script = hello + end("a") + "echo working\n" + wait + end("b") + BYE

    async def watched(slot: Slot) -> None:
        seen, cursor = [], 0
        while not (any(_is_half(one) for one in seen) and any(_is_log(one) for one in seen)):
            cursor, happenings = await slot.collect(cursor, 10)
            seen += happenings
        (tmp_path / "go").touch()

    (report,) = carried(tmp_path, ticket(script), during=watched).reports
    assert report.status is Status.PASS


def _is_half(happening: object) -> bool:
    told = (getattr(happening, "done", 0), getattr(happening, "total", 0))
    return told == (1, 2) and getattr(happening, "phase", None) is Phase.RUNNING


def _is_log(happening: object) -> bool:
    return b"working" in getattr(happening, "data", b"")


def test_each_attempt_finds_an_empty_folder_and_leaves_none(tmp_path: Path) -> None:
    look = "ls -A | wc -l; mkdir -p d/e; echo x > d/e/f; chmod 0 d/e/f\n"
    found = carried(tmp_path, ticket(HELLO + look + BYE), ticket(HELLO + look + BYE, job=2))
    assert found.log == b"0\n0\n"


def test_a_suite_gets_its_job_and_none_of_our_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COEVO_TOKEN", "hunter2")
    monkeypatch.setenv("GITHUB_TOKEN", "hunter2")
    monkeypatch.setenv("DATABASE_URL", "hunter2")
    monkeypatch.setenv("VENDOR_HOME", "/opt/vendor")
    found = carried(
        tmp_path, ticket(HELLO + "env\n" + BYE, parameters=(("k", "v"),), env=(("MINE", "1"),))
    )
    text = found.log.decode()
    assert "hunter2" not in text
    for line in (
        "COEVO_JOB=lab/cpu:s@stable",
        'COEVO_PARAMETERS={"k": "v"}',
        "COEVO_DEVICE=cpu",
        "COEVO_DEADLINE_SECONDS=30",
        "CUDA_VISIBLE_DEVICES=",
        "VENDOR_HOME=/opt/vendor",
        "MINE=1",
    ):
        assert f"{line}\n" in text
