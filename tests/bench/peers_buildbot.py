"""The same 400 no-op jobs on Buildbot 4.3 and here, in one run: jobs a second and their ratio."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.bench.bench_jobs import samples_of
from tests.bench.figure import Figure
from tests.bench.peers.buildbot import VERSION, jobs_a_second

JOBS = 400
GOAL = 40


def measure() -> list[Figure]:
    """Buildbot once between two goes of ours, so that a machine that drifts favours neither."""
    with tempfile.TemporaryDirectory(prefix="buildbot-") as folder:
        before = {kind: _ours(kind) for kind in ("process", "ray")}
        theirs = jobs_a_second(Path(folder), JOBS)
        after = {kind: _ours(kind) for kind in ("process", "ray")}
    return [_figure(kind, (before[kind] + after[kind]) / 2, theirs) for kind in before]


def _ours(kind: str) -> float:
    return samples_of(kind, {JOBS: 1})[JOBS][0].rate


def _figure(kind: str, ours: float, theirs: float) -> Figure:
    ratio = ours / theirs
    told = f"{ours:.0f}/s to {theirs:.1f}/s = {ratio:.0f} times"
    what = f"{JOBS} no-op jobs, {kind}, to Buildbot {VERSION}"
    return Figure(what, told, f"≥ {GOAL} times", ratio >= GOAL)
