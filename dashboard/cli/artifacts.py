"""`coevo artifacts`: the files that a job made for others, listed or brought here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli.options import Asked, Json, Of

if TYPE_CHECKING:
    from dashboard.cli.asking import Api
    from orchestrator.artifact_views import File
    from orchestrator.views import JobView


def artifacts(
    what: Annotated[str, typer.Argument(metavar="JOB", help="A job's id or number.")],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="Bring the files into this folder.")
    ] = None,
    json: Json = False,
    matrix: Of = "",
    data: Asked = None,
) -> None:
    """Say what a job made for others and who gets it; with --to, bring the files here."""
    from dashboard.cli.asking import connected
    from dashboard.cli.printing import as_json

    with connected(data, matrix) as api:
        job = api.named(what)[0]
        if to is not None:
            brought = _brought(api, job, to)
            return as_json({"files": brought}) if json else _say(brought)
        if json:
            return as_json(api.raw(api.files_path(job.id)))
        return _show(api, job)


def _show(api: Api, job: JobView) -> None:
    from dashboard.cli.printing import console, sized, table

    handed, screen = api.handed(job.id), console()
    for word, others in (("fed by", handed.inputs), ("feeds", handed.feeds)):
        for one in others:
            screen.print(f"{word} {one.name}: {one.kind}, {one.status or one.state}", markup=False)
    rows = [(f.kind, f.name, sized(f.bytes), f.digest[:16], _kept(f)) for f in handed.files]
    if rows:
        table(("kind", "file", "size", "sha256", ""), rows)
    elif not handed.inputs:
        screen.print(f"{job.name} made no files", markup=False)


def _kept(file: File) -> str:
    return "" if file.is_kept else "no longer kept"


def _brought(api: Api, job: JobView, folder: Path) -> list[str]:
    """The files' new places; each is whole, or not there."""
    found = []
    for file in api.handed(job.id).files:
        if file.is_kept:
            target = folder / file.kind / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            api.bring(job.id, file, target)
            found.append(str(target))
    return found


def _say(places: list[str]) -> None:
    from dashboard.cli.printing import console

    screen = console()
    for place in places:
        screen.print(place, markup=False, soft_wrap=True)
    if not places:
        screen.print("there is nothing to bring")
