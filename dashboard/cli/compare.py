"""`coevo compare`: what the pairs of a comparison say."""

from __future__ import annotations

from typing import Annotated

import typer

from dashboard.cli.options import Asked, Json, Of


def compare(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The comparison's number.")],
    json: Json = False,
    matrix: Of = "",
    data: Asked = None,
) -> None:
    """Say what a comparison came to; exit 1 where the head is worse, or nobody can tell."""
    from dashboard.cli.asking import connected
    from dashboard.cli.pair_text import told

    with connected(data, matrix) as api:
        raise typer.Exit(told(api, number, json=json))
