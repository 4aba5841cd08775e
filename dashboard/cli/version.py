"""`coevo version`: which Coevo this is, and what it runs with."""

from __future__ import annotations

import typer

from dashboard.cli.options import Json


def version(json: Json = False) -> None:
    """Say which Coevo this is, and which versions of its parts are installed."""
    from dashboard.cli.parts import versions
    from dashboard.cli.printing import as_json

    found = versions()
    if json:
        return as_json(found)
    for name, number in found.items():
        typer.echo(f"{name} {number or 'not installed'}")
    return None
