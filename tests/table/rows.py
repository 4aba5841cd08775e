"""What a suite did in a run, held against what its page says: one row of the table. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import median
from typing import NamedTuple

from matrix.model import Suite
from matrix.status import GOOD, Evidence
from matrix.trend import is_contended
from matrix.verdict import Counts
from orchestrator.views import AttemptView, JobView, ReportView
from runners.simulated_devices import is_of_hardware
from runners.work import MetricValue

_HEAD = "|suite|cell|environment s|run s|Coevo s|peak GiB|metrics|cases"
_NAMES = ("FAIL", "ERROR", "MISS", "PASS", "DONE", "SKIP", "expected")


class Part(NamedTuple):
    """A job of a suite, one for each shard, with what it reported."""

    job: JobView
    report: ReportView | None


class Row(NamedTuple):
    """A suite in a cell. Times in seconds, summed over its shards.

    `coevo_seconds` lie between the claims of its jobs and their recorded ends and belong neither
    to an environment nor to the suite. `amiss` says what is other than its page says; nothing is
    where it did what it says.
    """

    suite: str
    cell: str
    prepare_seconds: float
    run_seconds: float
    coevo_seconds: float
    peak_bytes: int
    counts: Counts
    metrics: tuple[MetricValue, ...]
    amiss: tuple[str, ...]


def row(suite: Suite, parts: Sequence[Part]) -> Row:
    """One row, of the jobs of a suite in a cell."""
    tries = [part.job.attempts[-1] for part in parts if part.job.attempts]
    reports = [part.report for part in parts if part.report is not None]
    job = parts[0].job

    def summed(of: Callable[[AttemptView], float]) -> float:
        return sum(map(of, tries))

    return Row(
        suite=suite.name,
        cell="/".join(value for _, value in job.cell),
        prepare_seconds=summed(lambda one: one.usage.prepare_seconds),
        run_seconds=summed(lambda one: one.usage.run_seconds),
        coevo_seconds=summed(_coevo),
        peak_bytes=max((one.usage.peak_memory_bytes for one in tries), default=0),
        counts=Counts(*map(sum, zip(*(one.counts for one in reports), strict=True))),
        metrics=tuple(metric for one in reports for metric in one.metrics),
        amiss=tuple(_amiss(suite, parts)),
    )


def _coevo(one: AttemptView) -> float:
    if one.ended_at is None:
        return 0.0
    wall = (one.ended_at - one.claimed_at).total_seconds()
    return max(0.0, wall - one.usage.prepare_seconds - one.usage.run_seconds)


def _amiss(suite: Suite, parts: Sequence[Part]) -> Iterator[str]:
    """What is other than the page says: it is green, whole, and measured what it promises."""
    for part in parts:
        yield from _amiss_in(part)
    every = (metric for one in parts if one.report for metric in one.report.metrics)
    told = {metric.name: metric.unit for metric in every}
    if not any(map(_is_simulated, parts)):
        missing = sorted(metric.name for metric in suite.metrics if metric.name not in told)
        yield from (f"no metric {name}" for name in missing)
    elif unfit := sorted(name for name, unit in told.items() if is_of_hardware(unit)):
        yield f"a simulated device has metrics: {', '.join(unfit)}"


def _amiss_in(part: Part) -> Iterator[str]:
    job = part.job
    where = f"shard {job.shard}: " if job.shards > 1 else ""
    if job.status is None:
        yield f"{where}it has not ended"
        return
    if job.status not in GOOD:
        yield f"{where}{job.status.value}: {job.reason}"
    told = part.report.counts.total if part.report else 0
    promised = job.attempts[-1].total if job.attempts else 0
    if told < promised:
        yield f"{where}{told} of {promised} cases"


def _is_simulated(part: Part) -> bool:
    return any(one.evidence is Evidence.SIMULATED for one in part.job.attempts)


def table(rows: Iterable[Row]) -> Iterator[str]:
    """The rows as lines of text in columns, what is amiss below its row."""
    head = tuple(_HEAD.split("|"))
    texts = [(head, ()), *((_texts(one), one.amiss) for one in rows)]
    widths = [max(len(cells[at]) for cells, _ in texts) for at in range(len(head))]
    for cells, amiss in texts:
        yield "  ".join(map(str.ljust, cells, widths)).rstrip()
        yield from (f"     {line}" for line in amiss)


def figures(rows: Iterable[Row]) -> Iterator[str]:
    """Each metric: its middle, and how far its replicates lie apart."""
    for one in rows:
        for metric in one.metrics:
            middle = median(metric.values)
            low, high = min(metric.values), max(metric.values)
            spread = f"{low:.6g} to {high:.6g}, {len(metric.values)} times"
            spread += ", contended" if is_contended(metric.values) else ""
            name = f"{metric.name} ({metric.case})" if metric.case else metric.name
            yield f"{one.cell}  {one.suite}  {name}  {middle:.6g} {metric.unit}  {spread}"


def _texts(one: Row) -> tuple[str, ...]:
    return (
        "✕" if one.amiss else "✓",
        one.suite,
        one.cell,
        f"{one.prepare_seconds:.1f}",
        f"{one.run_seconds:.1f}",
        f"{one.coevo_seconds:.1f}",
        f"{one.peak_bytes / 2**30:.2f}",
        str(len(one.metrics)),
        ", ".join(f"{n} {name}" for n, name in zip(one.counts, _NAMES, strict=True) if n),
    )
