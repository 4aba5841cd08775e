"""Names what a report says by one digest, so that another one under its fence is told apart."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from hashlib import sha256

from runners.work import CaseResult, Report

_APART = {"cases", "usage", "ranks", "artifacts", "course"}
_REST = tuple(field.name for field in fields(Report) if field.name not in _APART)


def digest_of(report: Report) -> str:
    """The sha256 (hex) of all that a report says: equal for equal reports, whoever holds them.

    Not of the wire's text, which takes thrice as long to make: cases go in by column, and a
    column that says the same of all cases only once.
    """
    usage = report.usage
    said = [getattr(report, name) for name in _REST]
    took = [getattr(usage, field.name) for field in fields(usage)]
    if report.ranks:
        said.append([asdict(rank) for rank in report.ranks])
    if report.artifacts:
        said.append(report.artifacts)
    if report.course.seconds:
        said.append((report.course.seconds, report.course.gauges))
    summed = sha256(json.dumps([said, took, len(report.cases)]).encode())
    for column in _columns(report.cases):
        summed.update(json.dumps(column).encode())
    return summed.hexdigest()


def _columns(cases: Sequence[CaseResult]) -> list[Sequence[object]]:
    return [column[:1] if len(set(column)) == 1 else column for column in zip(*cases, strict=True)]
