"""`coevo suite`: list, show, make, check and run test programs, without a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli.options import DATA_FOLDER, Data, FindLinks, Indexes, Json, Pythons

if TYPE_CHECKING:
    from dashboard.cli.bringing import Asked
    from dashboard.cli.suite_find import Known
    from orchestrator.trying import Trial

app = typer.Typer(
    help="List, show, make, check and run suites on this machine, without a server.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="A suite, as `list` names it.")]
File = Annotated[
    Path | None,
    typer.Option(
        "--matrix",
        metavar="FILE",
        envvar="COEVO_MATRIX",
        help="A declaration that defines suites; default: ./matrix.yaml, where there is one.",
    ),
]
Device = Annotated[
    str, typer.Option(metavar="DEVICE", help="The torch device to test, such as cpu or cuda:1.")
]
StackName = Annotated[
    str, typer.Option("--stack", metavar="NAME", help="Whose versions; default: the first stack.")
]


@app.command("list")
def list_(matrix: File = None, json: Json = False) -> None:
    """The suites that can be run: of the matrix here, built in, and of installed packages."""
    from dashboard.cli.suite_find import every
    from dashboard.cli.suite_text import listed

    listed(every(matrix), json=json)


@app.command()
def show(name: Name, matrix: File = None, json: Json = False) -> None:
    """One suite: what is run, in what, and how it is read."""
    from dashboard.cli.suite_find import named
    from dashboard.cli.suite_text import shown

    shown(named(matrix, name), json=json)


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is to be called.")],
    folder: Annotated[
        Path | None,
        typer.Option("--folder", metavar="DIR", help="Where to; default: ./NAME, still absent."),
    ] = None,
    json: Json = False,
) -> None:
    """Make a suite from a template: a program, a package that ships it, and a matrix with it."""
    from dashboard.cli.suite_new import made
    from dashboard.cli.suite_text import told_new

    told_new(made(name, folder or Path(name)), json=json)


@app.command()
def check(
    name: Name,
    matrix: File = None,
    device: Device = "cpu",
    stack: StackName = "",
    data: Data = DATA_FOLDER,
    json: Json = False,
    python: Pythons = None,
    index: Indexes = None,
    find_links: FindLinks = None,
) -> None:
    """Run a suite twice and say what is wrong with it; exit 1 where it has a mistake."""
    from dashboard.cli.bringing import Asked
    from dashboard.cli.suite_find import named
    from dashboard.cli.suite_text import Ear, told_check
    from orchestrator.suite_check import MISTAKE, found
    from orchestrator.trying import carried_out

    trial = _trial(
        named(matrix, name),
        device,
        stack,
        "",
        data,
        Asked(python, None, "", None, index, find_links, None),
    )
    with Ear(is_quiet=json) as ear:
        first, second = (carried_out(trial, ear.hear) for _ in range(2))
    told = found(trial.suite, first, second)
    told_check(trial, first, told, json=json)
    raise typer.Exit(int(any(one.kind == MISTAKE for one in told)))


@app.command()
def run(
    name: Name,
    matrix: File = None,
    device: Device = "cpu",
    select: Annotated[str, typer.Option(metavar="CASE", help="Just this case, by its id.")] = "",
    stack: StackName = "",
    log: Annotated[
        bool, typer.Option("--log", help="Show the suite's log on standard error as it comes.")
    ] = False,
    format: Annotated[  # noqa: A002 - the option's name
        str,
        typer.Option(metavar="FORMAT", help="Print junit, ctrf or pytorch-benchmark-v3 instead."),
    ] = "",
    data: Data = DATA_FOLDER,
    json: Json = False,
    python: Pythons = None,
    index: Indexes = None,
    find_links: FindLinks = None,
) -> None:
    """Carry a suite out here and now; exit 1 on FAIL, ERROR and MISS."""
    from dashboard.cli.bringing import Asked
    from dashboard.cli.suite_find import named
    from dashboard.cli.suite_text import Ear, told_run
    from matrix.status import BAD
    from orchestrator.trying import carried_out
    from runners.reports.writing import checked

    if format:
        checked(format)
    trial = _trial(
        named(matrix, name),
        device,
        stack,
        select,
        data,
        Asked(python, None, "", None, index, find_links, None),
    )
    with Ear(is_quiet=bool(json or format), is_loud=log) as ear:
        report = carried_out(trial, ear.hear)
    told_run(trial, report, json=json, kind=format)
    raise typer.Exit(int(report.status in BAD))


def _trial(
    known: Known,
    device: str,
    stack: str,
    case: str,
    data: Path,
    asked: Asked,
) -> Trial:
    from dashboard.cli.bringing import brought
    from orchestrator.trying import Trial

    return Trial(
        suite=known.suite,
        stack=known.stack(stack),
        home=data.absolute(),
        device=device,
        case=case,
        matrix=known.matrix.name,
        policies=known.matrix.policies,
        bindings=brought(asked, data),
    )
