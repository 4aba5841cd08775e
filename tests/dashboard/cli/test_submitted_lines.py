"""What the command says of jobs that a batch system queues."""

from __future__ import annotations

from dataclasses import replace

import pytest
from calling import Caller
from lively import LivelyServices, attempt, job
from lively_matrices import SERVED

from dashboard.cli.screen import submitted_line
from runners.work import Phase

NOTE = "Slurm job 123, pending: Resources"
pytestmark = pytest.mark.slow


@pytest.fixture
def submitted(services: LivelyServices) -> LivelyServices:
    """A server whose job 7 is in a batch system's queue."""
    tried = replace(attempt(1, phase=Phase.SUBMITTED), note=NOTE, reason="")
    waiting = replace(job(7), state="submitted", end="", status=None, reason="")
    services.all_jobs = (replace(waiting, attempts=(tried,)), job(8))
    return services


def test_status_says_where_they_are_and_why(asked: Caller, submitted: LivelyServices) -> None:
    (one, _) = submitted.all_jobs
    lines = [line for line in asked("status").out.splitlines() if "submitted" in line]
    assert lines == [f"{one.name}  submitted ({NOTE})"]


def test_status_says_so_of_each_matrix(asked: Caller, submitted: LivelyServices) -> None:
    submitted.others = (SERVED,)
    assert f"submitted ({NOTE})" in asked("status").out
    assert f"submitted ({NOTE})" in asked("status", "--matrix", "default").out


@pytest.mark.usefixtures("submitted")
def test_show_says_so_of_the_attempt(asked: Caller) -> None:
    found = asked("show", "7").out
    assert "… queued" in found
    assert f"submitted, 0 s  {NOTE}" in found or NOTE in found


def test_without_a_note_it_is_just_submitted() -> None:
    assert submitted_line(replace(job(7), attempts=())) == f"{job(7).name}  submitted"
