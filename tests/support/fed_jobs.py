"""A small matrix whose jobs feed each other, and ways to look at them."""

from __future__ import annotations

from sqlalchemy import select
from worlds import World, report_of

from matrix.status import Status
from orchestrator.store.columns import JobState
from orchestrator.store.declared import CellStateRow
from orchestrator.store.read_jobs import jobs
from orchestrator.store.work import JobRow, Lane, Owner
from orchestrator.views import JobFilter, JobView
from runners.work import Artifact, Ticket

TEXT = """
name: small
axes: {site: [lab, edge], accelerator: [cpu, gpu]}
suites:
  build: {command: [make], produces: {wheel: "*.whl"}, place: {site: lab, accelerator: cpu}}
  lower: {command: [low], uses: {wheel: build}, produces: {pte: "*.pte"}, place: {site: lab}}
  test: {command: [run], uses: {wheel: build}}
  edge: {command: [run], uses: {pte: lower, wheel: build}, place: {accelerator: cpu}}
stacks: {stable: {torch: "2.13.0"}}
"""
WHEEL = Artifact("wheel", "ours-1.0.whl", "a" * 64, 1000)
PTE = Artifact("pte", "net.pte", "b" * 64, 20)
BUILD, LOWER, TEST = "lab/cpu:build@stable", "lab/cpu:lower@stable", "lab/cpu:test@stable"
EDGE = "lab/cpu:edge@stable"


def views(fed: World) -> dict[str, JobView]:
    """The latest job of each name."""
    page = jobs(fed.store, "small", JobFilter(), 0, 100)
    assert page is not None
    return {job.name: job for job in reversed(page.jobs)}


def states(fed: World) -> dict[str, str]:
    return {name: job.state for name, job in views(fed).items()}


def started(fed: World) -> int:
    """All that is planned for lab/cpu."""
    return fed.start("lab/cpu")


def built(fed: World, *made: Artifact) -> None:
    (ticket,) = fed.claim(8)
    assert ticket.name == BUILD
    fed.end([ticket], report_of(Status.PASS, artifacts=made or (WHEEL,)))


def claimed(fed: World, name: str) -> Ticket:
    return next(ticket for ticket in fed.claim(8) if ticket.name == name)


def counters(fed: World) -> tuple[int, int, int, int]:
    """What is counted as waiting (in lanes, in cells), as leased and as running: all must agree."""
    with fed.store.read() as connection:
        lanes = sum(connection.scalars(select(Lane.queued)))
        cells = connection.execute(select(CellStateRow.queued, CellStateRow.running)).all()
        leased = sum(connection.scalars(select(Owner.leased)))
    return lanes, sum(row[0] for row in cells), leased, sum(row[1] for row in cells)


def truth(fed: World) -> tuple[int, int, int, int]:
    with fed.store.read() as connection:
        found = list(connection.scalars(select(JobRow.state)))
    held = sum(state in (JobState.LEASED, JobState.RUNNING) for state in found)
    queued, blocked = found.count(JobState.QUEUED), found.count(JobState.BLOCKED)
    return queued, queued + blocked, held, held
