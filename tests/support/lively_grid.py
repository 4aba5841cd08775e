"""A lively slide: all states, long names, a run half through."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from matrix.verdict import Counts, State
from orchestrator.views import (
    Change,
    Face,
    Grid,
    Label,
    Playground,
    RunSummary,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MATRIX = Label("default", "Hardware CI matrix")
SITES = tuple(
    Label(name, label)
    for name, label in (
        ("cloud-a", "Cloud A"),
        ("cloud-b", "Cloud B"),
        ("cloud-c", "Cloud C"),
        ("lab", "Lab"),
        ("edge", "Edge"),
    )
)
ACCELERATORS = tuple(Label(name, name.upper()) for name in ("gpu", "tpu", "asic", "cpu"))
STATES = (
    (State.FAILING, State.RUNNING, State.PASSING, State.SLOWER),
    (State.QUEUED, State.PASSING, State.FLAKY, State.STALE),
    (State.PASSING, State.INFRA, State.NEW, State.FASTER),
    (State.NOT_OFFERED, State.RUNNING, State.PASSING, State.PASSING),
    (State.BROKEN, State.PASSING, State.NOT_OFFERED, State.SKIPPED),
)
HISTORIES = {
    State.FAILING: "PPPPPPPPPPPPPPPPPPPPPPPPPPPFFF",
    State.BROKEN: "PPPPPPPPPPPPPPPPPPPPPPPPPPPPEE",
    State.INFRA: "PPPPPPPPPPMPPPPPPPPPPPPPPPPPMM",
    State.SLOWER: "PPPPPPPPPPPPPPPPPPPPPPPPPPPPPP",
    State.FLAKY: "PPFPPPPFPPPPPPFPFPPPPFPPPPFPPP",
    State.NEW: "",
    State.QUEUED: "PPPPPPPP",
    State.STALE: "PPPPPPPPPPPPPPP",
    State.NOT_OFFERED: "",
    State.SKIPPED: "SSSSS",
}
REASONS = {
    State.FAILING: "test_matmul: 2 of 41 cases differ from the float64 reference",
    State.INFRA: "the runner was lost",
    State.SLOWER: "matmul: 1.31 times its usual time",
    State.NOT_OFFERED: "no runner offers site=lab, accelerator=gpu",
}
COUNTS = {
    State.FAILING: Counts(fail=2, passed=38, skip=1),
    State.BROKEN: Counts(error=1, passed=3),
    State.INFRA: Counts(miss=41),
    State.NEW: Counts(),
    State.NOT_OFFERED: Counts(),
    State.SKIPPED: Counts(skip=41),
}


def face(row: int, column: int, state: State, *, simulated: bool = False) -> Face:
    """A face in one state, with what goes with it."""
    is_known = state not in {State.NEW, State.NOT_OFFERED}
    then = NOW - timedelta(hours=40 if state is State.STALE else 1 + row, minutes=7 * column)
    return Face(
        site=SITES[row],
        accelerator=ACCELERATORS[column],
        state=state,
        reason=REASONS.get(state, ""),
        counts=COUNTS.get(state, Counts(passed=20153, skip=412, expected=3)),
        watched_bad=2 if (row, column) == (2, 0) else 0,
        done=1,
        planned=3,
        since=then if is_known else None,
        age_from=then if is_known else None,
        runner="here" if is_known else "",
        simulated=simulated,
        history=HISTORIES.get(state, "P" * 30),
    )


def grid(*, simulated: bool = False, version: int = 1) -> Grid:
    """The slide with every state in it."""
    return Grid(
        matrix=MATRIX,
        version=version,
        sites=SITES,
        accelerators=ACCELERATORS,
        faces=tuple(
            face(row, column, state, simulated=simulated)
            for row, states in enumerate(STATES)
            for column, state in enumerate(states)
        ),
        changes=(
            Change(
                NOW - timedelta(minutes=3),
                "cloud-a",
                "gpu",
                "pytorch-ops",
                "stable",
                "passing",
                "failing",
                7,
            ),
            Change(
                NOW - timedelta(minutes=9),
                "cloud-c",
                "tpu",
                "smoke",
                "stable",
                "running",
                "infrastructure",
                8,
            ),
            Change(
                NOW - timedelta(minutes=20),
                "cloud-c",
                "cpu",
                "smoke",
                "nightly",
                "passing",
                "faster",
                None,
            ),
            Change(
                NOW - timedelta(hours=2),
                "cloud-a",
                "cpu",
                "smoke",
                "stable",
                "passing",
                "slower",
                9,
            ),
        ),
        run=run(),
        simulated=simulated,
    )


def playground() -> Playground:
    """A site that nobody listed, with one accelerator that somebody did and one of its own."""
    whole, site = grid(), Label("garage", "garage")
    kinds = (ACCELERATORS[-1], Label("npu", "npu"))
    faces = (
        replace(face(0, 0, State.FAILING), site=site, accelerator=kinds[0]),
        replace(face(0, 2, State.PASSING), site=site, accelerator=kinds[1]),
    )
    shown = replace(whole, sites=(site,), accelerators=kinds, faces=faces, changes=())
    values = (("site", ("garage",)), ("accelerator", ("npu",)))
    return Playground(shown, ("site", "accelerator"), values)


def run(number: int = 12, state: str = "running") -> RunSummary:
    """A run that is 7 of 20 jobs far."""
    return RunSummary(
        id=number,
        matrix=MATRIX.name,
        trigger="request",
        state=state,
        started_at=NOW - timedelta(minutes=4),
        ended_at=None if state == "running" else NOW - timedelta(minutes=1),
        jobs=36,
        offered=20,
        ended=7 if state == "running" else 20,
        counts=Counts(fail=2, miss=1, passed=40312, skip=824),
        note="",
    )
