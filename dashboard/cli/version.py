"""`coevo version`: which Coevo this is, and what it runs with."""

from __future__ import annotations

import typer

from dashboard.cli.options import Json

PARTS = ("coevo", "ray", "sqlalchemy", "fastapi", "uvicorn", "uv", "pydantic")


def version(json: Json = False) -> None:
    """Say which Coevo this is, and which versions of its parts are installed."""
    from dashboard.cli.printing import as_json

    found = versions()
    if json:
        return as_json(found)
    for name, number in found.items():
        typer.echo(f"{name} {number or 'not installed'}")
    return None


def versions() -> dict[str, str | None]:
    """Distribution → version, None where it is not installed; nothing of them is imported."""
    import platform
    from importlib import metadata

    found: dict[str, str | None] = {}
    for name in PARTS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return {**found, "python": platform.python_version()}
