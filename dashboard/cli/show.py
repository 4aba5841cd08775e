"""`coevo show`: the grid, a cell or a job in the terminal, with the page's glyphs and colours."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from dashboard.cli.options import Asked, Json, Of


def show(
    what: Annotated[
        str,
        typer.Argument(
            metavar="[SITE/ACCELERATOR|JOB]",
            help="A cell (lab/cpu) or a job (lab/cpu:smoke@stable, or its number); else the grid.",
        ),
    ] = "",
    json: Json = False,
    matrix: Of = "",
    format: Annotated[  # noqa: A002 - the option's name
        str,
        typer.Option(metavar="FORMAT", help="A job as junit, ctrf or pytorch-benchmark-v3."),
    ] = "",
    playground: Annotated[
        bool,
        typer.Option("--playground", help="What runners offer and the file does not list."),
    ] = False,
    data: Asked = None,
) -> None:
    """Show the grid as it is now, one cell of it, or one job with its failing cases."""
    from dashboard.cli import pictures
    from dashboard.cli.asking import connected
    from dashboard.cli.printing import as_json

    if format:
        return _as_report(what, format, data, matrix)
    with connected(data, matrix) as api:
        if playground:
            return as_json(api.raw(api.playground_path())) if json else pictures.playground(api)
        if not what:
            return as_json(api.raw(api.grid_path())) if json else pictures.grid(api)
        if "/" in what and ":" not in what:
            site, _, accelerator = what.partition("/")
            path = api.cell_path(site, accelerator)
            return as_json(api.raw(path)) if json else pictures.cell(api, site, accelerator)
        if json:
            return as_json([api.raw(api.job_path(job.id)) for job in api.named(what)])
        for job in api.named(what):
            pictures.job(api, job)
    return None


def _as_report(what: str, kind: str, data: Path | None, matrix: str) -> None:
    """The results of one job in the format of another tool; of several shards say which."""
    from dashboard.cli.asking import connected
    from matrix.errors import CoevoError
    from runners.reports.writing import checked

    checked(kind)
    if not what or ("/" in what and ":" not in what):
        raise CoevoError.because("--format is of a job", "name one: coevo show JOB --format junit")
    with connected(data, matrix) as api:
        jobs = api.named(what)
        if len(jobs) > 1:
            names = ", ".join(job.name for job in jobs)
            raise CoevoError.because(f"{what} has {len(jobs)} shards", f"name one of {names}")
        sys.stdout.write(api.report(jobs[0].id, kind))
