"""Geometry of the small server-drawn pictures: history strips and trend lines, as SVG paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

BAR, STEP, HEIGHT = 5, 7, 20
TILE, TILE_STEP = 10, 12
MOST_TILES = 24  # in a row or a column
_HEIGHTS = {"P": 8, "D": 8, "F": 20, "E": 17, "M": 14, "S": 3}
_GROUP = {"P": "fine", "D": "fine", "F": "bad", "E": "bad", "M": "infra", "S": "quiet"}
_WORDS = {
    "P": "passed",
    "D": "measured",
    "F": "failed",
    "E": "test error",
    "M": "infrastructure",
    "S": "skipped",
}


@dataclass(frozen=True, slots=True)
class Strip:
    """A history as bars: a taller bar is a worse status, so that it reads without colour.

    Each path draws the bars of one group. `name` says the same in words.
    """

    width: int
    fine: str
    bad: str
    infra: str
    quiet: str
    name: str


@lru_cache(maxsize=8192)
def strip(history: str) -> Strip | None:
    """The strip of a `CellState.history`; None where there is none."""
    known = [letter for letter in history if letter in _GROUP]
    if not known:
        return None
    paths = dict.fromkeys(_GROUP.values(), "")
    for index, letter in enumerate(known):
        paths[_GROUP[letter]] += _bar(index * STEP, _HEIGHTS[letter])
    return Strip(width=len(known) * STEP - (STEP - BAR), name=_told(known), **paths)


def _bar(left: int, height: int) -> str:
    return f"M{left} {HEIGHT}v-{height}h{BAR}v{height}z"


def _told(known: Sequence[str]) -> str:
    parts = [f"{known.count(letter)} {word}" for letter, word in _WORDS.items() if letter in known]
    return f"last {len(known)}: {', '.join(parts)}"


def trend_told(values: Sequence[float]) -> str:
    """A trend in words: "5 runs, from 37.1 to 38.4"."""
    return f"{len(values)} runs, from {values[0]:,.4g} to {values[-1]:,.4g}"


def line(values: Sequence[float], width: int, height: int) -> str:
    """A trend as the `points` of a polyline that fills width by height; "" of fewer than two."""
    if len(values) < 2:  # noqa: PLR2004 - one point is no trend
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = width / (len(values) - 1)
    return " ".join(
        f"{index * step:.1f},{height - (value - low) / span * height:.1f}"
        for index, value in enumerate(values)
    )


@dataclass(frozen=True, slots=True)
class Mosaic:
    """A slide in small: one path of tiles for each colour. Words beside it say the same."""

    width: int
    height: int
    orange: str
    blue: str
    green: str
    none: str


def mosaic(colours: Sequence[str], columns: int) -> Mosaic | None:
    """Tiles row by row; None where there are none, or too many to be seen."""
    rows = -(-len(colours) // columns) if columns else 0
    if not 0 < rows <= MOST_TILES or columns > MOST_TILES:
        return None
    paths = dict.fromkeys(("orange", "blue", "green", "none"), "")
    for number, colour in enumerate(colours):
        row, column = divmod(number, columns)
        paths[colour] += f"M{column * TILE_STEP} {row * TILE_STEP}h{TILE}v{TILE}h-{TILE}z"
    gap = TILE_STEP - TILE
    return Mosaic(columns * TILE_STEP - gap, rows * TILE_STEP - gap, **paths)
