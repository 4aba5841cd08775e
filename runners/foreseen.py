"""Failures that somebody foresaw: marked where they come, and where they do not come any more."""

from __future__ import annotations

from collections.abc import Iterable

from matrix.expected import Expected, covering
from matrix.status import GOOD, Status
from runners.work import CaseResult, Component

FORESEEN = "expected until"


def marked(case: CaseResult, known: Iterable[Expected], found: Iterable[Component]) -> CaseResult:
    """The case, marked as expected where it is among those known; `found` is what was observed.

    A failure that is foreseen counts for nothing; what passes all the same is marked too, and is
    news. Where the foresight is over, a failure counts and says that it had been known.
    """
    if not known or (case.status is not Status.FAIL and case.status not in GOOD):
        return case
    one = covering(known, case.id, case.device, case.dtype, ((c.name, c.version) for c in found))
    if one is None or (one.is_over and case.status in GOOD):
        return case
    about = f"{one.reason} ({', '.join(filter(None, (one.owner, one.issue)))})"
    if case.status in GOOD:
        return case._replace(expected=True, message=f"It passes, and should fail as yet: {about}")
    if one.is_over:
        said = f"{case.message}\n{FORESEEN} {one.expires}, and no longer: {about}"
        return case._replace(message=said)
    said = f"{case.message}\n{FORESEEN} {one.expires}: {about}"
    return case._replace(expected=True, message=said)
