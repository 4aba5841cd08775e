"""What a run is for: the suites that it names, the files that changed, and what it leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from matrix.model import Condition, Matrix, Overrides, Suite
from matrix.paths import touched
from matrix.select import SUITE

OPTIONAL = "optional: it runs where it is asked for by name"
UNTOUCHED = "the change touches none of its paths"


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why jobs are wanted: `named` suites by name, `changed` files by a change (None: by none)."""

    named: frozenset[str] = frozenset()
    changed: tuple[str, ...] | None = None


ANY = Occasion()


def named(conditions: Iterable[Condition]) -> frozenset[str]:
    """The suites that a selector asks for by name; one that is merely not ruled out is not."""
    asked = (one.values for one in conditions if one.key == SUITE and not one.negated)
    return frozenset().union(*asked)


def minds_paths(matrix: Matrix) -> bool:
    """Whether it matters to any suite what a change touches."""
    overridden = any(include.overrides.paths for include in matrix.includes)
    return overridden or any(suite.paths for suite in matrix.suites)


def is_optional(suite: Suite, overrides: Overrides) -> bool:
    """Whether jobs are planned only where somebody asks for the suite."""
    return suite.optional if overrides.optional is None else overrides.optional


def left_out(suite: Suite, overrides: Overrides, occasion: Occasion) -> str:
    """Why a suite is not run on this occasion, "" where it is."""
    if is_optional(suite, overrides) and suite.name not in occasion.named:
        return OPTIONAL
    paths = suite.paths if overrides.paths is None else overrides.paths
    if occasion.changed is not None and not touched(paths, occasion.changed):
        return UNTOUCHED
    return ""


class Leaving:
    """Why combinations are skipped on an occasion; what a change touches is asked once a suite."""

    def __init__(self, occasion: Occasion) -> None:
        self._occasion = occasion
        self._known: dict[tuple[str, bool | None, tuple[str, ...] | None], str] = {}

    def why(self, suite: Suite, changed: Overrides) -> str:
        """The reason, "" where it is planned."""
        if not (suite.optional or suite.paths or changed.optional or changed.paths):
            return ""
        key = (suite.name, changed.optional, changed.paths)
        if key not in self._known:
            self._known[key] = left_out(suite, changed, self._occasion)
        return self._known[key]
