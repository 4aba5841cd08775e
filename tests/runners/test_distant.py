"""A rank on another node, reached through its folder alone."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest
from tickets import ticket

from matrix.status import Layer, Status
from runners.distant import Distant
from runners.mailbox import Mailbox, Place
from runners.part import PeerLost
from runners.slot import Slot
from runners.work import Ended, Key, Phase, Progress, Ready, Rendezvous, Report

KEY = Key(1, 1)
ENDED = Ended(KEY, Report(Status.PASS, Layer.NONE, ""))


def near(folder: Path) -> Slot:
    """The slot of rank 0."""
    return Slot("near", folder / "home")


def arrived(folder: Path) -> Mailbox:
    """The folder of a rank that has started."""
    box = Mailbox(folder)
    box.settle(Place("n2", "10.0.0.2", 5))
    return box


def test_a_ticket_goes_to_a_rank_that_is_there(tmp_path: Path) -> None:
    box = arrived(tmp_path)
    peer = Distant(box, near(tmp_path))
    asyncio.run(peer.assign(ticket(nodes=2, rank=1)))
    assert box.ticket() == ticket(nodes=2, rank=1)
    assert (peer.node, peer.address) == ("n2", "10.0.0.2")


def test_a_rank_that_comes_later_is_waited_for(tmp_path: Path) -> None:
    async def scene() -> str:
        peer = Distant(Mailbox(tmp_path), near(tmp_path))
        asyncio.get_running_loop().call_later(0.4, arrived, tmp_path)
        await peer.assign(ticket())
        return peer.node

    assert asyncio.run(scene()) == "n2"


def test_a_rank_that_never_comes_is_lost(tmp_path: Path) -> None:
    peer = Distant(Mailbox(tmp_path), near(tmp_path), arrive=0.2)
    with pytest.raises(PeerLost, match="it has not started within"):
        asyncio.run(peer.assign(ticket()))


def test_what_a_rank_writes_is_collected_once(tmp_path: Path) -> None:
    box = arrived(tmp_path)

    async def scene() -> list[object]:
        peer = Distant(box, near(tmp_path))
        box.tell([Progress(KEY, Phase.PREPARING, 0, 0, ""), Ready(KEY)])
        cursor, first = await peer.collect(0, 1.0)
        asyncio.get_running_loop().call_later(0.3, box.tell, [ENDED])
        _, second = await peer.collect(cursor, 5.0)
        return [len(first), second]

    assert asyncio.run(scene()) == [2, (ENDED,)]


def test_nothing_new_is_no_answer_worth_waiting_for(tmp_path: Path) -> None:
    box = arrived(tmp_path)
    assert asyncio.run(Distant(box, near(tmp_path)).collect(0, 0.0)) == (0, ())


def test_a_rank_that_falls_silent_is_lost(tmp_path: Path) -> None:
    peer = Distant(arrived(tmp_path), near(tmp_path), silent=0.3)
    with pytest.raises(PeerLost, match="it has written nothing for"):
        asyncio.run(peer.collect(0, 30.0))


def test_a_sign_of_life_keeps_a_rank(tmp_path: Path) -> None:
    box = arrived(tmp_path)

    async def scene() -> object:
        peer = Distant(box, near(tmp_path), silent=0.8)
        loop = asyncio.get_running_loop()
        for moment in (0.4, 0.8, 1.2, 1.6):
            loop.call_later(moment, box.tell, [])
        loop.call_later(2.0, box.tell, [ENDED])
        return (await peer.collect(0, 30.0))[1]

    assert asyncio.run(scene()) == (ENDED,)


def test_orders_lie_in_its_folder(tmp_path: Path) -> None:
    box, meeting = arrived(tmp_path), Rendezvous(("a", "b"), 1)

    async def scene() -> None:
        peer = Distant(box, near(tmp_path))
        await peer.go(KEY, meeting)
        await peer.cancel(KEY)
        await peer.close()

    asyncio.run(scene())
    assert box.meeting() == meeting
    assert box.is_to_end
    assert box.is_dismissed


def test_files_of_other_jobs_lie_where_all_nodes_see_them(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"data").hexdigest()

    async def scene() -> tuple[object, ...]:
        peer = Distant(arrived(tmp_path), near(tmp_path))
        before = await peer.lacks([digest])
        await peer.bring(digest, 4, 0, b"data")
        return before, await near(tmp_path).lacks([digest]), await peer.read(digest, 0, 4)

    assert asyncio.run(scene()) == ((digest,), (), b"data")
