"""From the command line to what a machine brings: Pythons, images and sources, all looked at."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import typer

from dashboard.cli import printing
from matrix.errors import CoevoError
from orchestrator.dispatch.ray_foreign import foreign
from runners.environments.bindings import Binding, Bindings, Kind, binding, together
from runners.environments.choice import Choice
from runners.environments.image import ImageProvider
from runners.environments.plain import shell
from runners.environments.provider import Unprepared
from runners.environments.sources import Sources


class Asked(NamedTuple):
    """The options as they were given."""

    python: list[str] | None
    image: list[str] | None
    engine: str
    engine_option: list[str] | None
    indexes: list[str] | None
    find_links: list[str] | None
    constraint: list[Path] | None


def brought(asked: Asked, data: Path) -> Bindings:
    """What the machine brings; a mistake in it is told before anything is started.

    What lies on the nodes of somebody else's cluster cannot be looked at from here.
    """
    sources = Sources(
        tuple(asked.indexes or ()),
        tuple(map(_place, asked.find_links or ())),
        tuple(str(_there(path)) for path in asked.constraint or ()),
    )
    bindings = Bindings(
        tuple(_bound(asked)), sources, asked.engine, tuple(asked.engine_option or ())
    )
    _warn(sources)
    if foreign() is None:
        _look_at(bindings, data)
    return bindings


def _bound(asked: Asked) -> Iterator[Binding]:
    given = [(Kind.PYTHON, text) for text in asked.python or ()]
    given += [(Kind.IMAGE, text) for text in asked.image or ()]
    found = []
    for kind, text in given:
        try:
            found.append(binding(kind, text))
            together(tuple(found))
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint=f"--{kind}") from error
    for one in found:
        is_file = one.kind is Kind.PYTHON or one.target.endswith(".sif")
        yield replace(one, target=_place(one.target)) if is_file else one


def _look_at(bindings: Bindings, data: Path) -> None:
    """Ask each Python for its version, and see that something runs images."""
    choice = Choice(data.absolute(), bindings)
    try:
        for one in bindings.bound:
            provider = choice.brought(one)
            if isinstance(provider, ImageProvider):
                provider.container()
            else:
                asyncio.run(provider.prepare(None, _unheard, shell))
    except Unprepared as reason:
        raise CoevoError.because(str(reason).rstrip("."), _HINT) from reason


_HINT = "docs/environments.md says what a machine may bring"


def _warn(sources: Sources) -> None:
    """Say where a password can be read by everybody on this machine."""
    line = " ".join(sys.argv)
    if sources.redacted(line) != line:
        printing.console(errors=True).print(
            "A password on the command line stands in the list of processes: "
            "set COEVO_INDEX, or use ~/.netrc.",
            style="dark_orange",
        )


def _place(text: str) -> str:
    """A path as it is from everywhere; a URL as it is."""
    return text if "://" in text else str(Path(text).expanduser().absolute())


def _there(path: Path) -> Path:
    whole = path.expanduser().absolute()
    if not whole.is_file():
        raise typer.BadParameter(f"{path} is no file", param_hint="--constraint")
    return whole


def _unheard(_line: str) -> None:
    """A question of ours is no news."""
