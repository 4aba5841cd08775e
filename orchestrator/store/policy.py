"""How long leases last, and what becomes of a job whose attempt ended: pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from matrix.status import Layer, Status
from orchestrator.store.columns import End
from runners.work import Report

LEASE = timedelta(seconds=90)
GRACE_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Fate:
    """What a job is after an attempt: queued again (`end` OPEN), or ended.

    `counted`: whether the attempt counts against the infrastructure's three.
    """

    end: End
    status: Status | None
    layer: Layer
    reason: str
    counted: bool = True

    @property
    def is_final(self) -> bool:
        """Whether the job ends here."""
        return self.end is not End.OPEN


CANCELLED = Fate(End.CANCELLED, Status.SKIP, Layer.NONE, "cancelled")
WITHDRAWN = Fate(End.CANCELLED, Status.SKIP, Layer.NONE, "the matrix declares it otherwise now")


def grace(timeout: timedelta) -> timedelta:
    """How long after its lease a job is leased anew: the larger of the lease and a tenth."""
    return max(LEASE, GRACE_SHARE * timeout)


def after_report(report: Report, *, cancel: bool, tries: int, limit: int) -> Fate:
    """A cancel beats the result; infrastructure is tried `limit` times; a failure never again.

    A report that was cut short though nobody cancelled goes back without counting.
    """
    if cancel:
        return CANCELLED
    if report.cancelled:
        return Fate(End.OPEN, None, Layer.NONE, "", counted=False)
    if report.status is Status.MISS and report.retry and tries < limit:
        return Fate(End.OPEN, None, report.layer, report.reason)
    return Fate(End.REPORTED, report.status, report.layer, report.reason)


def after_loss(*, cancel: bool, tries: int, limit: int) -> Fate:
    """The runner was not heard of: tried again, or ended as lost."""
    if cancel:
        return CANCELLED
    reason = "the runner was lost"
    if tries < limit:
        return Fate(End.OPEN, None, Layer.INFRA, reason)
    return Fate(End.LOST, Status.MISS, Layer.INFRA, f"{reason}, {tries} times")
