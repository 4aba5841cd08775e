"""Known faults: what is expected not to agree with float64, and is skipped with its reason.

An entry excuses a case only while it fails, and only as far as `share` says: what is wrong
everywhere is red in spite of it. Entries hold for the torch releases that they were read from; in
another release they are to be looked at anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # it imports torch, and tables of faults are to be read without it
    from runners.suites.float64.compare import Mismatch

# Those in which each entry that says no other was seen.
RELEASES = ("2.12.*", "2.13.*", "2.14.*")


class Fault(NamedTuple):
    """One known fault. `ids` are patterns, `share` is the part of a result that may be off."""

    ids: tuple[str, ...]
    dtypes: tuple[str, ...]
    share: float
    reason: str
    torch: tuple[str, ...] = RELEASES


def known(id_: str, dtype: str, off: Mismatch, torch: str, faults: Iterable[Fault]) -> str:
    """Why this mismatch is expected with this release of torch; "" where it is not."""
    for fault in faults:
        is_about_it = dtype in fault.dtypes and _matches(id_, fault.ids)
        if is_about_it and _matches(torch, fault.torch) and off.bad <= fault.share * off.elements:
            return fault.reason
    return ""


def _matches(text: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns)
