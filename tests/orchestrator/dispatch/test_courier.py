"""Files between a queue and real slots: in pieces, once, and whatever is wrong is somebody's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from handing import artifact, given, spoil, stocked
from memory_queue import MemoryQueue
from offers import cpu
from tickets import ticket

from matrix.status import Layer, Status
from orchestrator.dispatch.courier import PIECE_BYTES, Courier
from orchestrator.dispatch.patient import Patient
from orchestrator.dispatch.port import SlotLost
from orchestrator.dispatch.process import ProcessExecutor
from runners.artifacts import Artifacts, Brought
from runners.work import Artifact, Ended, Key, Report, Ticket

BIG = 30 << 20


class Watched(MemoryQueue):
    """A queue that notes how long the pieces were that went and came."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[int] = []
        self.taken: list[int] = []
        self.doubted: list[str] = []

    def artifact(self, digest: str, offset: int, length: int) -> bytes:
        found = super().artifact(digest, offset, length)
        self.sent.append(len(found))
        return found

    def keep(self, digest: str, size: int, offset: int, data: bytes) -> Brought:
        self.taken.append(len(data))
        return super().keep(digest, size, offset, data)

    def doubt(self, digest: str) -> None:
        self.doubted.append(digest)
        super().doubt(digest)

    def holding(self, data: bytes, name: str = "a.whl") -> Artifact:
        one = artifact(data, name)
        self.files[one.digest] = data
        return one


class Scene:
    """A courier between a queue and one slot of a machine."""

    def __init__(self, home: Path, executor: ProcessExecutor | None = None) -> None:
        self.home, self.queue = home, Watched()
        self.executor = executor or ProcessExecutor("r", (cpu(),), home)
        self.slot = ""

    async def supply(self, *files: Artifact, wanted: Callable[[], bool] = lambda: True) -> str:
        return await self._asked(lambda c: c.supply(self.slot, given(*files), wanted))

    async def fetch(self, *files: Artifact) -> Report:
        report = Report(Status.PASS, Layer.NONE, "", node="n", artifacts=files)
        ended: Ended = await self._asked(lambda c: c.fetched(self.slot, Ended(Key(1, 1), report)))
        assert ended.key == Key(1, 1)
        return ended.report

    async def _asked(self, ask: Callable[[Courier], Awaitable[Any]]) -> Any:
        self.slot = await self.executor.slot_for(cpu(), 0)
        patient = Patient(lambda _: None)
        try:
            return await ask(Courier(self.executor, self.queue, patient))
        finally:
            patient.close()
            await self.executor.stop()

    @property
    def store(self) -> Artifacts:
        return Artifacts(self.home)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_what_a_slot_lacks_is_brought_to_it(scene: Scene) -> None:
    one, empty = scene.queue.holding(b"made"), scene.queue.holding(b"", "empty")
    there = stocked(scene.home, b"there already")
    assert asyncio.run(scene.supply(one, empty, there)) == ""
    assert all(scene.store.check(each.digest) for each in (one, empty, there))
    assert scene.queue.sent == [4, 0]


def test_one_file_under_two_names_is_brought_once(scene: Scene) -> None:
    one = scene.queue.holding(b"made")
    assert asyncio.run(scene.supply(one, one._replace(name="other.whl"))) == ""
    assert scene.queue.sent == [4]


def test_a_ticket_that_is_given_nothing_costs_nothing(scene: Scene) -> None:
    assert asyncio.run(scene.supply()) == ""
    assert not (scene.home / "artifacts").exists()


def test_a_big_file_goes_to_a_slot_in_pieces(scene: Scene) -> None:
    data = os.urandom(BIG)
    one = scene.queue.holding(data)
    assert asyncio.run(scene.supply(one)) == ""
    assert scene.store.check(one.digest)
    assert sum(scene.queue.sent) == BIG
    assert max(scene.queue.sent) == PIECE_BYTES


