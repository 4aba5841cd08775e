"""`coevo doctor`: what is where, how big, what is wrong; it mends what it can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dashboard.cli.options import DATA_FOLDER, DEFAULT_PORT, Data, Json

if TYPE_CHECKING:
    from orchestrator.service.checkup import Check

GLYPHS = {"fine": ("✓", "green"), "mended": ("✓", "blue"), "wrong": ("✕", "dark_orange")}


def doctor(
    data: Data = DATA_FOLDER,
    fix: Annotated[bool, typer.Option("--fix", help="Mend what can be mended.")] = False,
    json: Json = False,
) -> None:
    """Look over the data folder and this machine; exit 1 where something is left to be done."""
    from dataclasses import asdict

    from dashboard.cli.parts import versions
    from dashboard.cli.printing import as_json
    from orchestrator.service.checkup import Finding, checkup
    from orchestrator.service.folder import Folder

    checks = checkup(Folder(data), DEFAULT_PORT, mend=fix)
    if json:
        as_json({"versions": versions(), "checks": [asdict(check) for check in checks]})
    else:
        _print(versions(), checks)
    raise typer.Exit(int(any(check.finding is Finding.WRONG for check in checks)))


def _print(versions: dict[str, str | None], checks: tuple[Check, ...]) -> None:
    from rich.text import Text

    from dashboard.cli.printing import console, table

    told = ", ".join(f"{name} {number}" for name, number in versions.items() if number)
    console().print(told, style="bright_black")
    rows = [
        (Text(*GLYPHS[check.finding]), check.what, check.detail + _hint(check)) for check in checks
    ]
    table(("", "what", "found"), rows)


def _hint(check: Check) -> str:
    return f"\n→ {check.hint}" if check.hint else ""
