"""What becomes of a batch job's state: notes for people, and reports where there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tickets import ticket

from matrix.status import Layer, Status
from orchestrator.dispatch import slurm_words
from orchestrator.dispatch.slurm_client import Seen
from runners.work import CaseResult, Report, Usage

CASE = CaseResult("first", Status.PASS)
CUT = Report(Status.SKIP, Layer.NONE, "Cancelled; 1 case had ended.", (CASE,), cancelled=True)
ALL = (
    ("BOOT_FAIL", True),
    ("CANCELLED", False),
    ("DEADLINE", False),
    ("NODE_FAIL", True),
    ("OUT_OF_MEMORY", False),
    ("PREEMPTED", True),
    ("REVOKED", True),
    ("TIMEOUT", False),
    ("FAILED", True),
    ("COMPLETED", True),
)


def seen(state: str, reason: str = "None") -> Seen:
    return Seen("12", state, "coevo-x-1-1", "n1", "5:00", reason)


@pytest.mark.parametrize(
    ("one", "note"),
    [
        (seen("PENDING", "Resources"), "Slurm job 12, pending: Resources"),
        (seen("PENDING"), "Slurm job 12, pending"),
        (seen("CONFIGURING", "NodeBoot"), "Slurm job 12, configuring: NodeBoot"),
        (seen("RUNNING"), "Slurm job 12, running on n1"),
        (seen("SUSPENDED")._replace(nodes=""), "Slurm job 12, suspended"),
    ],
)
def test_a_note_says_where_it_is(one: Seen, note: str) -> None:
    assert slurm_words.note(one) == note


@pytest.mark.parametrize("state", ["PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD"])
def test_what_waits_is_pending_and_not_over(state: str) -> None:
    assert slurm_words.is_pending(seen(state))
    assert not slurm_words.is_over(seen(state))


@pytest.mark.parametrize("state", ["RUNNING", "COMPLETING", "SUSPENDED", "STAGE_OUT", "SIGNALING"])
def test_what_runs_is_neither_pending_nor_over(state: str) -> None:
    assert not slurm_words.is_pending(seen(state))
    assert not slurm_words.is_over(seen(state))


@pytest.mark.parametrize(("state", "again"), ALL)
def test_a_job_that_left_no_report_is_a_miss_of_the_infrastructure(state: str, again: bool) -> None:
    report = slurm_words.lost("12", seen(state), "a\n\nlast words.\n")
    assert slurm_words.is_over(seen(state))
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, again)
    assert report.reason.startswith("Slurm job 12 ")
    assert report.last_lines == ("a", "last words.")
    assert report.node == "n1"


def test_a_failed_job_tells_its_last_words() -> None:
    found = slurm_words.lost("12", seen("FAILED"), "env: 'python': No such file or directory\n")
    assert found.reason == (
        "Slurm job 12 failed, and has left no report: env: 'python': No such file or directory."
    )


def test_a_job_that_slurm_has_forgotten_is_tried_again() -> None:
    report = slurm_words.lost("12", None, "")
    assert report.reason == "Slurm knows nothing of job 12 any more, and it has left no report."
    assert report.retry


@pytest.mark.parametrize(("state", "again"), ALL)
def test_what_was_cut_short_from_outside_keeps_its_cases(state: str, again: bool) -> None:
    report = slurm_words.interrupted(CUT, seen(state), ticket())
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, again)
    assert report.cases == (CASE,)
    assert not report.cancelled
    assert report.reason.endswith("; 1 case had ended.")


def test_a_limit_is_told_with_the_suites_own() -> None:
    report = slurm_words.interrupted(CUT, seen("TIMEOUT"), ticket(timeout_seconds=600.0))
    assert report.reason == (
        "Slurm job 12 reached its time limit of 5:00, before the suite's own 600 s were over; "
        "1 case had ended."
    )


def test_who_had_used_up_its_own_time_is_to_blame_itself() -> None:
    late = replace(CUT, usage=Usage(run_seconds=31.0))
    report = slurm_words.interrupted(late, seen("TIMEOUT"), ticket(timeout_seconds=30.0))
    assert (report.status, report.layer) == (Status.ERROR, Layer.TEST)
    assert report.reason == "It did not end within 30 s; 1 case had ended."


def test_where_slurm_says_nothing_it_is_tried_again() -> None:
    for one in (None, seen("COMPLETING")):
        report = slurm_words.interrupted(CUT, one, ticket())
        assert report.reason.startswith("The batch job was ended from outside; ")
        assert report.retry


def test_what_was_refused_or_waited_is_not_tried_again() -> None:
    refused, waited = slurm_words.refused("No"), slurm_words.waited("Slurm job 1, pending", 86400)
    assert (refused.reason, refused.retry) == ("Slurm refused the job: No.", False)
    assert waited.reason == ("It waited for longer than 1 d to be started (Slurm job 1, pending).")
    assert {refused.status, waited.status} == {Status.MISS}
    assert not waited.retry


def test_a_cancelled_one_says_whether_it_had_begun() -> None:
    assert slurm_words.cancelled().reason == "Cancelled before it began."
    assert slurm_words.cancelled(has_begun=True).reason == "Cancelled."


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (90, "90 s"),
        (120, "2 min"),
        (5400, "90 min"),
        (7200, "2 h"),
        (172800, "2 d"),
        (0.5, "0.5 s"),
    ],
)
def test_a_length_of_time_has_one_unit(seconds: float, told: str) -> None:
    assert slurm_words.hours(seconds) == told


def test_the_end_of_an_output_is_read_and_none_is_fine(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"x" * 5000 + b"\nend\xff\n")
    assert slurm_words.tail_of(tmp_path / "out").endswith("\nend\ufffd\n")
    assert len(slurm_words.tail_of(tmp_path / "out")) == 4096
    assert slurm_words.tail_of(tmp_path / "none") == ""
