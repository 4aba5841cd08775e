"""Real torch over two hosts: a sum and a training step, then a host that dies or is cut off."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import hosts
import pytest
from borrowing import QUICK
from dispatching import dispatching
from hosts import Lan
from memory_queue import MemoryQueue
from offers import card
from slots import survivors
from tickets import ticket
from torch_environment import torch_python

from matrix.status import Layer, Status
from orchestrator.dispatch.ray_executor import RayExecutor
from orchestrator.dispatch.ray_foreign import Foreign
from runners.work import Key, Report

pytestmark = [
    pytest.mark.torch,
    pytest.mark.ray,
    pytest.mark.slow,
    pytest.mark.nodes,
    pytest.mark.xdist_group("ray"),
    pytest.mark.timeout(600),
]
SUITE = Path(__file__).parents[1] / "support" / "two_ranks.py"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, since Ray's sockets lie below."""
    with tempfile.TemporaryDirectory(prefix="coevo-") as name:
        yield Path(name)


@pytest.fixture
def lan(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lan]:
    """Two hosts that a test may break."""
    if reason := hosts.why_not():
        pytest.skip(reason)
    with hosts.lan(folder) as made:
        for name, value in made.cluster.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("RAY_AUTH_MODE", "token")
        yield made


def carried(lan: Lan, home: Path, sign: str, during: Callable[[], None]) -> tuple[Any, list[str]]:
    """The queue once the suite's first attempt has ended, and what people were told."""
    command = (str(torch_python()), str(SUITE), *([sign] if sign else []))
    queue = MemoryQueue(replace(ticket(nodes=2, timeout_seconds=300.0), command=command))

    async def scene() -> list[str]:
        executor = RayExecutor(
            Foreign(lan.cluster.address), home.name, "lab", home, deadlines=QUICK
        )
        async with dispatching(queue, executor, card(name=home.name)) as at_work:
            await until(at_work, lambda: queue._recorded_before or (sign and up(sign)))
            during()
            await until(at_work, lambda: queue._recorded_before)
            queue.waiting.clear()
            return at_work.said

    return queue, asyncio.run(scene())


async def until(at_work: Any, claim: Callable[[], object]) -> None:
    async with asyncio.timeout(240):
        while not claim():
            assert not at_work.task.done()
            await asyncio.sleep(0.1)


def up(sign: str) -> bool:
    return all(Path(f"{sign}{rank}").exists() for rank in (0, 1))


def test_two_hosts_sum_and_train_together(lan: Lan, folder: Path) -> None:
    queue, _ = carried(lan, folder / "home", "", lambda: None)
    report: Report = queue.report(1)
    assert report.status is Status.PASS, (report, queue.log(Key(1, 1)))
    assert {case.id: case.status for case in report.cases} == {
        "all_reduce": Status.PASS,
        "step": Status.PASS,
    }
    names = [one.node.partition(" ")[0] for one in report.ranks]
    assert sorted(names) == sorted(host.name for host in lan.hosts)
    assert all("torch" in {part.name for part in one.observed} for one in report.ranks)
    log = queue.log(Key(1, 1)).decode()
    assert f"[rank 0] {names[0]} is rank 0 of 2" in log
    assert f"[rank 1] {names[1]} is rank 1 of 2" in log


@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize("how", ["power_off", "cut_off"])
def test_a_lost_host_is_a_miss_that_names_it(lan: Lan, folder: Path, how: str, rank: int) -> None:
    sign = str(folder / "up")
    script = f"{folder}/home/work"
    gone: list[str] = []

    def lose() -> None:
        host = _host_of(lan, folder, rank)
        gone.append(host.name)
        getattr(host, how)()

    queue, said = carried(lan, folder / "home", sign, lose)
    report: Report = queue._recorded_before[Key(1, 1)]
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, True), report
    assert gone[0] in report.reason, (report.reason, said)
    assert all(case.status is not Status.FAIL for case in report.cases)
    for host in lan.hosts:
        if host.name != gone[0] or how == "power_off":
            assert not [line for line in survivors(Path(script)) if host.name in line]


def _host_of(lan: Lan, folder: Path, rank: int) -> hosts.Host:
    """Which host a rank runs on, as its own file says."""
    name = (folder / f"up{rank}").read_text()
    return next(host for host in lan.hosts if host.name == name)
