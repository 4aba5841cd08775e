"""The suite's conversation: the cluster's start, the cases one by one, and the cluster's end."""

from __future__ import annotations

import faulthandler
import sys
from collections.abc import Sequence

import ray

from runners.suites import harness
from runners.suites.choosing import chosen
from runners.suites.harness import Skipped
from runners.suites.ray_core import accelerators, plan, processes
from runners.suites.ray_core.cluster import CPUS, STORE_BYTES, Cluster
from runners.suites.ray_core.found import told
from runners.suites.ray_core.plan import Check
from runners.suites.ray_core.speed import Speed

START, END = "cluster.start", "cluster.end"
_HANG_SECONDS = 180


def run() -> None:
    """Carry out the cases that are asked for."""
    asked = harness.suite()
    wanted = asked.share(chosen(plan.cases(asked.device, asked.devices), asked.parameters))
    with harness.suite(total=2 + len(wanted), resume=True) as suite:
        cluster = Cluster()
        try:
            if not _starts(suite, cluster):
                return
            _carry_out(suite, cluster, wanted)
        finally:
            left = cluster.stop()
        if suite.wants(END):
            _judge_end(suite, left)


def _carry_out(suite: harness.Suite, cluster: Cluster, wanted: Sequence[Check | Speed]) -> None:
    suite.fact("ray.address", cluster.address, "ray.cluster_utils")
    suite.fact("ray.nodes", f"2 of {CPUS} CPUs and {STORE_BYTES} bytes of store", __name__)
    for one in wanted:
        if suite.wants(one.id):
            # A call into Ray that never returns ends the process inside the case, with its stack.
            faulthandler.dump_traceback_later(_HANG_SECONDS, exit=True, file=sys.stderr)
            _case(suite, cluster, one)
            faulthandler.cancel_dump_traceback_later()


def _case(suite: harness.Suite, cluster: Cluster, one: Check | Speed) -> None:
    with suite.case(one.id) as case:
        try:
            if isinstance(one, Check):
                case.note(detail={"tolerance": "exact", **one.find(cluster)})
            else:
                _measure(suite, one)
        except Skipped:
            raise
        except Exception as error:  # noqa: BLE001 - whatever Ray raises is the case's result
            case.fail(told(error))
    print(f"{one.id} {case.status} {case.said.get('message', '')}", flush=True)  # noqa: T201 - the log


def _measure(suite: harness.Suite, speed: Speed) -> None:
    values = speed.measure()
    suite.metric(speed.metric, values, unit=speed.unit, better="higher", case=speed.id)


def _starts(suite: harness.Suite, cluster: Cluster) -> bool:
    """Whether the cluster starts, and keeps an object; its case says what is wrong."""
    problem = ""
    try:
        cluster.start(accelerators.detected(suite.device))
        problem = "" if ray.get(ray.put(1)) == 1 else "an object that was put is another"
    except Exception as error:  # noqa: BLE001 - whatever keeps Ray from starting
        problem = f"{type(error).__name__}: {error}"
    if problem or suite.wants(START):
        with suite.case(START) as case:
            case.note(detail={"tolerance": "exact"})
            if problem:
                case.fail(problem)
    return not problem


def _judge_end(suite: harness.Suite, left: Sequence[processes.Process]) -> None:
    with suite.case(END) as case:
        case.note(detail={"tolerance": "no process is left after 10 s"})
        if not processes.PROC.exists():
            case.skip("capability: there is no /proc here, which lists processes")
        elif left:
            case.fail(f"left behind: {', '.join(f'{one.name} ({one.pid})' for one in left)}")
