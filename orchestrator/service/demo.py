"""The demo: the packaged matrix whose every cell is offered by a simulated machine."""

from __future__ import annotations

from importlib import resources

from matrix.load import parse
from matrix.model import Matrix

DEMO_FILE = "demo.yaml"


def demo_matrix() -> Matrix:
    """The slide with the simulated suite."""
    return parse(resources.files("matrix").joinpath(DEMO_FILE).read_bytes(), DEMO_FILE)
