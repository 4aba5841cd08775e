"""Why there is no lock: nothing meets what is asked, or nobody could find out."""

from __future__ import annotations

from matrix.errors import CoevoError


class Unresolved(CoevoError):  # noqa: N818 - a state of the requirements
    """Nothing meets the requirements; says what the resolver said."""


class ResolverFailed(CoevoError):  # noqa: N818 - a state of the machine
    """The resolver could not find out: no network, no index, no time; says what it said."""
