"""`coevo models`: which models the suites run, and where their weights are from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli.options import Json

if TYPE_CHECKING:
    from matrix.modelling import ModelShape

BUILT_IN = "built in"


def models(
    matrix: Annotated[
        Path | None,
        typer.Option(
            "--matrix",
            metavar="FILE",
            envvar="COEVO_MATRIX",
            help="A declaration that names models; default: ./matrix.yaml, where there is one.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """The models that come with Coevo, and those of the matrix here."""
    from dashboard.cli.printing import as_json, table

    every = list(_every(matrix))
    if json:
        return as_json({name: one.model_dump() | {"origin": at} for name, one, at in every})
    headings = ("model", "architecture", "parameters", "dtype", "licence", "weights", "from")
    return table(headings, (_row(*one) for one in every))


def _every(file: Path | None) -> Iterator[tuple[str, ModelShape, str]]:
    """Name, model and the file that it is from."""
    from dashboard.cli.suite_find import LOCAL_MATRIX
    from matrix.library import builtin_models
    from matrix.load import load, models_of

    place = file or (LOCAL_MATRIX if LOCAL_MATRIX.is_file() else None)
    if place is not None:
        yield from ((name, one, str(place)) for name, one in models_of(load(place)).items())
    yield from ((name, one, BUILT_IN) for name, one in builtin_models().items())


def _row(name: str, one: ModelShape, origin: str) -> tuple[str, ...]:
    size = f"{one.parameters:,}" if one.parameters else ""
    dtypes = ", ".join(one.dtype)
    return name, one.architecture or "", size, dtypes, one.licence, one.source, origin
