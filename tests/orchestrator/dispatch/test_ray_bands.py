"""Several nodes: a slot on each, all or none, through a real cluster of three Ray nodes."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from borrowing import QUICK
from dispatching import dispatching
from foreign_ray import ForeignRay, foreign_ray
from handing import artifact
from hosts import SECRET
from memory_queue import MemoryQueue
from offers import card
from ray_nodes import end_all, ray_node
from slots import survivors
from tickets import BYE, HELLO, ticket

from matrix.status import Status
from orchestrator.dispatch.courier import PIECE_BYTES
from orchestrator.dispatch.port import Held
from orchestrator.dispatch.ray_executor import RayExecutor
from orchestrator.dispatch.ray_foreign import Foreign
from runners.work import Key, Phase, Ticket

pytestmark = [pytest.mark.nodes, pytest.mark.ray, pytest.mark.xdist_group("ray"), pytest.mark.slow]
LABELS = "site=lab,accelerator=cpu"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Short, since Ray's sockets lie below."""
    with tempfile.TemporaryDirectory(prefix="coevo-") as name:
        yield Path(name)


class Theirs(NamedTuple):
    """A cluster, and the first process of one of its two nodes."""

    cluster: ForeignRay
    node: int


@pytest.fixture(scope="module")
def started(folder: Path) -> Iterator[Theirs]:
    """A head that offers nothing we ask for, and two nodes that do; the last test kills one."""
    with (
        foreign_ray("site=lab,accelerator=none", alone=False, secret=SECRET) as theirs,
        ray_node(theirs, folder / "a", LABELS),
        ray_node(theirs, folder / "b", LABELS) as node,
    ):
        yield Theirs(theirs, node)


@pytest.fixture
def theirs(started: Theirs, monkeypatch: pytest.MonkeyPatch) -> Theirs:
    """The cluster, with the environment of somebody who may use it."""
    for name, value in {**started.cluster.environment(), "RAY_AUTH_MODE": "token"}.items():
        monkeypatch.setenv(name, value)
    return started


def pair(script: str, second: str = "", job: int = 1, **changes: Any) -> Ticket:
    commands = ((1, ("sh", "-c", second)),) if second else ()
    return ticket(script, job, nodes=2, commands=commands, **changes)


def on(cluster: ForeignRay, home: Path) -> RayExecutor:
    return RayExecutor(Foreign(cluster.address), home.name, "lab", home, deadlines=QUICK)


def running(queue: MemoryQueue) -> set[int]:
    return {one.key.job for one in queue.progress if one.phase is Phase.RUNNING}


def test_two_nodes_carry_out_one_attempt_and_it_outlives_its_server(
    theirs: Theirs, tmp_path: Path
) -> None:
    script = HELLO + f'echo "$COEVO_RANK of $WORLD_SIZE"; touch {tmp_path}/up\n'
    script += f"while [ ! -e {tmp_path}/go ]; do sleep 0.05; done\necho late\n" + BYE
    queue = MemoryQueue(pair(script))

    async def scene() -> None:
        who = card(name=tmp_path.name, kind="ray")
        async with dispatching(queue, on(theirs.cluster, tmp_path), who) as first:
            await first.until(lambda: running(queue) and (tmp_path / "up").exists())
            await first.left()
        (tmp_path / "go").touch()
        async with dispatching(queue, on(theirs.cluster, tmp_path), who) as second:
            await second.until(lambda: queue.ended == 1)

    asyncio.run(scene())
    report = queue.report(1)
    assert report.status is Status.DONE, report
    assert [one.rank for one in report.ranks] == [0, 1]
    assert len({one.node for one in report.ranks}) == 2
    lines = queue.log(Key(1, 1)).decode().splitlines()
    assert sorted(lines) == [
        "[rank 0] 0 of 2",
        "[rank 0] late",
        "[rank 1] 1 of 2",
        "[rank 1] late",
    ]
    assert queue.released == []
    assert survivors(tmp_path / "work") == []


