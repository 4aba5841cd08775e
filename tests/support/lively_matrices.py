"""Matrices beside the lively one, and mistakes in their files."""

from __future__ import annotations

from matrix.errors import Mistake, Place
from orchestrator.server_views import Declared
from orchestrator.views import Label

MISTAKES = (
    Mistake(Place("matrix.yaml", 12, 3), "unknown key `axs`", "did you mean `axes`?", "  axs: [a]"),
    Mistake(Place("matrix.yaml", 30, 1), "a list must not be empty"),
)
SERVED = Declared(Label("serving", "Serving at scale"), "matrices/serving.yaml", is_served=True)
UNREADABLE = Declared(
    None,
    "matrices/a-file-with-quite-a-long-name-that-nobody-has-ever-read.yaml",
    is_served=False,
    mistakes=(Mistake(None, "cannot read it: Permission denied", "name a file that is there"),),
)
PAST = Declared(Label("serving", "Serving at scale"), "", is_served=False)
OTHERS = (SERVED, UNREADABLE)
