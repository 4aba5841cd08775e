"""A band: ranks start together, end together, and the one that is to blame is named."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from bands import cancelling, losing, played, report_of
from tickets import BYE, HELLO, begin, end, ticket

from matrix.status import Layer, Status
from runners.part import RankLog
from runners.voice import Voice
from runners.work import Happening, Key, LogChunk, Ticket

pytestmark = pytest.mark.slow
IN_CASE = HELLO + begin("step")


FACT = """echo '{"type":"fact","name":"me","value":"'$RANK'","source":"env"}'\n"""


def pair(script: str, second: str = "", **changes: Any) -> Ticket:
    """A ticket for two ranks; the second may have a script of its own."""
    commands = ((1, ("sh", "-c", second)),) if second else ()
    return ticket(script, nodes=2, **{"commands": commands, **changes})


def test_every_rank_is_told_its_place_and_where_all_meet(tmp_path: Path) -> None:
    names = ("COEVO_RANK", "COEVO_RANKS", "COEVO_HOSTS", "COEVO_RENDEZVOUS", "COEVO_INTERFACE")
    usual = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
    script = "".join(f'echo "{name}=${name}"\n' for name in (*names, *usual))
    log = played(tmp_path, pair(HELLO + script + BYE)).log.decode()
    ranks = [
        dict(
            line.removeprefix(f"[rank {rank}] ").split("=", 1)
            for line in log.splitlines()
            if line.startswith(f"[rank {rank}] ")
        )
        for rank in (0, 1)
    ]
    for rank, said in enumerate(ranks):
        assert said["COEVO_RANK"] == said["RANK"] == str(rank)
        assert said["COEVO_RANKS"] == said["WORLD_SIZE"] == "2"
        assert (said["LOCAL_RANK"], said["LOCAL_WORLD_SIZE"]) == ("0", "1")
        assert json.loads(said["COEVO_HOSTS"]) == ["127.0.0.1", "127.0.0.1"]
        assert said["COEVO_INTERFACE"] == "lo"
        assert said["COEVO_RENDEZVOUS"] == f"{said['MASTER_ADDR']}:{said['MASTER_PORT']}"
    assert ranks[0]["MASTER_PORT"] == ranks[1]["MASTER_PORT"] != "0"


def test_ranks_that_all_pass_are_one_report_with_each_case_once(tmp_path: Path) -> None:
    report = report_of(tmp_path, pair(IN_CASE + end("step") + FACT + BYE))
    assert (report.status, report.reason) == (Status.PASS, "")
    assert [case.id for case in report.cases] == ["step"]
    assert report.node == "node-0, node-1"
    assert [(one.rank, one.node, one.status) for one in report.ranks] == [
        (0, "node-0", Status.PASS),
        (1, "node-1", Status.PASS),
    ]
    told = [fact for one in report.ranks for fact in one.facts if fact.name == "me"]
    assert [fact.value for fact in told] == ["0", "1"]
    assert " & wait" in report.repeat


def test_a_rank_may_have_a_command_of_its_own(tmp_path: Path) -> None:
    log = played(tmp_path, pair(HELLO + "echo head\n" + BYE, HELLO + "echo worker\n" + BYE)).log
    assert set(log.splitlines()) == {b"[rank 0] head", b"[rank 1] worker"}


def test_no_rank_starts_before_all_are_ready(tmp_path: Path) -> None:
    """One whose program cannot be started ends the attempt before the other has begun for long."""
    report = report_of(
        tmp_path, pair(HELLO + "sleep 600\n", "", commands=((1, ("no-such-program",)),))
    )
    assert report.status is Status.ERROR
    assert report.reason.startswith("Rank 1 on node-1: The suite could not be started")


def test_the_first_to_die_is_to_blame_and_not_who_fails_for_it(tmp_path: Path) -> None:
    sign = tmp_path / "dead"
    dying = IN_CASE + f"touch {sign}; kill -KILL $$\n"
    waiting = IN_CASE + f"while [ ! -e {sign} ]; do sleep 0.01; done\nsleep 0.1\n"
    report = report_of(tmp_path / "home", pair(waiting + end("step", "FAIL") + BYE, dying))
    assert (report.status, report.layer) == (Status.FAIL, Layer.CODE)
    assert report.reason == "Rank 1 on node-1: It was ended by SIGKILL inside step."
    assert report.signal == 9


def test_a_death_ends_a_rank_that_would_wait_for_ever(tmp_path: Path) -> None:
    report = report_of(tmp_path, pair(HELLO + "sleep 600\n", HELLO + "echo oh; exit 3\n"))
    assert report.status is Status.ERROR
    assert report.reason == "Rank 1 on node-1: It ended with exit code 3 outside any case: oh."
    assert report.last_lines == ("[rank 1] oh",)
    assert report.ranks[0].reason == "Ended with the others."


def test_the_deadline_holds_for_all_and_names_who_hangs(tmp_path: Path) -> None:
    hanging = pair(HELLO + BYE, HELLO + "sleep 600\n", timeout_seconds=1.0)
    report = report_of(tmp_path, hanging)
    assert report.status is Status.ERROR
    assert report.reason.startswith("Rank 1 on node-1: It did not end within 1 s outside any case")


def test_all_that_hang_are_named(tmp_path: Path) -> None:
    report = report_of(tmp_path, pair(IN_CASE + "sleep 600\n", timeout_seconds=1.0))
    assert report.status is Status.FAIL
    assert report.reason.startswith("Rank 0 on node-0, rank 1 on node-1: It did not end within 1 s")


def test_a_lost_node_is_a_miss_whatever_the_others_say(tmp_path: Path) -> None:
    sign = tmp_path / "running"
    failing = IN_CASE + f"touch {sign}; sleep 0.5\n" + end("step", "FAIL") + BYE
    ticket_ = pair(failing, HELLO + "sleep 600\n")
    report = report_of(tmp_path / "home", ticket_, losing(1, sign))
    assert (report.status, report.layer, report.retry) == (Status.MISS, Layer.INFRA, True)
    assert report.reason == "Rank 1 on node-1 was lost: its power was cut."
    assert [case.status for case in report.cases] == [Status.MISS]
    assert report.ranks[1].lost


def test_cancelling_ends_all_ranks(tmp_path: Path) -> None:
    sign = tmp_path / "running"
    running = pair(HELLO + f"touch {sign}; sleep 600\n")
    report = report_of(tmp_path / "home", running, cancelling(Key(1, 1), sign))
    assert (report.status, report.cancelled) == (Status.SKIP, True)
    assert report.reason == "Cancelled; no case had ended."


def test_ranks_that_see_different_stacks_are_a_miss(tmp_path: Path) -> None:
    hello = """echo '{"type":"hello","suite":"s","protocol":1,"stack":{"torch":"2.%s"}}'\n"""
    report = report_of(tmp_path, pair(hello.replace("%s", "'$RANK'") + BYE))
    assert (report.status, report.retry) == (Status.MISS, False)
    assert report.reason == (
        "The ranks do not run the same stack: "
        "torch is 2.0 for rank 0 on node-0 and 2.1 for rank 1 on node-1."
    )


def test_a_flood_of_one_rank_is_cut_and_said(tmp_path: Path) -> None:
    flood = HELLO + "yes 0123456789 | head -n 40000\n" + BYE
    carried = played(tmp_path, pair(flood, HELLO + "echo quiet\n" + BYE, log_limit_bytes=100_000))
    (report,) = carried.reports
    assert report.status is Status.DONE
    assert report.log_lost_bytes > 0
    assert all(line.startswith(b"[rank ") for line in carried.log.splitlines()[:50])


def test_what_a_rank_s_log_has_lost_is_said_where_it_was(tmp_path: Path) -> None:
    async def scene() -> bytes:
        found = list[Happening]()
        voice = Voice(Key(1, 1), 1000, tmp_path / "spool", found.append)
        log = RankLog(3, voice)
        for offset, data in ((0, b"one\ntw"), (6, b"o\nthr"), (100, b"last")):
            log.take(LogChunk(Key(1, 1), offset, data))
        log.close()
        voice.close()
        return b"".join(one.data for one in found if isinstance(one, LogChunk))

    assert asyncio.run(scene()).splitlines() == [
        b"[rank 3] one",
        b"[rank 3] two",
        b"[rank 3] thr",
        b"[rank 3] coevo: 89 bytes of its log were not kept",
        b"[rank 3] last",
    ]
