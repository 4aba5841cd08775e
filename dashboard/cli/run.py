"""`coevo run`: carry the matrix, or a part of it, out now."""

from __future__ import annotations

from typing import Annotated

import typer

from dashboard.cli.options import Asked, Json, Of, Select

_PLANNING_SECONDS = 600.0  # the server looks up commits in repositories that may be large


def run(
    select: Select = "",
    at: Annotated[
        list[str] | None,
        typer.Option(
            "--at",
            metavar="COMPONENT=REF",
            help="Run at this version, branch, tag, commit, source or wheel file of a component.",
        ),
    ] = None,
    owner: Annotated[
        str,
        typer.Option(metavar="NAME", help="On whose behalf: whose budget and share it takes."),
    ] = "",
    against: Annotated[
        str,
        typer.Option(
            "--against",
            metavar="BASE",
            help="Compare with this version, branch, tag or commit of it, in pairs of jobs.",
        ),
    ] = "",
    repeat: Annotated[
        int,
        typer.Option(
            "--repeat",
            metavar="N",
            min=0,
            max=100,
            help="Pairs of each job; without --against, with where the commit left its branch.",
        ),
    ] = 0,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for its end and say how it went.")
    ] = False,
    json: Json = False,
    matrix: Of = "",
    data: Asked = None,
) -> None:
    """Start a run of the server's matrix; with --wait, exit 1 where something failed.

    With --at, only suites that take the component run, and the grid keeps what it shows. Where
    two commits are compared, exit 1 where the head is worse, or nobody can tell.
    """
    from dashboard.cli.asking import connected
    from dashboard.cli.components import wanted
    from dashboard.cli.pairing import compared
    from dashboard.cli.printing import as_json, console
    from dashboard.cli.waiting import waited

    with connected(data, matrix, _PLANNING_SECONDS) as api:
        if against or repeat:
            wish = (select, wanted(at or ()), against, repeat or 1, owner)
            raise typer.Exit(compared(api, wish, wait=wait, json=json))
        started = api.start_run(api.matrix().name, select, wanted(at or ()), owner)
        if wait:
            raise typer.Exit(waited(api, started, json=json))
        if json:
            as_json({"run": started})
        else:
            console().print(f"run {started} has begun: {api.page_of_run(started)}")
