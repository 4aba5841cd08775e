"""How long a run of ten thousand jobs takes to plan, every environment resolved before."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path

from matrix.load import parse
from matrix.model import Matrix, Overrides
from orchestrator.clock import SystemClock
from orchestrator.plan import lock_request
from orchestrator.service import carrying
from orchestrator.service.news import News
from orchestrator.store.locks import put_lock
from orchestrator.store.open import open_store
from orchestrator.store.planning import save_matrix
from orchestrator.store.runs import Trigger
from orchestrator.store.store import Store
from orchestrator.store.store_queue import StoreQueue
from runners.environments.repositories import Repositories
from runners.work import Lock, Offer, RunnerCard
from tests.bench.figure import Figure

SITES, ACCELERATORS, SUITES, STACKS = 25, 10, 10, 4
JOBS, LOCKS = SITES * ACCELERATORS * SUITES * STACKS, SUITES * STACKS
PLATFORM = "linux_x86_64"
ROUNDS = 5
GOAL_SECONDS = 2.0


def measure() -> list[Figure]:
    """Median seconds from a request for a run to its jobs being queued, and claimable."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'planning.db'}", SystemClock())
        try:
            seconds = _measured(store, Path(folder))
        finally:
            store.close()
    name = f"planning {JOBS:,} jobs over {LOCKS} locks"
    return [Figure(name, f"{seconds:.2f} s", f"< {GOAL_SECONDS:g} s", seconds < GOAL_SECONDS)]


def _measured(store: Store, folder: Path) -> float:
    matrix = _matrix()
    save_matrix(store, matrix)
    for suite in matrix.suites:
        for stack in matrix.stacks:
            request = lock_request(suite, stack, Overrides())
            assert request is not None
            text = f"{suite.name}=={stack.version('torch')}\n"
            put_lock(store, request.digest, Lock(request.digest, text, PLATFORM))
    StoreQueue(store).announce(RunnerCard("bench", "Bench", "local", "process", _offers(), ()))
    return statistics.median(_planned(store, matrix, folder) for _ in range(ROUNDS))


def _planned(store: Store, matrix: Matrix, folder: Path) -> float:
    begun = time.perf_counter()
    wish, trigger = carrying.Wish(), Trigger(note="bench")
    carrying.start(store, matrix, wish, trigger, News(), Repositories(folder))
    return time.perf_counter() - begun


def _matrix() -> Matrix:
    suites = {
        f"suite-{number}": {
            "command": ["true"],
            "takes": ["torch"],
            "environment": {"requirements": ["torch=={torch}", f"numpy==2.4.{number}"]},
        }
        for number in range(SUITES)
    }
    axes = {
        "site": [f"site-{number}" for number in range(SITES)],
        "accelerator": [f"accelerator-{number}" for number in range(ACCELERATORS)],
    }
    stacks = {f"stack-{number}": {"torch": f"2.{number}.0"} for number in range(STACKS)}
    declared = {"name": "planning", "axes": axes, "suites": suites, "stacks": stacks}
    return parse(json.dumps(declared), "planning.yaml")


def _offers() -> tuple[Offer, ...]:
    return tuple(
        Offer(
            labels=(("site", f"site-{site}"), ("accelerator", f"accelerator-{accelerator}")),
            device="cpu",
            slots=4,
            devices=0,
            memory_bytes=2**34,
            disk_bytes=2**36,
            capabilities=frozenset(),
            platform=PLATFORM,
        )
        for site in range(SITES)
        for accelerator in range(ACCELERATORS)
    )
