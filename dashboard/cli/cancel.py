"""`coevo cancel`: end a job or a run, at any moment."""

from __future__ import annotations

from typing import Annotated

import typer

from dashboard.cli.options import Asked, Json, Of


def cancel(
    what: Annotated[
        str,
        typer.Argument(metavar="JOB|run", help="A job's id, or `run` for the whole latest run."),
    ],
    json: Json = False,
    matrix: Of = "",
    data: Asked = None,
) -> None:
    """Cancel a job, or all that has not ended of the latest run; no process is left behind."""
    from dashboard.cli.asking import connected
    from dashboard.cli.printing import as_json, console

    with connected(data, matrix) as api:
        ended = api.cancel_latest_run() if what == "run" else api.cancel_shards(what)
        if json:
            as_json({"cancelled": ended})
        else:
            console().print(f"cancelled: {ended} job{'' if ended == 1 else 's'}")
