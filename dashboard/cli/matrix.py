"""`coevo matrix`: check a declaration, look at what it makes, and compare two."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matrix.errors import CoevoError

if TYPE_CHECKING:
    from matrix.model import Matrix

LOCAL_FILE = Path("matrix.yaml")

app = typer.Typer(
    help="Check, look at, expand and compare matrix files.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
File = Annotated[
    Path | None,
    typer.Argument(
        metavar="[FILE]",
        help="Or the built-in `nightly` or `default`; otherwise ./matrix.yaml, else `default`.",
    ),
]
Given = Annotated[Path, typer.Argument(metavar="FILE", help="A matrix file.")]


@app.command()
def check(file: Given, *, json: Json = False) -> None:
    """Say every mistake of FILE with its place and a hint; exit 2 where there is one."""
    from dashboard.cli import matrix_text

    with _told(json=json):
        from matrix.load import load

        matrix_text.checked(load(file), json=json)


@app.command()
def show(
    file: File = None,
    *,
    json: Json = False,
    source: Annotated[
        bool, typer.Option("--source", help="The file itself, comments and all, to begin one from.")
    ] = False,
) -> None:
    """The grid that a matrix makes: how many jobs each site runs on each accelerator."""
    from dashboard.cli import matrix_text

    with _told(json=json):
        found = _matrix(file)
        if source:
            from matrix.load import text_of

            sys.stdout.write(text_of(found))
        else:
            matrix_text.grid(found, json=json)


@app.command()
def expand(
    file: File = None,
    *,
    json: Json = False,
    select: Annotated[
        str,
        typer.Option(metavar="SELECTOR", help="Only these: 'site=lab,accelerator!=tpu'."),
    ] = "",
    why: Annotated[
        str, typer.Option(metavar="SITE/ACCELERATOR", help="Why a cell is what it is: lab/tpu.")
    ] = "",
    changed: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="As at a change of this file; may be given again."),
    ] = None,
    runners: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Offers to hold the jobs against.")
    ] = None,
    server: Annotated[
        str, typer.Option(metavar="URL", help="The server whose runners to hold them against.")
    ] = "",
) -> None:
    """Every job of a matrix, planned or not, with the reason."""
    from dashboard.cli import matrix_jobs

    with _told(json=json):
        offers = matrix_jobs.offers(runners, server)
        found = matrix_jobs.explained(
            _matrix(file), select=select, why=why, offers=offers, changed=changed or ()
        )
        matrix_jobs.told(found, json=json, why=why)


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The matrix as it was.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The matrix as it is to be.")],
    *,
    json: Json = False,
) -> None:
    """Cells and jobs that NEW adds, removes or changes, with the line that does it."""
    from dashboard.cli import matrix_text

    with _told(json=json):
        from matrix.diff import diff as compared
        from matrix.load import load

        matrix_text.changes(compared(load(old), load(new)), json=json)


@app.command()
def schema(*, json: Json = False) -> None:
    """The JSON Schema of matrix files, for editors; it is JSON with or without --json."""
    from dashboard.cli import printing
    from matrix.declaration import schema as document

    del json
    printing.as_json(document())


def _matrix(file: Path | None) -> Matrix:
    from matrix.load import default_matrix, load

    if file is not None:
        return load(file)
    return load(LOCAL_FILE) if LOCAL_FILE.is_file() else default_matrix()


@contextmanager
def _told(*, json: bool) -> Iterator[None]:
    """Mistakes as they are, each beginning with its place, and exit code 2."""
    try:
        yield
    except CoevoError as error:
        if json:
            from dashboard.cli import matrix_text

            matrix_text.mistakes(error)
        else:
            sys.stderr.write(f"{error}\n")
        raise typer.Exit(error.exit_code) from error
