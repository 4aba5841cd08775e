"""Starts a comparison of two commits, waits for its runs, and says what it came to."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from dashboard.cli import printing
from dashboard.cli.asking import Api
from dashboard.cli.following import until_ended
from dashboard.cli.pair_text import told
from dashboard.cli.screen import display

Wish = tuple[str, Mapping[str, str], str, int, str]  # select, at, against, repeat, owner


def compared(api: Api, wish: Wish, *, wait: bool, json: bool) -> int:
    """Start it; with `wait`, follow it to its end and tell it. The exit code."""
    matrix = api.matrix().name
    comparison, base, head = api.start_pairs(matrix, *wish)
    if wait:
        with display(printing.console(errors=json), silent=json) as shown:
            for run in (base, head):
                until_ended(api, {matrix: run}, shown, threading.Event())
        return told(api, comparison, json=json)
    if json:
        printing.as_json({"comparison": comparison, "base": base, "head": head})
    else:
        page = api.page_of_comparison(comparison)
        printing.console().print(f"comparison {comparison} has begun: {page}")
    return 0