def test_a_big_file_comes_from_a_slot_in_pieces(scene: Scene) -> None:
    data = os.urandom(BIG)
    one = stocked(scene.home, data)
    assert asyncio.run(scene.fetch(one)).artifacts == (one,)
    assert scene.queue.files[one.digest] == data
    assert sum(scene.queue.taken) == BIG
    assert max(scene.queue.taken) == PIECE_BYTES


def test_what_came_half_way_before_is_gone_on_with(scene: Scene) -> None:
    data = os.urandom(PIECE_BYTES + 100)
    one, half = scene.queue.holding(data), artifact(data)
    scene.store.bring(half.digest, half.bytes, 0, data[:PIECE_BYTES])
    scene.queue.files.clear()
    scene.queue.keep(one.digest, one.bytes, 0, data[:PIECE_BYTES])
    scene.store.bring(one.digest, one.bytes, PIECE_BYTES, data[PIECE_BYTES:])
    scene.queue.taken.clear()
    assert asyncio.run(scene.fetch(one)).status is Status.PASS
    assert scene.queue.taken == [0, 100]


def test_what_the_queue_has_is_not_fetched_again(scene: Scene) -> None:
    one, empty = stocked(scene.home, b"made"), stocked(scene.home, b"", "empty")
    asyncio.run(scene.fetch(one, empty))
    scene.queue.taken.clear()
    assert asyncio.run(scene.fetch(one, empty)).artifacts == (one, empty)
    assert scene.queue.taken == [0, 0]


def test_what_the_queue_no_longer_has_is_said(scene: Scene) -> None:
    one = artifact(b"made")
    told = f"The artifact wheel/a.whl ({one.digest[:12]}) is gone."
    assert asyncio.run(scene.supply(one)) == told


def test_a_rotten_file_of_the_queues_never_reaches_a_slot_and_is_let_go(scene: Scene) -> None:
    one = scene.queue.holding(b"made")
    scene.queue.files[one.digest] = b"mode"
    assert "is not what was sent" in asyncio.run(scene.supply(one))
    assert scene.queue.doubted == [one.digest]
    assert not scene.store.has(one.digest)
    assert asyncio.run(scene.supply(one)).endswith("is gone.")


def test_a_bad_draft_that_somebody_left_in_a_slot_is_got_over(scene: Scene) -> None:
    one = scene.queue.holding(b"made")
    scene.store.bring(one.digest, 4, 0, b"mo")
    assert asyncio.run(scene.supply(one)) == ""
    assert scene.store.check(one.digest)


def test_a_bad_draft_that_somebody_left_in_the_queue_is_got_over(scene: Scene) -> None:
    one = stocked(scene.home, b"made")
    scene.queue.keep(one.digest, 4, 0, b"mo")
    assert asyncio.run(scene.fetch(one)).artifacts == (one,)
    assert scene.queue.files[one.digest] == b"made"


def missed(report: Report, told: str) -> None:
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, True)
    assert told in report.reason
    assert (report.artifacts, report.node) == ((), "n")


def test_a_file_that_has_rotted_on_its_runner_is_the_machines_fault(scene: Scene) -> None:
    one = stocked(scene.home, b"made")
    spoil(scene.home, one)
    missed(asyncio.run(scene.fetch(one)), "not what was sent")
    assert scene.queue.files == {}


def test_a_file_that_is_gone_from_its_runner_is_the_machines_fault(scene: Scene) -> None:
    missed(asyncio.run(scene.fetch(artifact(b"made"))), "is gone from its runner")


def test_a_file_that_is_longer_than_was_said_is_not_believed(scene: Scene) -> None:
    one = stocked(scene.home, b"made")
    asyncio.run(scene.fetch(one))
    missed(asyncio.run(scene.fetch(one._replace(bytes=2))), "not as long as was said")


