"""`coevo logs`: a job's log, as it is or as it grows."""

from __future__ import annotations

from typing import Annotated

import typer

from dashboard.cli.options import Asked, Json, Of


def logs(
    job: Annotated[
        str, typer.Argument(metavar="JOB", help="A job's id, as in lab/cpu:smoke@stable.")
    ],
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the job has ended.")
    ] = False,
    json: Json = False,
    matrix: Of = "",
    data: Asked = None,
) -> None:
    """Print the log of a job's latest attempt; of all shards, one after another."""
    from dashboard.cli.asking import connected
    from dashboard.cli.logstream import printed_log, read_log
    from dashboard.cli.printing import as_json

    with connected(data, matrix) as api:
        found = api.named(job)
        if json:
            return as_json(
                [{"job": one.id, "name": one.name, "log": read_log(api, one)} for one in found]
            )
        for one in found:
            if len(found) > 1:
                typer.echo(f"==> {one.name} <==")
            printed_log(api, one, follow=follow)
    return None
