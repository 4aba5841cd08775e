"""`coevo status`: what the server is doing, and how its runs stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.cli.options import Asked, Json, Of

if TYPE_CHECKING:
    from orchestrator.server_views import TriggerView

LATEST = 5


def status(json: Json = False, matrix: Of = "", data: Asked = None) -> None:
    """Say where the server is, what it is doing, what is wrong, and how its latest runs stand."""
    from dashboard.cli.asking import connected
    from dashboard.cli.printing import as_json, console
    from dashboard.cli.screen import bar, submitted_line

    with connected(data, matrix) as api:
        if json:
            return as_json(api.overview())
        screen, now = console(), api.status()
        screen.print(f"{api.url}  {'ready' if now.ready else 'starting'}")
        for line in now.doing:
            screen.print(f"… {line}", style="blue", markup=False)
        for line in now.problems:
            screen.print(f"! {line}", style="dark_orange", markup=False)
        declared = api.declared()
        for mistake in (mistake for one in declared for mistake in one.mistakes):
            screen.print(str(mistake), style="dark_orange", markup=False, highlight=False)
        names = [one.matrix.name for one in declared if one.matrix and one.is_served]
        if matrix or len(names) == 1:
            names = [api.matrix().name]
            bars = [bar(run) for run in api.runs(names[0], 0, LATEST)]
        else:
            bars = [bar(run, f"{name} ") for name in names for run in api.runs(name, 0, 1)]
        for one in bars:
            screen.print(one)
        for job in (job for name in names for job in api.pending(name, LATEST)):
            screen.print(submitted_line(job), markup=False, highlight=False)
        for name in names:
            for trigger in api.triggers(name):
                screen.print(_line(trigger), markup=False, highlight=False)
    return None


def _line(one: TriggerView) -> str:
    """A trigger in a line: what it waits for, and its last run."""
    due = f", next at {one.next_at.astimezone():%Y-%m-%d %H:%M}" if one.next_at else ""
    last = f", last run {one.run}" if one.run else ""
    return f"by itself: {one.name}, {one.what}{due}{last}"
