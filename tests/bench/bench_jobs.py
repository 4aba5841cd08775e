"""No-op jobs a second, end to end, beside starting the same child alone: claim to projection."""

from __future__ import annotations

import asyncio
import json
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

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
from tests.bench.figure import Figure

SCRIPT = r"""printf '{"type":"hello","protocol":1,"suite":"noop"}\n{"type":"bye"}\n'"""
QUEUED = (20, 1_000, 10_000)
SHARDS = 1_000  # at most, of one suite
SLOTS = 2
ALONE_SECONDS = 1.5
SHARE_GOAL = 0.25
FLAT_GOAL = 0.20


def measure() -> list[Figure]:
    """Both executors at each length of the queue; `alone` is measured before and after each."""
    return [figure for kind in ("process", "ray") for figure in _figures(kind)]


def _figures(kind: str) -> list[Figure]:
    shares, rates = [], []
    for queued in QUEUED:
        before = alone()
        rates.append(rate(kind, queued))
        shares.append(rates[-1] / ((before + alone()) / 2))
    flat = max(shares[1:]) / min(shares[1:]) - 1
    figures = [
        Figure(
            f"no-op jobs, {kind}, {queued:,} queued",
            f"{jobs:.0f}/s = {share:.0%} of the child alone",
            f"≥ {SHARE_GOAL:.0%}",
            share >= SHARE_GOAL,
        )
        for queued, jobs, share in zip(QUEUED, rates, shares, strict=True)
    ]
    what = f"no-op jobs, {kind}, spread of that share over 1,000 and 10,000 queued"
    return [*figures, Figure(what, f"{flat:.0%}", f"≤ {FLAT_GOAL:.0%}", flat <= FLAT_GOAL)]


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


def rate(kind: str, queued: int) -> float:
    """Jobs a second from being queued to the end of the run, slots being warm."""
    with tempfile.TemporaryDirectory(prefix="coevo-") as folder:
        home = Path(folder)
        store = open_store(f"sqlite:///{home}/coevo.db", SystemClock())
        try:
            return asyncio.run(_rate(store, _executor(kind, home), kind, queued))
        finally:
            store.close()


async def _rate(store: Store, executor: Executor, kind: str, queued: int) -> float:
    warm, full = _matrix("warm", 4 * SLOTS), _matrix("full", queued)
    for matrix in (warm, full):
        save_matrix(store, matrix)
    who = card(cpu(SLOTS), name="bench", kind=kind)
    async with dispatching(StoreQueue(store), executor, who, Rhythm()) as at_work:
        await at_work.until(lambda: [line for line in at_work.said if line.endswith("ready")])
        await _carried_out(store, warm, at_work.dispatcher.nudge)
        seconds = await _carried_out(store, full, at_work.dispatcher.nudge)
    return queued / seconds


async def _carried_out(store: Store, matrix: Matrix, nudge: Callable[[], None]) -> float:
    jobs = expand(matrix)
    number = await asyncio.to_thread(
        start_run, store, matrix, jobs, Trigger("request", note="bench")
    )
    begun = time.monotonic()
    nudge()
    await asyncio.to_thread(_await_end, store, matrix, number)
    return time.monotonic() - begun


def _await_end(store: Store, matrix: Matrix, number: int) -> None:
    while (found := run(store, matrix.name, number)) is None or found.ended < found.jobs:
        time.sleep(0.02)


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
