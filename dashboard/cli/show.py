"""`coevo show`: the grid, a cell or a job in the terminal, with the page's glyphs and colours."""

from __future__ import annotations

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
    data: Asked = None,
) -> None:
    """Show the grid as it is now, one cell of it, or one job with its failing cases."""
    from dashboard.cli import pictures
    from dashboard.cli.asking import connected
    from dashboard.cli.printing import as_json

    with connected(data, matrix) as api:
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
