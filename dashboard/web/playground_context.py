"""From what is played with on open axes to what `playground.html` draws."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from dashboard.web.grid_context import GridContext, grid_context
from dashboard.web.shell import Shell
from orchestrator.views import Playground


class Guest(NamedTuple):
    """The values of an axis that nobody listed, and the line that would list them."""

    axis: str
    values: tuple[str, ...]
    line: str


@dataclass(frozen=True, slots=True)
class PlaygroundContext:
    """What `playground.html` draws. `open` names the open axes, "" where there are none."""

    shell: Shell
    title: str
    open: str
    grid: GridContext
    guests: tuple[Guest, ...]
    command: str
    key: str


def playground_context(frame: Shell, found: Playground, now: datetime) -> PlaygroundContext:
    """The playground at `now`."""
    return PlaygroundContext(
        shell=frame,
        title=f"Playground of {found.grid.matrix.label}",
        open=" and ".join(found.open),
        grid=grid_context(frame, found.grid, now),
        guests=tuple(
            Guest(axis, values, f"values: [..., {', '.join(values)}]")
            for axis, values in found.values
        ),
        command="coevo up --site NAME",
        key="site: {open: true, values: [lab]}",
    )
