"""Lively metrics: a rate over two months on two stacks, with all that a chart can say of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from lively_commits import COMMITS, HEADS
from lively_grid import ACCELERATORS, MATRIX, NOW, SITES

from matrix.status import Evidence, Status
from orchestrator.metric_fold import About, series
from orchestrator.metric_views import (
    Asked,
    CellMetrics,
    Metric,
    MetricHistory,
    Place,
    Series,
    Told,
    Window,
)
from orchestrator.views import Label, Pairs

RATE = Metric("matmul", "", "GFLOP/s", "higher")
REPORTS = 60
PLAYED = (Label("garage", "garage"), Label("npu", "npu"))  # on the playground
ABOUT = next(one for one in COMMITS if one.head == HEADS[2])
HEAD, ABOUT_RUN = ABOUT.head, ABOUT.run
_CELL: Pairs = (("site", "cloud-a"), ("accelerator", "gpu"))
STABLE = Place(1, "cloud-a/gpu:pytorch-ops@stable", _CELL, (), "pytorch-ops", "stable")
NIGHTLY = Place(2, "cloud-a/gpu:pytorch-ops@nightly", _CELL, (), "pytorch-ops", "nightly")
_PARTS = {
    "runner": "here",
    "status": Status.PASS,
    "reason": "",
    "evidence": Evidence.SELF_REPORTED,
    "contended": False,
    "aside": False,
    "counts": True,
}


def told(number: int, **changes: object) -> Told:
    """A report, one a day; the last of them a day ago."""
    at = NOW - timedelta(days=REPORTS - number)
    parts = {"id": number + 1, "at": at, "job": 7, "run": 12, "attempt": 1} | _PARTS | changes
    return Told(**parts)  # type: ignore[arg-type] # a test names the field it changes


def of(
    place: Place,
    reports: Sequence[Told],
    values: Mapping[int, Sequence[float]],
    window: Window | None = None,
    metric: Metric = RATE,
) -> Series:
    """A series whose torch is a newer one from the thirtieth report on."""
    stacks: dict[int, Pairs] = {
        one.id: (("torch", "2.13.0" if one.id < 30 else "2.14.0"),) for one in reports
    }
    about: dict[int, list[About]] = {ABOUT_RUN: [(ABOUT.component, HEAD, "Fuse the loss")]}
    around = window or Window()
    return series(place, metric, reports, values, stacks=stacks, about=about, window=around)


def rates(place: Place = STABLE, factor: float = 1.0, window: Window | None = None) -> Series:
    """Level, then faster with the newer torch; one failed, one disturbed, one about a commit."""
    reports = [told(number) for number in range(REPORTS)]
    reports[20] = told(20, status=Status.FAIL, reason="it was killed", job=6)
    reports[40] = told(40, contended=True)
    reports[50] = told(50, aside=True, counts=False, run=ABOUT_RUN)
    reports[55] = told(55, evidence=Evidence.SIGNED)
    reports[56] = told(56, evidence=Evidence.SIMULATED)
    base = {one.id: factor * (60.0 if one.id < 30 else 72.0) + one.id % 3 for one in reports}
    values = {row: (value - 0.5, value, value + 0.5) for row, value in base.items() if row != 21}
    return of(place, reports, values, window)


def history(asked: Asked, window: Window) -> MetricHistory | None:
    """Every metric is the same one, but "none", on one stack or on both."""
    if asked.site not in {one.name for one in (*SITES, *PLAYED)}:
        return None
    if asked.metric == "none":
        return None
    shown = [rates(window=window)]
    if NIGHTLY.name in asked.beside:
        shown.append(rates(NIGHTLY, 1.1, window))
    return MetricHistory(
        MATRIX, SITES[0], ACCELERATORS[0], RATE, tuple(shown), (NIGHTLY,), 36 * 3600.0
    )


def of_cell(site: str, accelerator: str, window: Window) -> CellMetrics | None:
    """Two metrics in the failing cell, none elsewhere."""
    where = next((one for one in (*SITES, *PLAYED) if one.name == site), None)
    kind = next((one for one in (*ACCELERATORS, *PLAYED) if one.name == accelerator), None)
    if where is None or kind is None:
        return None
    start = of(STABLE, [told(1)], {2: (1.2,)}, metric=Metric("start", "", "s", "lower"))
    shown = (rates(window=window), start) if site == "cloud-a" else ()
    return CellMetrics(MATRIX, where, kind, shown, 36 * 3600.0)
