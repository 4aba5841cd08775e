"""What holds for a whole matrix: time-outs, limits, and how long what is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from matrix.budget import UNLIMITED, Budget


@dataclass(frozen=True, slots=True)
class Policies:
    """What holds for a matrix where nothing nearer says otherwise."""

    timeout: timedelta = timedelta(minutes=30)
    prepare_timeout: timedelta = timedelta(minutes=30)
    infrastructure_attempts: int = 3
    freshness: timedelta = timedelta(hours=36)
    max_queue: timedelta = timedelta(days=1)
    priority: int = 0
    log_limit_bytes: int = 64 * 2**20
    supersede: bool = False
    budget: Budget = UNLIMITED
    artifact_limit_bytes: int = 2**30
    line: int = 0


@dataclass(frozen=True, slots=True)
class Keep:
    """How long each class is kept; failures, metrics and verdicts stay for ever.

    What jobs made for others is kept for so long after its last use.
    """

    logs: timedelta = timedelta(days=30)
    passing_cases: timedelta = timedelta(days=90)
    artifacts: timedelta = timedelta(days=14)
