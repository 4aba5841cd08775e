"""What is read out of a result file, whatever its format; and what is wrong with one.

Python >= 3.9 and the standard library only, as everything that runs beside a suite.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Union

ID_LIMIT = 1000  # characters; a longer id keeps its beginning and a digest of the rest
MESSAGE_LIMIT = 4000
OUTPUT_LIMIT = 16000
NO_DETAIL: Mapping[str, object] = {}


class Malformed(Exception):  # noqa: N818 - a state of a file, no mistake of ours
    """A file is not what its format promises. `place` says where in it."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place, self.problem = place, problem


class Case(NamedTuple):
    """One try of a case. `again`: it was tried anew behind this one, which was not the last."""

    id: str
    status: str
    seconds: float | None = None
    message: str = ""
    detail: Mapping[str, object] = NO_DETAIL
    device: str = ""
    dtype: str = ""
    expected: bool = False
    again: bool = False


class Begun(NamedTuple):
    """A case that has begun, where cases are told as they come."""

    id: str


class Metric(NamedTuple):
    """Replicates of a measurement; `unit` and `better` are "" where the file does not say."""

    name: str
    values: tuple[float, ...]
    unit: str = ""
    better: str = ""
    case: str = ""


class Fact(NamedTuple):
    """Something that the file says of how it came about."""

    name: str
    value: str


Said = Union[Case, Metric, Fact]  # noqa: UP007 - Python 3.9 evaluates it


def named(text: str) -> str:
    """A text that can be an id: printable, not empty, of bounded length, and still its own."""
    shown = "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in text.strip())
    if len(shown) > ID_LIMIT:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        shown = f"{shown[: ID_LIMIT - 13]}~{digest}"
    return shown or "unnamed"


def tries(cases: Iterable[Case]) -> Iterator[Case]:
    """The cases in the order of their first try, each with its last one at the end.

    Formats that know nothing of reruns repeat the case. Only the last try counts; what became
    of the others is not known, unless they say: they were followed by another one, so they failed.
    What was read before Malformed is handed over before it.
    """
    grouped: dict[tuple[str, str, str], list[Case]] = {}
    trouble: Malformed | None = None
    try:
        for case in cases:
            grouped.setdefault((case.id, case.device, case.dtype), []).append(case)
    except Malformed as found:
        trouble = found
    for group in grouped.values():
        yield from (_earlier(case) for case in group[:-1] if case.status != "DONE")
        yield group[-1]._replace(again=False)
    if trouble is not None:
        raise trouble


def _earlier(case: Case) -> Case:
    if case.again or case.status in {"FAIL", "ERROR"}:
        return case._replace(again=True)
    return case._replace(
        status="FAIL", message="tried again, so it failed; the file does not say how", again=True
    )
