"""`coevo env`: the environments of this machine, and what can be done with them by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli.options import (
    DATA_FOLDER,
    Constraints,
    Data,
    Database,
    Engine,
    EngineOptions,
    FindLinks,
    Images,
    Indexes,
    Json,
    Pythons,
    Select,
)
from orchestrator.service.settings import DEFAULT_SITE

if TYPE_CHECKING:
    from datetime import timedelta

app = typer.Typer(
    help="List, build, show, repeat and take away the environments of this machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="An environment, or how it begins.")]
KEPT = "30d"


@app.command("list")
def list_(data: Data = DATA_FOLDER, json: Json = False) -> None:
    """The environments, with their size and last use."""
    from dashboard.cli.env_text import listed
    from runners.environments.shelf import kept

    listed(kept(data), json=json)


@app.command()
def build(
    matrix: Annotated[
        Path | None,
        typer.Option(metavar="FILE", envvar="COEVO_MATRIX", help="The declaration, as for `up`."),
    ] = None,
    select: Select = "",
    site: Annotated[
        str, typer.Option(envvar="COEVO_SITE", help="Where this machine stands.")
    ] = DEFAULT_SITE,
    data: Data = DATA_FOLDER,
    database: Database = None,
    json: Json = False,
    python: Pythons = None,
    image: Images = None,
    engine: Engine = "",
    engine_option: EngineOptions = None,
    index: Indexes = None,
    find_links: FindLinks = None,
    constraint: Constraints = None,
) -> None:
    """Build ahead what the matrix's jobs need here; exit 1 where one could not be built."""
    from dashboard.cli.bringing import Asked, brought
    from dashboard.cli.building import Order, carry_out
    from dashboard.cli.env_text import told

    asked = Asked(python, image, engine, engine_option, index, find_links, constraint)
    built = carry_out(Order(matrix, select, site, data, database, brought(asked, data)), json=json)
    told(data, built, json=json)
    raise typer.Exit(int(any(one.reason for one in built)))


@app.command()
def show(name: Name, data: Data = DATA_FOLDER, engine: Engine = "", json: Json = False) -> None:
    """One environment: what it was made from, and what is in it."""
    from dashboard.cli.env_text import shown
    from orchestrator.service.shelves import installed, named
    from runners.environments.bindings import Bindings

    one = named(data, name)
    shown(one, installed(data, Bindings(engine=engine), one), json=json)


@app.command()
def repro(name: Name, data: Data = DATA_FOLDER, engine: Engine = "", json: Json = False) -> None:
    """Print the commands that make it without Coevo."""
    from dashboard.cli.printing import as_json
    from orchestrator.service.shelves import by_hand, named
    from runners.environments.bindings import Bindings

    one = named(data, name)
    script = by_hand(data, Bindings(engine=engine), one)
    if json:
        return as_json({"name": one.folder.name, "script": script})
    return typer.echo(script, nl=False)


@app.command()
def prune(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]…", help="Just these, whenever used.")
    ] = None,
    unused_for: Annotated[
        str, typer.Option(metavar="TIME", help="Those that no attempt was prepared in for so long.")
    ] = KEPT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    data: Data = DATA_FOLDER,
    engine: Engine = "",
    json: Json = False,
) -> None:
    """Take environments away: by last use, or by name; none that a process runs in."""
    from datetime import UTC, datetime

    from dashboard.cli.env_text import gone
    from orchestrator.service.shelves import due
    from orchestrator.service.shelves import prune as taken_away
    from runners.environments.bindings import Bindings

    found = due(data, datetime.now(UTC) - _span(unused_for), tuple(names or ()))
    went = found if dry_run else taken_away(data, Bindings(engine=engine), found)
    gone(went, dry_run=dry_run, json=json)


def _span(text: str) -> timedelta:
    from matrix.quantities import duration

    try:
        return duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--unused-for") from error
