"""Reports of many and of telling cases, and the page of them that the store reads."""

from __future__ import annotations

import random

from worlds import World, report_of

from matrix.status import WORST_FIRST, Status
from orchestrator.store.read_reports import cases
from orchestrator.views import CaseFilter, CasePage
from runners.work import CaseResult

QUICK = "lab/cpu:quick"
ALL = CaseFilter()
RANK = {status: rank for rank, status in enumerate(WORST_FIRST)}
MANY = tuple(
    CaseResult(f"op_{number:03}", random.Random(number).choice(tuple(Status)), number / 8)
    for number in range(120)
)
SORTED = tuple(sorted(MANY, key=lambda case: RANK[case.status]))
FEW = (
    CaseResult("add", Status.PASS),
    CaseResult("Add.grad", Status.FAIL),
    CaseResult("addmm", Status.SKIP),
    CaseResult("sub", Status.ERROR),
    CaseResult("sub_", Status.MISS),
    CaseResult("100%", Status.DONE),
    CaseResult("back\\slash", Status.PASS),
    CaseResult("it's", Status.FAIL, expected=True),
)


def recorded(world: World, *results: CaseResult) -> int:
    world.start(QUICK)
    (ticket,) = world.claim()
    world.end([ticket], report_of(Status.PASS, *results))
    return ticket.key.job


def page(
    world: World, job: int, wanted: CaseFilter = ALL, offset: int = 0, limit: int = 500
) -> CasePage:
    return cases(world.store, job, wanted, offset, limit)


def names(found: CasePage) -> list[str]:
    return [case.id for case in found.cases]
