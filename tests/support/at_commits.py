"""Runs at commits of a small matrix, carried out or left queued."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from worlds import World, report_of

from matrix.expand import expand
from matrix.model import PLANNED, Matrix
from matrix.status import Status
from orchestrator.store.runs import Subject, Trigger, start_run
from runners.work import CaseResult

HEADS = tuple(f"{digit}" * 40 for digit in "abcdef")
REPOSITORY = "https://example.org/torch"
QUICK = "lab/cpu:quick@stable"


def at(found: Matrix, head: str) -> Matrix:
    stacks = tuple(replace(one, components=(("torch", head),)) for one in found.stacks)
    return replace(found, stacks=stacks)


def made(head: str, day: int, title: str = "") -> Subject:
    """A subject whose commit was made on that day of the month."""
    return Subject("torch", REPOSITORY, "", head, datetime(2026, 11, day, tzinfo=UTC), title)


def start(  # noqa: PLR0913 - what tests vary of a run
    here: World,
    head: str,
    *,
    base: str = "",
    aside: bool = True,
    only: str = QUICK,
    more: tuple[Subject, ...] = (),
    said: Subject | None = None,
) -> int:
    """A run of some jobs about one commit."""
    there = at(here.matrix, head)
    jobs = [job for job in expand(there) if job.status == PLANNED and only in job.id]
    about = (said or Subject("torch", REPOSITORY, base, head), *more)
    return start_run(here.store, there, jobs, Trigger("request", subjects=about, aside=aside))


def ran(here: World, head: str, status: Status = Status.PASS, **more: object) -> int:
    run = start(here, head, **more)  # type: ignore[arg-type] # as `start` takes them
    case = CaseResult("one", status)
    while tickets := here.claim(8):
        here.end(tickets, report_of(status, case))
    return run
