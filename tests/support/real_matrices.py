"""Real matrices, the tables of their jobs, and what a job of theirs comes to in the end."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from matrix.expand import expand, over
from matrix.load import load
from matrix.model import PLANNED, Job, Matrix, Needs, Overrides
from matrix.occasion import ANY, Occasion
from orchestrator.ticketing import Circumstances, general

FOLDER = Path(__file__).parents[1] / "matrices"
NAMES = ("inductor-h100", "vllm-ascend-nightly", "vllm-ascend-requests", "vllm-distributed")
Row = dict[str, str]


class Carried(NamedTuple):
    """What a runner is told of a job, and asked for."""

    job: Job
    site: str
    accelerator: str
    nodes: int
    devices: int
    minutes: float
    image: str
    env: dict[str, str]
    parameters: dict[str, str]
    capabilities: frozenset[str]


def declared(name: str) -> Matrix:
    """The matrix of that name."""
    return load(FOLDER / f"{name}.yaml")


def table(name: str) -> list[Row]:
    """The rows of a table, as the files that were translated say them."""
    with (FOLDER / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def planned(matrix: Matrix, occasion: Occasion = ANY) -> list[Carried]:
    """The planned jobs on an occasion."""
    return [
        carried(matrix, job) for job in expand(matrix, occasion=occasion) if job.status == PLANNED
    ]


def everything(matrix: Matrix) -> list[Carried]:
    """The planned jobs where every suite is asked for by name."""
    return planned(matrix, Occasion(frozenset(suite.name for suite in matrix.suites)))


def carried(matrix: Matrix, job: Job, changes: Overrides | None = None) -> Carried:
    """A job as its ticket has it, under the changes of a trigger."""
    suite = matrix.suite(job.suite)
    overrides = over(job.overrides, changes or Overrides())
    cell = dict(job.cell)
    around = Circumstances(
        matrix=matrix.name,
        stack=job.stack,
        cell=job.cell,
        parameters=job.parameters,
        components=matrix.stack(job.stack).components,
        overrides=overrides,
        policies=matrix.policies,
        device="cuda",
    )
    ticket = general(suite, around, None)
    needs: Needs = overrides.needs or suite.needs
    return Carried(
        job,
        cell["site"],
        cell["accelerator"],
        ticket.nodes,
        ticket.devices,
        ticket.timeout_seconds / 60,
        ticket.image,
        dict(ticket.env),
        dict(ticket.parameters),
        needs.capabilities,
    )


def column(rows: Sequence[Row], name: str) -> list[str]:
    """One column of a table."""
    return [row[name] for row in rows]
