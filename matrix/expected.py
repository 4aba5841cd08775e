"""Failures that are known: which cases, of which versions, whose they are, and until when. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from packaging.specifiers import SpecifierSet

from matrix.names import canonical


@dataclass(frozen=True, slots=True)
class Expected:
    """Cases that fail for a defect of somebody else's, as long as it is not mended there.

    `cases` are globs of ids; `device` (a torch device type) and `dtypes` narrow them, empty
    ones do not.
    `versions` is a specifier (PEP 440) of `component`. `expires` is the last day that it holds, as
    YYYY-MM-DD of UTC; `is_over` says that the clock of who gave it out is past that.
    """

    cases: tuple[str, ...]
    component: str
    versions: str
    reason: str
    owner: str
    expires: str
    issue: str = ""
    device: str = ""
    dtypes: tuple[str, ...] = ()
    is_over: bool = False

    def names(self, case: str, device: str, dtype: str) -> bool:
        """Whether a case is one of them, whatever the versions."""
        return (
            self.device in {"", device.partition(":")[0]}
            and (not self.dtypes or dtype in self.dtypes)
            and any(fnmatchcase(case, glob) for glob in self.cases)
        )

    def holds_for(self, name: str, version: str) -> bool:
        """Whether this component is the one that has the defect, in a version that has it."""
        return canonical(name) == canonical(self.component) and SpecifierSet(
            self.versions
        ).contains(version, prereleases=True)


def covering(
    known: Iterable[Expected],
    case: str,
    device: str,
    dtype: str,
    found: Iterable[tuple[str, str]],
) -> Expected | None:
    """The first that covers a case, one that is over only where no other does.

    `found` are the components that were observed, with their versions.
    """
    named = [one for one in known if one.names(case, device, dtype)]
    there = list(found) if named else []
    holds = [one for one in named if any(one.holds_for(*component) for component in there)]
    return min(holds, key=lambda one: one.is_over, default=None)
