"""`coevo stack`: what stacks are now, what they resolve to, and what a change would do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli.options import DATA_FOLDER, Data, Json

if TYPE_CHECKING:
    from matrix.model import Matrix

app = typer.Typer(
    help="Resolve the stacks of a matrix file, and see what another commit would change.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
File = Annotated[
    Path | None,
    typer.Option(
        "--matrix",
        metavar="FILE",
        envvar="COEVO_MATRIX",
        help="Default: ./matrix.yaml, else the one built in.",
    ),
]
At = Annotated[
    list[str] | None,
    typer.Option(
        "--at", metavar="COMPONENT=REF", help="At this version, branch, commit, source or wheel."
    ),
]
Platform = Annotated[
    str, typer.Option("--platform", metavar="NAME", help="Default: this machine's, for the CPU.")
]


@app.command("resolve")
def resolve_(
    matrix: File = None, at: At = None, data: Data = DATA_FOLDER, json: Json = False
) -> None:
    """What each component is now: branches and tags become commits."""
    from dashboard.cli.stack_text import components

    components(_declared(matrix), _at(_declared(matrix), at, data), json=json)


@app.command()
def lock(
    matrix: File = None,
    at: At = None,
    platform: Platform = "",
    data: Data = DATA_FOLDER,
    json: Json = False,
) -> None:
    """Resolve every suite's environment on every stack; exit 1 where one cannot be."""
    from dashboard.cli.stack_text import locks
    from orchestrator.service.stacklocks import locked
    from runners.environments.platforms import here

    found = _at(_declared(matrix), at, data)
    resolved = list(locked(found, found.stacks, platform or str(here()), data))
    locks(resolved, json=json)
    raise typer.Exit(int(any(one.problem for one in resolved)))


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="STACK", help="A stack as it is declared.")],
    after: Annotated[
        str, typer.Argument(metavar="[OTHER]", help="Another one; the same with --at by default.")
    ] = "",
    matrix: File = None,
    at: At = None,
    platform: Platform = "",
    data: Data = DATA_FOLDER,
    json: Json = False,
) -> None:
    """What another stack, or another version or commit, would change in each environment."""
    from dashboard.cli.stack_text import differences, named
    from orchestrator.service.stacklocks import locked
    from runners.environments.platforms import here

    now, then = _at(_declared(matrix), None, data), _at(_declared(matrix), at, data)
    pair = named(now, before), named(then, after or before)
    where = platform or str(here())
    sides = [list(locked(now, (stack,), where, data)) for stack in pair]
    differences(pair, sides[0], sides[1], json=json)
    raise typer.Exit(int(any(one.problem for side in sides for one in side)))


def _declared(file: Path | None) -> Matrix:
    from matrix.load import default_matrix, load

    local = Path("matrix.yaml")
    if file is not None:
        return load(file)
    return load(local) if local.is_file() else default_matrix()


def _at(declared: Matrix, said: list[str] | None, data: Path) -> Matrix:
    """The declaration with commits for what moves, and at what was said; raises CoevoError."""
    from dashboard.cli.components import wanted
    from orchestrator.service.pinning import at, fixed
    from runners.environments.repositories import Repositories

    repositories = Repositories(data)
    return at(fixed(declared, repositories), wanted(said or ()), repositories)[0]
