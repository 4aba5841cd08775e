"""Which of a suite's cases are wanted: the parameter `cases`, patterns of ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Protocol, TypeVar


class Identified(Protocol):
    """Anything with a case's id."""

    @property
    def id(self) -> str:
        """Stable over devices and dtypes."""
        ...


T = TypeVar("T", bound=Identified)


class ParameterError(ValueError):
    """A parameter that means nothing; the message says what would."""


def chosen(every: Iterable[T], parameters: Mapping[str, str], *others: str) -> list[T]:
    """The cases that `cases` selects, such as `lstm.*,amp.overflow`; all where it is not said.

    `others` are parameters that mean something besides.
    """
    unknown = set(parameters) - {"cases", *others}
    if unknown:
        known = ", ".join(f"`{one}`" for one in ("cases", *others))
        raise ParameterError(f"unknown parameter {', '.join(sorted(unknown))}; there is {known}")
    patterns = str(parameters.get("cases", "*")).replace(",", " ").split()
    found = [one for one in every if any(fnmatchcase(one.id, pattern) for pattern in patterns)]
    if not found:
        raise ParameterError(f"cases: no case is called {' or '.join(patterns)}")
    return found
