"""What a string of statuses tells: how sure the last one is, and whether it flips."""

from __future__ import annotations

from itertools import groupby, pairwise

STATUSES_REMEMBERED = 30
FLAKY_FLIPS = 3
FLAKY_WINDOW = 10
BREAK = 3  # so many failures in a row are a break, not a flake


def confidence(history: str) -> float:
    """How sure the last status is: 1 - 2^-n for the n equal statuses that end the history."""
    last = history[-1:]
    return 1 - 0.5 ** (len(history) - len(history.rstrip(last))) if last else 0.0


def is_flaky(history: str) -> bool:
    """At least 3 flips between pass and fail among the last 10 statuses that say either.

    Flips are counted as TestGrid's flip analyzer does: a run of 3 or more failures is a break
    and is taken out first; infrastructure, skips and test errors say neither.
    """
    telling = "".join("P" if letter == "D" else letter for letter in history if letter in "PFD")
    runs = ["".join(letters) for _, letters in groupby(telling)]
    kept = "".join(run for run in runs if run[0] == "P" or len(run) < BREAK)[-FLAKY_WINDOW:]
    return sum(a != b for a, b in pairwise(kept)) >= FLAKY_FLIPS