def test_files_reach_every_node_and_what_rank_0_makes_comes_back(
    theirs: Theirs, tmp_path: Path
) -> None:
    data = os.urandom(PIECE_BYTES + 1000)
    one = artifact(data, "x.bin", "binary")
    script = HELLO + 'sha256sum < "$COEVO_ARTIFACTS"/binary/x.bin\necho $COEVO_RANK > mine\n' + BYE
    ask = pair(script, inputs=(one,), produces=(("notes", "mine"),))
    queue = MemoryQueue(ask)
    queue.files[one.digest] = data

    async def scene() -> None:
        async with dispatching(
            queue, on(theirs.cluster, tmp_path), card(name=tmp_path.name)
        ) as at_work:
            await at_work.until(lambda: queue.ended == 1)

    asyncio.run(scene())
    report = queue.report(1)
    assert report.status is Status.DONE, report
    assert report.artifacts == (artifact(b"0\n", "mine", "notes"),)
    assert queue.files[report.artifacts[0].digest] == b"0\n"
    log = queue.log(Key(1, 1)).decode()
    assert all(f"[rank {rank}] {one.digest}" in log for rank in (0, 1))


def test_a_killed_rank_ends_the_other_and_is_named(theirs: Theirs, tmp_path: Path) -> None:
    queue = MemoryQueue(pair(HELLO + "sleep 600\n", HELLO + "sleep 0.2; kill -SEGV $$\n"))

    async def scene() -> None:
        async with dispatching(
            queue, on(theirs.cluster, tmp_path), card(name=tmp_path.name)
        ) as at_work:
            await at_work.until(lambda: queue.ended == 1)

    asyncio.run(scene())
    report = queue.report(1)
    assert (report.status, report.signal) == (Status.ERROR, signal.SIGSEGV)
    assert report.reason.startswith(f"Rank 1 on {os.uname().nodename} (")
    assert survivors(tmp_path / "work") == []


def test_cancelling_ends_every_rank(theirs: Theirs, tmp_path: Path) -> None:
    queue = MemoryQueue(pair(HELLO + f"touch {tmp_path}/up-$COEVO_RANK; sleep 600\n"))

    async def scene() -> None:
        async with dispatching(
            queue, on(theirs.cluster, tmp_path), card(name=tmp_path.name)
        ) as at_work:
            await at_work.until(lambda: all((tmp_path / f"up-{rank}").exists() for rank in (0, 1)))
            queue.cancelled.add(1)
            at_work.dispatcher.nudge()
            await at_work.until(lambda: queue.ended == 1)

    asyncio.run(scene())
    report = queue.report(1)
    assert (report.status, report.cancelled) == (Status.SKIP, True)
    assert survivors(tmp_path / "work") == []


def test_a_slot_whose_retirement_is_cut_short_is_ended_with_its_executor(
    theirs: Theirs, tmp_path: Path
) -> None:
    executor = on(theirs.cluster, tmp_path)

    async def scene() -> tuple[Held, ...]:
        await executor.start()
        offer = next(one for one in await executor.offers() if ("accelerator", "cpu") in one.labels)
        slot = await executor.slot_for(offer, 0, nodes=2)
        retiring = asyncio.create_task(executor.retire(slot))
        await asyncio.sleep(0)
        retiring.cancel()
        await executor.stop()
        again = on(theirs.cluster, tmp_path)
        found = await again.start()
        await again.stop()
        return found

    assert asyncio.run(scene()) == ()


def test_a_killed_node_is_a_miss_that_names_it_and_leaves_nothing(
    theirs: Theirs, tmp_path: Path
) -> None:
    failing = HELLO + f"touch {tmp_path}/up; while [ ! -e {tmp_path}/fail ]; do sleep 0.05; done\n"
    queue = MemoryQueue(pair(failing + "exit 3\n"))

    async def scene() -> list[str]:
        async with dispatching(
            queue, on(theirs.cluster, tmp_path), card(name=tmp_path.name)
        ) as at_work:
            await at_work.until(lambda: running(queue) and (tmp_path / "up").exists())
            end_all(theirs.node)
            (tmp_path / "fail").touch()
            await at_work.until(lambda: queue._recorded_before)
            queue.waiting.clear()
            return at_work.said

    said = asyncio.run(scene())
    report = queue._recorded_before[Key(1, 1)]
    assert (report.status, report.retry) == (Status.MISS, True)
    assert os.uname().nodename in report.reason + "".join(said)
    assert "was lost" in report.reason
    assert survivors(tmp_path / "work") == []
