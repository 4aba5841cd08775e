"""The cluster: who is let in, what a task finds in its environment, and what a dead node means."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import ray
from ray import exceptions
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from runners.suites.harness import Skipped
from runners.suites.ray_core import work
from runners.suites.ray_core.calls import PATIENCE_SECONDS, error, task, value
from runners.suites.ray_core.cluster import Cluster, nodes, zones
from runners.suites.ray_core.found import Detail, awaited, holds, same

_MIB = 2**20
_REFUSED, _ADMITTED = 10, 11
_STRANGER = f"""
import sys
from ray._raylet import GcsClient
from ray.exceptions import AuthenticationError
try:
    GcsClient(address=sys.argv[1]).get_all_node_info(timeout=20)
except AuthenticationError:
    sys.exit({_REFUSED})
sys.exit({_ADMITTED})
"""


def alone(cluster: Cluster) -> Detail:
    """Two nodes on the loopback with their files in our folder; nothing of another Ray."""
    there = nodes()
    zones = sorted(one["Labels"].get("zone", "") for one in there)
    same("zones", zones, ["east", "west"])
    same("addresses", {one["NodeManagerAddress"] for one in there}, {"127.0.0.1"})
    session = Path(cluster.east.get_session_dir_path()).resolve()
    holds(cluster.folder in session.parents, f"its files are in {session}")
    return {"nodes": len(there), "address": cluster.address}


def stranger(cluster: Cluster) -> Detail:
    """A client with another token, or none, is turned away."""
    if not hasattr(exceptions, "AuthenticationError"):
        raise Skipped("capability: this Ray has no tokens")
    found = {}
    for what, mode, token in (("another", "token", "0" * 64), ("none", "disabled", "")):
        given = {**os.environ, "RAY_AUTH_MODE": mode, "RAY_AUTH_TOKEN": token}
        found[what] = subprocess.run(
            [sys.executable, "-I", "-c", _STRANGER, cluster.address],
            env={key: text for key, text in given.items() if text},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        ).returncode
    same("how clients end (10: refused)", found, {"another": _REFUSED, "none": _REFUSED})
    return {"tokens": list(found)}


def environment(cluster: Cluster) -> Detail:
    """A task gets the variables and the folder of code that it asks for, and others do not."""
    folder = Path(cluster.path("code"))
    folder.mkdir()
    (folder / "brought_along.py").write_text("SAID = 'hello'\n")
    packed = shutil.make_archive(str(folder), "zip", folder)
    asked = {"env_vars": {"COEVO_TOLD": "yes"}, "working_dir": f"file://{packed}"}
    same("a variable", value(task(work.variable, "COEVO_TOLD", runtime_env=asked)), "yes")
    same("a module", value(task(work.imported, "brought_along", runtime_env=asked)), "hello")
    same("a variable without asking", value(task(work.variable, "COEVO_TOLD")), "")
    return {"asked": list(asked)}


def death(cluster: Cluster) -> Detail:
    """A task on a node that dies ends in an error that says so, soon."""
    path = cluster.path("sleep")
    with cluster.another("north") as node:
        running = task(
            work.sleep, path, num_cpus=0, label_selector={"zone": "north"}, max_retries=0
        )
        awaited(lambda: Path(path).exists(), "the task did not begin")
        cluster.cut(node)
        found = error(running, exceptions.NodeDiedError, exceptions.WorkerCrashedError)
        seconds = awaited(lambda: "north" not in zones(), "Ray takes the node for alive")
    return {"error": type(found).__name__, "seconds": seconds, "tolerance": "within 60 s"}


def reconstruction(cluster: Cluster) -> Detail:
    """An object that was lost with its node is made again by the task that made it."""
    path = cluster.path("count")
    with cluster.another("north") as node:
        there = NodeAffinitySchedulingStrategy(node.node_id, soft=True)
        made = task(work.counted, path, 2 * _MIB, num_cpus=0, scheduling_strategy=there)
        ray.wait([made], timeout=PATIENCE_SECONDS, fetch_local=False)
        same("runs of the task before", _lines(path), 1)
        cluster.cut(node)
        awaited(lambda: "north" not in zones(), "Ray takes the node for alive")
        same("its sum", int(value(made).sum()), 14 * _MIB)
    same("runs of the task", _lines(path), 2)
    return {"bytes": 2 * _MIB}


def _lines(path: str) -> int:
    file = Path(path)
    return len(file.read_text().splitlines()) if file.exists() else 0
