"""`coevo status`: what the server is doing, and how its runs stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.cli.options import Asked, Json, Of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.text import Text

    from dashboard.cli.asking import Api
    from orchestrator.messages import DeliveryView
    from orchestrator.server_views import AccountView, TriggerView

LATEST = 5
_MOMENT = "%Y-%m-%d %H:%M UTC"


def status(json: Json = False, matrix: Of = "", data: Asked = None) -> None:
    """Say where the server is, what it is doing, what is wrong, and how its latest runs stand."""
    from dashboard.cli.asking import connected
    from dashboard.cli.printing import as_json, console
    from dashboard.cli.screen import submitted_line

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
        for one in _bars(api, names):
            screen.print(one)
        for job in (job for name in names for job in api.pending(name, LATEST)):
            screen.print(submitted_line(job), markup=False, highlight=False)
        for line in (line for name in names for line in _of(api, name)):
            screen.print(line, markup=False, highlight=False)
        for told in api.deliveries(LATEST):
            screen.print(_told(told), markup=False, highlight=False)
    return None


def _bars(api: Api, names: Sequence[str]) -> list[Text]:
    """The latest runs of one matrix, or the latest of each."""
    from dashboard.cli.screen import bar

    if len(names) == 1:
        return [bar(run) for run in api.runs(names[0], 0, LATEST)]
    return [bar(run, f"{name} ") for name in names for run in api.runs(name, 0, 1)]


def _of(api: Api, matrix: str) -> Iterator[str]:
    """What there is to say of a matrix beside its runs: its triggers and its budget."""
    yield from (_line(trigger) for trigger in api.triggers(matrix))
    for account in api.accounts(matrix):
        yield from _capped(account)


def _told(one: DeliveryView) -> str:
    """A message of a git host in a line: what it led to, or why nothing."""
    runs = ", ".join(f"run {started.run}" for started in one.runs)
    vain = "waits for a look" if one.pending else "nothing new"
    became = f"no run, {one.reason}" if one.reason else runs or vain
    about = " ".join(filter(None, (one.event, one.about)))
    where = f" of {one.repository}" if one.repository else ""
    return f"told at {one.received_at:{_MOMENT}}: {about}{where}: {became}"


def _capped(one: AccountView) -> Iterator[str]:
    """An account in lines: a line for each period with a cap."""
    from matrix.budget import hours

    for spent in one.spent:
        if spent.cap is None:
            continue
        used = f"{hours(spent.used)} of {hours(spent.cap)} device-hours a {spent.period} used"
        held = f", {hours(one.held)} reserved" if one.held else ""
        waiting = f", {one.waiting} waiting" if one.waiting else ""
        yield f"budget of {one.owner}: {used}{held}{waiting}, renews {spent.renews_at:{_MOMENT}}"


def _line(one: TriggerView) -> str:
    """A trigger in a line: what it waits for, and its last run."""
    due = f", next at {one.next_at.astimezone():%Y-%m-%d %H:%M %Z}" if one.next_at else ""
    last = f", last run {one.run}" if one.run else ""
    if one.why and one.seen_at:
        last += f", none at {one.seen_at.astimezone():%Y-%m-%d %H:%M}: {one.why}"
    return f"by itself: {one.name}, {one.what}{due}{last}"
