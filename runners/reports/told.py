"""What a report of another tool's format is written from, wherever the results come from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from matrix.status import Status
from runners.work import CaseResult, Component, MetricValue


@dataclass(frozen=True, slots=True)
class Told:
    """One job's results. `runner` says who ran it, `device` is the torch device string."""

    job: str
    suite: str
    runner: str
    device: str
    ended_at: datetime
    seconds: float
    status: Status
    reason: str
    cases: tuple[CaseResult, ...] = ()
    metrics: tuple[MetricValue, ...] = ()
    observed: tuple[Component, ...] = ()


@dataclass(frozen=True, slots=True)
class Try:
    """An earlier try of a case, as its detail keeps it."""

    status: str
    seconds: float | None
    message: str


def tries(case: CaseResult) -> tuple[Try, ...]:
    """The earlier tries of a case, oldest first."""
    found = detail(case).get("attempts")
    told = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return tuple(map(_try, told))


def detail(case: CaseResult) -> dict[str, object]:
    """A case's detail as an object; what is none stands under `detail`."""
    if not case.detail:
        return {}
    try:
        found = json.loads(case.detail)
    except (ValueError, RecursionError):
        found = case.detail
    return cast("dict[str, object]", found) if isinstance(found, dict) else {"detail": found}


def _try(said: dict[str, object]) -> Try:
    seconds = said.get("seconds")
    return Try(
        status=str(said.get("status", "FAIL")),
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
        message=str(said.get("message", "")),
    )
