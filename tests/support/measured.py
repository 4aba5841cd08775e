"""Worlds in which a metric was measured again and again, for tests of histories and charts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from worlds import World, report_of

from matrix.status import Status
from orchestrator.metric_views import Asked, MetricHistory, Window
from orchestrator.store.read_metrics import history
from runners.work import Component, MetricValue

RATE = Asked("small", "lab", "cpu", "quick", "stable", "rate")
TORCH = "2.13.0"


def measure(
    world: World,
    values: Iterable[float | Sequence[float] | None],
    *,
    only: str = "lab/cpu:quick",
    torch: str = TORCH,
    every: timedelta = timedelta(hours=6),
    **changes: object,
) -> None:
    """A run for each value, some time apart: a number, its replicates, or None for a failure."""
    for value in values:
        world.clock.pass_by(every)
        told = (value,) if isinstance(value, int | float) else value
        metrics = (MetricValue("rate", "1/s", "higher", tuple(told)),) if told else ()
        observed = (Component("torch", torch), Component("numpy", "2.4.6"))
        status = Status.PASS if told else Status.FAIL
        fields = {"metrics": metrics, "observed": observed} | changes
        world.carry_out(report_of(status, **fields), only=only)


def rate(world: World, asked: Asked = RATE, window: Window | None = None) -> MetricHistory:
    """The history of what `measure` measured."""
    found = history(world.store, asked, window or Window())
    assert found is not None
    return found
