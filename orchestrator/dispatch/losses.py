"""Reports that the dispatcher itself writes, for attempts of which nobody else can."""

from __future__ import annotations

from matrix.status import Layer, Status
from runners.work import Ended, Key, Report


def lost(key: Key, reason: str, node: str = "") -> Ended:
    """The attempt went down with its slot: infrastructure, to be tried again."""
    report = Report(Status.MISS, Layer.INFRA, reason, retry=True, node=node)
    return Ended(key, report)


def unrecordable(ended: Ended, problem: str) -> Ended:
    """The same end without what the queue could not store."""
    reason = f"the report could not be stored: {problem}"
    report = Report(
        Status.ERROR,
        Layer.TEST,
        reason,
        exit_code=ended.report.exit_code,
        signal=ended.report.signal,
        cancelled=ended.report.cancelled,
        node=ended.report.node,
    )
    return Ended(ended.key, report)
