"""Files that a band is given reach every rank's machine; what it leaves behind is rank 0's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bands import Frail, played
from handing import MAKES, artifact, given, making, names, stocked
from slots import Carried
from tickets import BYE, HELLO

from matrix.status import Status
from runners.artifacts import Artifacts, Brought
from runners.band import Band
from runners.part import PeerLost
from runners.slot import Slot
from runners.work import Ended, Happening, Ticket

pytestmark = pytest.mark.slow
DATA = b"0123456789"


class Away(Frail):
    """A peer whose files can no longer be reached."""

    async def _lost(self, *_: Any) -> Any:
        raise PeerLost("its power was cut")

    def cut(self) -> None:
        self.lacks = self.bring = self._lost


def machines(tmp_path: Path, ranks: int = 2) -> tuple[Band, list[Path], list[Away]]:
    """A band whose ranks are on machines that share no files."""
    homes = [tmp_path / f"home-{rank}" for rank in range(ranks)]
    peers = [
        Away(Slot(f"rank-{rank}", home), f"node-{rank}", "127.0.0.1")
        for rank, home in enumerate(homes)
    ]
    return Band(peers, tmp_path / "band", settle_seconds=0.3), homes, peers


def asked(tmp_path: Path, ask: Callable[[Band, list[Path], list[Away]], Any]) -> Any:
    async def scene() -> Any:
        band, homes, peers = machines(tmp_path)
        try:
            return await ask(band, homes, peers)
        finally:
            await band.close()

    return asyncio.run(scene())


def test_a_band_lacks_what_one_of_its_machines_lacks(tmp_path: Path) -> None:
    async def ask(band: Band, homes: list[Path], _: Sequence[Away]) -> tuple[str, ...]:
        both, first, none = (artifact(data) for data in (b"both", b"first", b"none"))
        for home in homes:
            stocked(home, b"both")
        stocked(homes[0], b"first")
        found = await band.lacks([both.digest, first.digest, none.digest])
        assert found == (first.digest, none.digest)
        return found

    asked(tmp_path, ask)


def test_pieces_reach_every_machine_though_one_is_ahead(tmp_path: Path) -> None:
    one = artifact(DATA)

    async def ask(band: Band, homes: list[Path], _: Sequence[Away]) -> list[int]:
        Artifacts(homes[1]).bring(one.digest, 10, 0, DATA[:6])
        there, told = 0, []
        while there < 10:
            there = (await band.bring(one.digest, 10, there, DATA[there : there + 4])).there
            told.append(there)
        assert all(Artifacts(home).check(one.digest) for home in homes)
        return told

    assert asked(tmp_path, ask) == [4, 8, 10]


def test_trouble_on_one_machine_is_the_bands(tmp_path: Path) -> None:
    one = artifact(DATA)

    async def ask(band: Band, homes: list[Path], _: Sequence[Away]) -> Brought:
        stocked(homes[0], DATA)
        return await band.bring(one.digest, 10, 0, b"9876543210")

    there, trouble = asked(tmp_path, ask)
    assert there == 0
    assert "is not what was sent" in trouble


def test_a_rank_that_is_lost_lacks_nothing_any_more(tmp_path: Path) -> None:
    one = artifact(DATA)

    async def ask(band: Band, homes: list[Path], peers: list[Away]) -> object:
        peers[1].cut()
        assert await band.lacks([one.digest]) == (one.digest,)
        assert await band.bring(one.digest, 10, 0, DATA) == Brought(10)
        assert Artifacts(homes[0]).check(one.digest)
        return await band.lacks([one.digest])

    assert asked(tmp_path, ask) == ()


def test_what_rank_0_has_made_can_be_read(tmp_path: Path) -> None:
    async def ask(band: Band, homes: list[Path], _: Sequence[Away]) -> bytes:
        one = stocked(homes[0], DATA)
        other = stocked(homes[1], b"of rank 1")
        assert await band.read(other.digest, 0, 4) == b""
        found: bytes = await band.read(one.digest, 2, 4)
        return found

    assert asked(tmp_path, ask) == b"2345"


def pair(ticket: Ticket, second: str = "") -> Ticket:
    commands = ((1, ("sh", "-c", second)),) if second else ()
    return replace(ticket, nodes=2, commands=commands)


def report(found: Carried) -> Any:
    (one,) = found.reports
    return one


def test_every_rank_finds_what_the_attempt_is_given(tmp_path: Path) -> None:
    log = played(tmp_path, pair(given(stocked(tmp_path)))).log.splitlines()
    told = {b"[rank 0] wheel/a.whl: made", b"[rank 1] wheel/a.whl: made"}
    assert told <= set(log)


def test_only_rank_0_leaves_something_behind(tmp_path: Path) -> None:
    other = MAKES.replace("a.whl", "other.whl")
    found = report(played(tmp_path, pair(making(), other)))
    assert (found.status, names(found)) == (Status.DONE, [("wheel", "a.whl")])


def test_another_rank_need_not_leave_anything(tmp_path: Path) -> None:
    found = report(played(tmp_path, pair(making(), HELLO + BYE)))
    assert (found.status, names(found)) == (Status.DONE, [("wheel", "a.whl")])


def test_rank_0_that_leaves_nothing_is_to_blame(tmp_path: Path) -> None:
    found = report(played(tmp_path, pair(making(HELLO + BYE), MAKES)))
    assert found.status is Status.ERROR
    told = "It produced no wheel: no file matches dist/*.whl."
    assert found.reason == f"Rank 0 on node-0: {told}"


def test_where_another_rank_fails_nothing_is_handed_on(tmp_path: Path) -> None:
    found = report(played(tmp_path, pair(making(), HELLO + "sleep 0.2; exit 3\n")))
    assert (found.status, found.artifacts) == (Status.ERROR, ())


def test_an_attempt_ends_with_the_files_of_its_band(tmp_path: Path) -> None:
    """All of it in order, on machines that share no files."""

    async def ask(band: Band, *_: object) -> Happening:
        one = artifact()
        await band.bring(one.digest, 4, 0, b"made")
        await band.assign([pair(given(one))])
        cursor = 0
        async with asyncio.timeout(60):
            while True:
                cursor, found = await band.collect(cursor, 1.0)
                for happening in found:
                    if isinstance(happening, Ended):
                        return happening

    assert asked(tmp_path, ask).report.status is Status.DONE
