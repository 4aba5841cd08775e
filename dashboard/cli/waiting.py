"""Waits for a run on another server and says how it went."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from dashboard.cli import printing
from dashboard.cli.asking import Api
from dashboard.cli.following import until_ended
from dashboard.cli.screen import display
from orchestrator.service import outcome


def waited(api: Api, run: int, *, json: bool) -> int:
    """Follow the run to its end and print what came of it; the exit code."""
    with display(printing.console(errors=json), silent=json) as shown:
        (jobs,) = until_ended(api, {api.matrix().name: run}, shown, threading.Event())
    return concluded(run, outcome.outcomes(jobs), json=json)


def all_concluded(
    runs: Mapping[str, int], found: Sequence[tuple[outcome.Outcome, ...]], *, json: bool
) -> int:
    """The same of several runs, by matrix: one document `{"runs": […]}`, or a line for each."""
    told = tuple(zip(runs.items(), found, strict=True))
    if json:
        each = [{"matrix": name, **outcome.document(run, of)} for (name, run), of in told]
        printing.as_json({"runs": each})
    else:
        for (name, run), of in told:
            printing.console().print(f"{name}: {outcome.summary(run, of)}")
    return outcome.exit_code(one for of in found for one in of)


def concluded(run: int, found: tuple[outcome.Outcome, ...], *, json: bool) -> int:
    """Print what came of a run: one JSON document, or a line of counts; the exit code."""
    if json:
        printing.as_json(outcome.document(run, found))
    else:
        printing.console().print(outcome.summary(run, found))
    return outcome.exit_code(found)
