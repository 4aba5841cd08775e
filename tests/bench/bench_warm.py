"""How long a suite in a warm environment takes from the claim of its job to its first line."""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from borrowing import ray_folder
from dispatching import dispatching
from offers import card, cpu

from matrix.expand import expand
from matrix.load import parse
from matrix.model import Matrix, Overrides
from orchestrator.clock import SystemClock
from orchestrator.dispatch.port import Executor
from orchestrator.dispatch.process import ProcessExecutor
from orchestrator.dispatch.ray_embedded import Embedded, Size
from orchestrator.dispatch.ray_executor import RayExecutor
from orchestrator.dispatch.rhythm import Rhythm
from orchestrator.plan import lock_request
from orchestrator.store.locks import put_lock
from orchestrator.store.open import open_store
from orchestrator.store.planning import save_matrix
from orchestrator.store.read_jobs import job
from orchestrator.store.read_runs import run
from orchestrator.store.runs import Trigger, start_run
from orchestrator.store.store import Store
from orchestrator.store.store_queue import StoreQueue
from runners.environments.lock import resolve
from runners.environments.platforms import here
from runners.work import Lock, Offer
from tests.bench.figure import Figure

JOBS = 20
GOAL_SECONDS = 1.0
STACK = {"torch": "2.13.0"}
REQUIREMENTS = ["torch=={torch}", "numpy==2.4.6", "expecttest==0.3.0"]
# What it prints first is the suite's first line; the moment is appended to a file.
SUITE = """
import json, sys, time
print(json.dumps({"type": "hello", "protocol": 1, "suite": "first"}), flush=True)
with open(sys.argv[1], "a") as file: file.write(f"{time.time()}\\n")
print(json.dumps({"type": "bye"}), flush=True)
"""
OFFER: Offer = replace(cpu(1), platform=str(here()))
Done = Callable[[], bool]


def measure() -> list[Figure]:
    """Jobs one by one, on each executor; the first builds the environment and is not counted."""
    with tempfile.TemporaryDirectory(prefix="coevo-") as folder:
        home = Path(folder)
        lock = resolve(REQUIREMENTS, STACK, str(here()), home)
        return [_figure(kind, _seconds(kind, home, lock)) for kind in ("process", "ray")]


def _figure(kind: str, seconds: Sequence[float]) -> Figure:
    middle = statistics.median(seconds)
    return Figure(
        f"a warm environment with torch, {kind}: from claim to the suite's first line",
        f"p50 {middle * 1000:.0f} ms, at most {max(seconds) * 1000:.0f} ms of {len(seconds)}",
        f"< {GOAL_SECONDS:g} s",
        middle < GOAL_SECONDS,
    )


def _seconds(kind: str, home: Path, lock: Lock) -> list[float]:
    store = open_store(f"sqlite:///{home / kind}.db", SystemClock())
    try:
        stamps = home / f"{kind}.txt"
        claimed = asyncio.run(_claims(store, _executor(kind, home), stamps, lock))
        begun = map(float, stamps.read_text().split())
        return [late - early for early, late in zip(claimed, begun, strict=True)][1:]
    finally:
        store.close()


async def _claims(store: Store, executor: Executor, stamps: Path, lock: Lock) -> list[float]:
    """When each job was claimed; the suites tell their first lines by themselves."""
    matrix = _matrix(stamps)
    save_matrix(store, matrix)
    request = lock_request(matrix.suites[0], matrix.stacks[0], Overrides())
    assert request is not None
    put_lock(store, request.digest, lock)
    who = card(OFFER, name="bench", kind="bench")
    async with dispatching(StoreQueue(store), executor, who, Rhythm()) as at_work:
        for number in range(1, JOBS + 2):
            start_run(store, matrix, expand(matrix), Trigger())
            at_work.dispatcher.nudge()
            await at_work.until(_ended(store, matrix, number))
    return [_claimed(store, matrix, number) for number in range(1, JOBS + 2)]


def _ended(store: Store, matrix: Matrix, number: int) -> Done:
    def ended() -> bool:
        found = run(store, matrix.name, number)
        return found is not None and found.ended == 1

    return ended


def _claimed(store: Store, matrix: Matrix, number: int) -> float:
    """When the attempt at a job was claimed; there is one job a run, and one attempt a job."""
    found = job(store, matrix.name, number)
    assert found is not None
    (attempt,) = found.attempts
    return attempt.claimed_at.timestamp()


def _executor(kind: str, home: Path) -> Executor:
    if kind == "process":
        return ProcessExecutor("bench", (OFFER,), home)
    cluster = Embedded(ray_folder(), Size({"site": "lab"}, {"coevo_slot": 1}))
    return RayExecutor(cluster, "bench", "lab", home, (OFFER,))


def _matrix(stamps: Path) -> Matrix:
    suite = {
        "command": ["python", "-c", SUITE, str(stamps)],
        "takes": ["torch"],
        "environment": {"requirements": REQUIREMENTS},
    }
    axes = {"site": ["lab"], "accelerator": ["cpu"]}
    declared = {"name": "warm", "axes": axes, "suites": {"first": suite}, "stacks": {"s": STACK}}
    return parse(json.dumps(declared), "warm.yaml")
