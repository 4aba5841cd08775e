"""Options that several verbs share, so that each is spelt and explained once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestrator.service import folder

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Data = Annotated[
    Path,
    typer.Option(
        "--data", metavar="DIR", envvar="COEVO_DATA", help="The folder that holds all data."
    ),
]
Asked = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        envvar="COEVO_DATA",
        help="The data folder of the server that is asked; otherwise the nearest .coevo upward.",
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        envvar="COEVO_DATABASE",
        help="A database of its own, such as postgresql://…; otherwise SQLite in the data folder.",
    ),
]
Select = Annotated[
    str,
    typer.Option(
        "--select",
        metavar="SELECTOR",
        help="Only these jobs: 'site=lab,accelerator!=tpu', 'suite in (smoke,probe)'.",
    ),
]
DATA_FOLDER = Path(folder.NAME)
DEFAULT_PORT = 8765
