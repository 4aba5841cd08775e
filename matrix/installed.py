"""Suites of installed packages: what the entry-point group `coevo.suites` names.

Nothing of them is imported here; their metadata say all that is needed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, EntryPoint, distributions
from typing import NamedTuple

from matrix.declaration import EnvironmentShape, SuiteShape
from matrix.names import Misfit, name

GROUP = "coevo.suites"
_ELSEWHERE = "direct_url.json"  # of what was installed from a folder, a wheel or a commit


class Installed(NamedTuple):
    """A suite and the distribution that brings it, such as `acme-suites 1.2`."""

    shape: SuiteShape
    origin: str


@cache
def installed() -> dict[str, Installed]:
    """The suites of installed packages by name; of two with one name the first on the path."""
    found: dict[str, Installed] = {}
    for distribution in distributions():
        for entry in distribution.entry_points:
            if entry.group == GROUP and _is_name(entry.name):
                found.setdefault(entry.name, _suite(entry, distribution))
    return found


def _suite(entry: EntryPoint, distribution: Distribution) -> Installed:
    """Run as `python -m MODULE`, in an environment that has its distribution at this version.

    What was not installed from an index has no version that another machine could find: it is
    run by this very Python.
    """
    package, version = distribution.metadata["Name"], distribution.version
    is_local = distribution.read_text(_ELSEWHERE) is not None
    python = sys.executable if is_local else "python"
    pinned = list(_pinned(package, version, is_local=is_local))
    shape = SuiteShape(
        project=package[:63],
        command=[python, "-m", entry.module],
        environment=EnvironmentShape(requirements=pinned) if pinned else None,
    )
    return Installed(shape, f"{package} {version}")


def _pinned(package: str, version: str, *, is_local: bool) -> Iterator[str]:
    if not is_local:
        yield f"{package}=={version}"


def _is_name(text: str) -> bool:
    try:
        return name(text) == text
    except Misfit:
        return False
