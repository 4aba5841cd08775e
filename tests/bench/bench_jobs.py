"""No-op jobs a second, end to end, beside starting the same child alone: claim to projection."""

from __future__ import annotations

import asyncio
import json
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from borrowing import ray_folder
from dispatching import dispatching
from offers import card, cpu

from matrix.expand import expand
from matrix.load import parse
from matrix.model import Matrix
from orchestrator.clock import SystemClock
from orchestrator.dispatch.port import Executor
from orchestrator.dispatch.process import ProcessExecutor
from orchestrator.dispatch.ray_embedded import Embedded, Size
from orchestrator.dispatch.ray_executor import RayExecutor
from orchestrator.dispatch.rhythm import Rhythm
from orchestrator.store.open import open_store
from orchestrator.store.planning import save_matrix
from orchestrator.store.read_runs import run
from orchestrator.store.runs import Trigger, start_run
from orchestrator.store.store import Store
from orchestrator.store.store_queue import StoreQueue
from runners.work import Ended, Key
from tests.bench.figure import Figure

Nudge = Callable[[], None]
PATIENCE_SECONDS = 300.0
SCRIPT = r"""printf '{"type":"hello","protocol":1,"suite":"noop"}\n{"type":"bye"}\n'"""
REPEATS = {20: 9, 1_000: 3, 10_000: 1}  # by jobs queued; the median counts
SHARDS = 1_000  # at most, of one suite
SLOTS = 2
ALONE_SECONDS = 1.0
SHARE_GOAL = 0.25
FLAT_GOAL = 0.20


class Sample(NamedTuple):
    """A run of so many jobs a second, as a share of children started alone around it."""

    rate: float
    share: float


class Counting(StoreQueue):
    """The store as a queue; says when so many reports have been committed."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._wanted, self._ended = 0, threading.Event()

    def expect(self, reports: int) -> None:
        """Count from nought to this."""
        self._wanted = reports
        self._ended.clear()

    def record(self, runner: int, ended: Sequence[Ended]) -> frozenset[Key]:
        """Record as the store does, and count once that is done."""
        refused = super().record(runner, ended)
        self._wanted -= len(ended) - len(refused)
        if self._wanted <= 0:
            self._ended.set()
        return refused

    def wait(self) -> None:
        """Until the last one is in."""
        assert self._ended.wait(PATIENCE_SECONDS)


def measure() -> list[Figure]:
    """Both executors at each length of the queue."""
    return [figure for kind in ("process", "ray") for figure in _figures(kind)]


def _figures(kind: str) -> list[Figure]:
    found = {queued: _median(samples) for queued, samples in samples_of(kind).items()}
    flat = max(one.share for one in found.values()) / min(one.share for one in found.values()) - 1
    figures = [
        Figure(
            f"no-op jobs, {kind}, {queued:,} queued",
            f"{one.rate:.0f}/s = {one.share:.0%} of the child alone",
            f"≥ {SHARE_GOAL:.0%}",
            one.share >= SHARE_GOAL,
        )
        for queued, one in found.items()
    ]
    what = f"no-op jobs, {kind}, spread of that share over the three"
    return [*figures, Figure(what, f"{flat:.0%}", f"≤ {FLAT_GOAL:.0%}", flat <= FLAT_GOAL)]


def _median(samples: Sequence[Sample]) -> Sample:
    return sorted(samples, key=lambda one: one.share)[len(samples) // 2]


def alone() -> float:
    """Children a second, started two at a time by Python, their output read."""
    give_up = time.monotonic() + ALONE_SECONDS

    def start_and_read(_: int) -> int:
        count = 0
        while time.monotonic() < give_up:
            subprocess.run(["sh", "-c", SCRIPT], stdout=subprocess.PIPE, check=True)
            count += 1
        return count

    with ThreadPoolExecutor(SLOTS) as pool:
        return sum(pool.map(start_and_read, range(SLOTS))) / ALONE_SECONDS


def samples_of(kind: str, repeats: Mapping[int, int] = REPEATS) -> dict[int, list[Sample]]:
    """By jobs queued: each from being queued to the commit of the last report, slots being warm."""
    with tempfile.TemporaryDirectory(prefix="coevo-") as folder:
        home = Path(folder)
        store = open_store(f"sqlite:///{home}/coevo.db", SystemClock())
        try:
            return asyncio.run(_samples(store, _executor(kind, home), kind, repeats))
        finally:
            store.close()


async def _samples(
    store: Store, executor: Executor, kind: str, repeats: Mapping[int, int]
) -> dict[int, list[Sample]]:
    queue, who = Counting(store), card(cpu(SLOTS), name="bench", kind=kind)
    async with dispatching(queue, executor, who, Rhythm()) as at_work:
        await at_work.until(lambda: [line for line in at_work.said if line.endswith("ready")])
        nudge = at_work.dispatcher.nudge
        await _carried_out(store, queue, 4 * SLOTS, nudge)
        return {
            queued: [await _sample(store, queue, queued, nudge) for _ in range(times)]
            for queued, times in repeats.items()
        }


async def _sample(store: Store, queue: Counting, queued: int, nudge: Nudge) -> Sample:
    before = await asyncio.to_thread(alone)
    rate = queued / await _carried_out(store, queue, queued, nudge)
    after = await asyncio.to_thread(alone)
    return Sample(rate, rate / ((before + after) / 2))


async def _carried_out(store: Store, queue: Counting, queued: int, nudge: Nudge) -> float:
    """Seconds from the jobs being queued to all of them being recorded."""
    matrix = _matrix(f"noop-{queued}", queued)
    jobs = expand(matrix)
    await asyncio.to_thread(save_matrix, store, matrix)
    queue.expect(queued)
    trigger = Trigger("request", note="bench")
    number = await asyncio.to_thread(start_run, store, matrix, jobs, trigger)
    begun = time.monotonic()
    nudge()
    await asyncio.to_thread(queue.wait)
    seconds = time.monotonic() - begun
    found = run(store, matrix.name, number)
    assert found is not None
    assert found.ended == queued
    return seconds


def _matrix(name: str, queued: int) -> Matrix:
    sizes = [min(SHARDS, queued - at) for at in range(0, queued, SHARDS)]
    suites = {
        f"noop-{number}": {"command": ["sh", "-c", SCRIPT], "shards": size}
        for number, size in enumerate(sizes)
    }
    axes = {"site": ["lab"], "accelerator": ["cpu"]}
    return parse(json.dumps({"name": name, "axes": axes, "suites": suites}), f"{name}.yaml")


def _executor(kind: str, home: Path) -> Executor:
    offers = (cpu(SLOTS),)
    if kind == "process":
        return ProcessExecutor("bench", offers, home)
    cluster = Embedded(ray_folder(), Size({"site": "lab"}, {"coevo_slot": SLOTS}))
    return RayExecutor(cluster, "bench", "lab", home, offers)