@pytest.mark.parametrize(
    "change", [{"name": "../x"}, {"kind": ""}, {"digest": "../../x"}, {"bytes": -1}]
)
def test_what_can_be_no_file_is_neither_fetched_nor_brought(
    scene: Scene, change: dict[str, Any]
) -> None:
    one = stocked(scene.home, b"made")._replace(**change)
    missed(asyncio.run(scene.fetch(one)), "There can be no artifact called ")
    assert asyncio.run(scene.supply(one)).startswith("There can be no artifact called ")
    assert (scene.queue.taken, scene.queue.sent) == ([], [])


def test_a_runner_whose_disk_takes_nothing_says_so(scene: Scene) -> None:
    (scene.home / "artifacts").write_text("in the way")
    told = asyncio.run(scene.supply(scene.queue.holding(b"made")))
    assert told.startswith("The runner cannot store artifacts: ")


def test_nothing_more_is_brought_once_nobody_wants_it(scene: Scene) -> None:
    one = scene.queue.holding(os.urandom(3 * PIECE_BYTES))
    answers = iter([True, False])
    assert asyncio.run(scene.supply(one, wanted=lambda: next(answers))) == ""
    assert scene.queue.sent == [PIECE_BYTES]
    assert not scene.store.has(one.digest)


def test_a_queue_that_is_away_for_a_while_is_asked_again(scene: Scene) -> None:
    one, other = scene.queue.holding(b"made"), stocked(scene.home, b"there")
    broken = iter([OSError("away"), OSError("away")])

    class Away(Watched):
        def keep(self, digest: str, size: int, offset: int, data: bytes) -> Brought:
            if error := next(broken, None):
                raise error
            return super().keep(digest, size, offset, data)

    away = Away()
    away.files = scene.queue.files
    scene.queue = away
    assert asyncio.run(scene.supply(one)) == ""
    assert asyncio.run(scene.fetch(other)).artifacts == (other,)


class Dying(ProcessExecutor):
    """Its slots are lost as soon as a file is wanted of them."""

    async def read(self, slot: str, digest: str, offset: int, length: int) -> bytes:
        await self.retire(slot)
        return await super().read(slot, digest, offset, length)

    async def bring(self, slot: str, digest: str, size: int, offset: int, data: bytes) -> Brought:
        await self.retire(slot)
        return await super().bring(slot, digest, size, offset, data)


@pytest.mark.parametrize("way", ["supply", "fetch"])
def test_a_slot_that_dies_in_between_is_lost(tmp_path: Path, way: str) -> None:
    scene = Scene(tmp_path, Dying("r", (cpu(),), tmp_path))
    one = scene.queue.holding(b"made") if way == "supply" else stocked(tmp_path, b"made")
    with pytest.raises(SlotLost):
        asyncio.run(getattr(scene, way)(one))


def test_an_end_without_files_is_handed_on_as_it_is(scene: Scene) -> None:
    report = asyncio.run(scene.fetch())
    assert report == Report(Status.PASS, Layer.NONE, "", node="n")
    assert scene.queue.taken == []


class Beside(MemoryQueue):
    """A queue whose files lie in a folder, as a server's do."""

    def __init__(self, folder: Path, *tickets: Ticket) -> None:
        super().__init__(*tickets)
        self.store, self.moved = Artifacts(folder), 0

    def artifact(self, digest: str, offset: int, length: int) -> bytes:
        self.moved += 1
        return self.store.read(digest, offset, length)

    def keep(self, digest: str, size: int, offset: int, data: bytes) -> Brought:
        self.moved += bool(data)
        return self.store.bring(digest, size, offset, data)


def test_where_queue_and_slots_share_a_folder_nothing_is_copied(scene: Scene) -> None:
    scene.queue = Beside(scene.home)  # type: ignore[assignment] # another kind of queue
    one, empty = stocked(scene.home, os.urandom(BIG)), stocked(scene.home, b"", "empty")
    assert asyncio.run(scene.fetch(one, empty)).artifacts == (one, empty)
    assert asyncio.run(scene.supply(one, empty)) == ""
    assert scene.queue.moved == 0  # type: ignore[attr-defined] # the same
    assert ticket().inputs == ()
