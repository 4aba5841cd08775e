"""Failures of workers: crashes, tries, interruptions, and calls that are ended by force."""

from __future__ import annotations

from pathlib import Path
from typing import Any  # a reference

import ray
from ray import exceptions

from runners.suites.ray_core import processes, work
from runners.suites.ray_core.calls import error, task, value
from runners.suites.ray_core.cluster import SEATS, Cluster
from runners.suites.ray_core.found import Detail, awaited, holds, same


def crash(cluster: Cluster) -> Detail:
    """A worker that dies is a WorkerCrashedError, and the next task finds another one."""
    path = cluster.path("crash")
    error(task(work.crash_until, path, 9, max_retries=0), exceptions.WorkerCrashedError)
    same("tries", _tries(path), 1)
    same("a task afterwards", value(task(work.total, 1, 2)), 3)
    return {"tries": 1}


def retries(cluster: Cluster) -> Detail:
    """A task whose worker dies is tried again as often as it may be, and no more."""
    path = cluster.path("crash")
    same("the try that passes", value(task(work.crash_until, path, 2, max_retries=2)), 3)
    beyond = cluster.path("crash")
    error(task(work.crash_until, beyond, 9, max_retries=1), exceptions.WorkerCrashedError)
    same("tries of one that never passes", _tries(beyond), 2)
    return {"max_retries": [2, 1]}


def retry_exceptions(cluster: Cluster) -> Detail:
    """Errors that are listed are tried again, and others are not."""
    options: dict[str, Any] = {"max_retries": 3, "retry_exceptions": [OSError]}
    path = cluster.path("raise")
    same("the try that passes", value(task(work.refuse_until, path, 2, OSError, **options)), 3)
    other = cluster.path("raise")
    error(task(work.refuse_until, other, 2, KeyError, **options), KeyError)
    same("tries of another error", _tries(other), 1)
    unasked = cluster.path("raise")
    error(task(work.refuse_until, unasked, 2, OSError, max_retries=3), OSError)
    same("tries where no error is listed", _tries(unasked), 1)
    return {"max_retries": 3}


def cancel(cluster: Cluster) -> Detail:
    """A running task is interrupted, and its worker lives on."""
    path = cluster.path("sleep")
    sleeping = task(work.sleep, path, max_retries=0)
    pid = _begun(path)
    ray.cancel(sleeping)
    error(sleeping, exceptions.TaskCancelledError)
    holds(processes.is_alive(pid), "its worker died")
    return {"worker": "alive"}


def cancel_pending(cluster: Cluster) -> Detail:
    """A task that has no place yet never begins once it is cancelled."""
    paths = [cluster.path("sleep") for _ in range(SEATS + 1)]
    options: dict[str, Any] = {"num_cpus": 0, "resources": {"seat": 1}, "max_retries": 0}
    running = [task(work.sleep, path, **options) for path in paths[:SEATS]]
    for path in paths[:SEATS]:
        _begun(path)
    pending = task(work.sleep, paths[-1], **options)
    ray.cancel(pending)
    error(pending, exceptions.TaskCancelledError)
    for one in running:
        ray.cancel(one)
        error(one, exceptions.TaskCancelledError)
    same("a task in its place", value(task(work.total, 1, 2, **options)), 3)
    holds(not Path(paths[-1]).exists(), "it began although it was cancelled")
    return {"seats": SEATS}


def cancel_forced(cluster: Cluster) -> Detail:
    """A task that heeds no interruption is ended with its process."""
    path = cluster.path("stay")
    staying = task(work.stay, path, max_retries=0)
    pid = _begun(path)
    ray.cancel(staying, force=True)
    found = error(staying, exceptions.WorkerCrashedError, exceptions.TaskCancelledError)
    seconds = awaited(lambda: not processes.is_alive(pid), "its process lives")
    return {"error": type(found).__name__, "seconds": seconds, "tolerance": "gone within 60 s"}


def _begun(path: str) -> int:
    """The process of a task that says it in a file."""
    file = Path(path)
    awaited(lambda: file.exists() and file.read_text(), "the task did not begin")
    return int(file.read_text())


def _tries(path: str) -> int:
    return len(Path(path).read_text().splitlines())
