"""`coevo status`: what the server is doing, and how its runs stand."""

from __future__ import annotations

from dashboard.cli.options import Asked, Json


def status(json: Json = False, data: Asked = None) -> None:
    """Say where the server is, what it is doing and how its latest runs stand."""
    from dashboard.cli.asking import connected
    from dashboard.cli.printing import as_json, console
    from dashboard.cli.screen import bar

    with connected(data) as api:
        if json:
            return as_json(api.overview())
        screen, now = console(), api.status()
        screen.print(f"{api.url}  {'ready' if now.ready else 'starting'}")
        for line in now.doing:
            screen.print(f"… {line}", style="blue", markup=False)
        for line in now.problems:
            screen.print(f"! {line}", style="dark_orange", markup=False)
        for run in api.runs(api.matrix().name, 0, 5):
            screen.print(bar(run))
    return None
