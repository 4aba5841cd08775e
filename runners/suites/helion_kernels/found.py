"""What a child found out about a case, as it says it in a line of JSON."""

from __future__ import annotations

from typing import Any, NamedTuple  # Any: JSON


class Found(NamedTuple):
    """`problem` is "" where all is right; `skip` is why nothing was tried, "" where it was.

    `milliseconds` are replicates by who took them, of a case that measures speed.
    """

    problem: str = ""
    skip: str = ""
    detail: dict[str, Any] = {}  # noqa: RUF012 - a named tuple's default, never changed
    milliseconds: dict[str, list[float]] = {}  # noqa: RUF012 - the same
