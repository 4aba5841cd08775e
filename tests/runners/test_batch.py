"""A batch job's process: carries out what lies in a folder, alone or as one of several ranks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from slots import survivors
from slurm_cluster import until
from tickets import BYE, HELLO, end, ticket

from matrix.status import Status
from orchestrator.dispatch.kit import kit, unpacked
from runners.environments.bindings import Bindings
from runners.mailbox import Mailbox
from runners.work import Ended, Happening, LogChunk, Phase, Progress, Report, Ticket

pytestmark = pytest.mark.slow
WAITING = HELLO + end("first") + "sleep 600\n"


@contextmanager
def carrier(folder: Path, rank: int = 0, ranks: int = 1) -> Iterator[subprocess.Popen[str]]:
    """The process, as a batch script starts it."""
    environ = {
        **os.environ,
        "PYTHONPATH": str(unpacked(kit(), folder.parent)),
        "TMPDIR": str(folder.parent / "tmp"),
        "SLURM_JOB_ID": "77",
        "SLURM_PROCID": str(rank),
        "SLURM_NTASKS": str(ranks),
        "SLURM_JOB_PARTITION": "debug",
        "HUB_TOKEN": "hush",
    }
    (folder.parent / "tmp").mkdir(exist_ok=True)
    words = [sys.executable, "-P", "-S", "-m", "runners.batch", folder, folder.parent / "home"]
    process = subprocess.Popen(words, env=environ, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def handed(home: Path, one: Ticket) -> Mailbox:
    """A mailbox with a ticket in it."""
    box = Mailbox(home / "1-1")
    box.folder.mkdir()
    box.hand_over(one, Bindings())
    return box


def told(box: Mailbox) -> tuple[Happening, ...]:
    return box.since(0)[1]


def report_of(box: Mailbox) -> Report:
    return next(one.report for one in told(box) if isinstance(one, Ended))


def is_running(box: Mailbox) -> bool:
    return any(isinstance(one, Progress) and one.phase is Phase.RUNNING for one in told(box))


def test_a_ticket_is_carried_out_and_told(tmp_path: Path) -> None:
    box = handed(tmp_path, ticket(HELLO + "echo aloud; env\n" + BYE))
    with carrier(box.folder) as process:
        assert process.wait(60) == 0
    log = b"".join(one.data for one in told(box) if isinstance(one, LogChunk))
    report = report_of(box)
    assert report.status is Status.DONE
    assert log.startswith(b"aloud\n")
    assert b"SLURM_JOB_ID=77" in log
    assert b"hush" not in log
    assert b"PYTHONPATH" not in log
    assert [fact[:2] for fact in report.facts if fact.source == "slurm"] == [
        ("slurm.job", "77"),
        ("slurm.partition", "debug"),
    ]


def test_nothing_of_it_is_left_on_the_node(tmp_path: Path) -> None:
    box = handed(tmp_path, ticket(HELLO + "touch left $TMPDIR/left; sleep 600 &\n" + BYE))
    with carrier(box.folder) as process:
        assert process.wait(60) == 0
    assert list((tmp_path / "tmp").iterdir()) == []
    assert survivors(tmp_path / "tmp") == []


def test_an_attempt_that_another_has_taken_is_left_alone(tmp_path: Path) -> None:
    box = handed(tmp_path, ticket())
    box.take("76")
    with carrier(box.folder) as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "holds nothing for batch job 77 (it has: 76)" in said
    assert told(box) == ()


def test_a_folder_without_a_ticket_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "1-1").mkdir()
    with carrier(tmp_path / "1-1") as process:
        assert process.wait(60) == 1
    assert Mailbox(tmp_path / "1-1").taken_by() == ""


@pytest.mark.parametrize("way", ["signal", "folder"])
def test_told_to_end_it_reports_what_it_has(tmp_path: Path, way: str) -> None:
    box = handed(tmp_path, ticket(WAITING))
    with carrier(box.folder) as process:
        until(lambda: is_running(box), "the suite to run")
        if way == "signal":
            process.send_signal(signal.SIGTERM)
        else:
            box.ask_to_end()
        assert process.wait(60) == 0
    report = report_of(box)
    assert report.cancelled
    assert [case.id for case in report.cases] == ["first"]
    assert survivors(tmp_path / "tmp") == []


def test_killed_it_takes_its_suite_along(tmp_path: Path) -> None:
    box = handed(tmp_path, ticket(WAITING))
    with carrier(box.folder) as process:
        until(lambda: is_running(box), "the suite to run")
        process.kill()
        process.wait()
        until(lambda: not survivors(tmp_path / "tmp"), "the suite to end")
    assert not any(isinstance(one, Ended) for one in told(box))


def test_ranks_start_together_and_are_told_as_one(tmp_path: Path) -> None:
    script = HELLO + 'echo "rank $COEVO_RANK of $COEVO_RANKS"\n' + end("met") + BYE
    box = handed(tmp_path, ticket(script, nodes=2))
    with carrier(box.folder, 1, 2) as second, carrier(box.folder, 0, 2) as first:
        assert first.wait(60) == 0
        assert second.wait(60) == 0
    report = report_of(box)
    log = b"".join(one.data for one in told(box) if isinstance(one, LogChunk)).decode()
    assert report.status is Status.PASS
    assert [rank.rank for rank in report.ranks] == [0, 1]
    assert sorted(log.splitlines()) == ["[rank 0] rank 0 of 2", "[rank 1] rank 1 of 2"]


def test_a_rank_that_is_told_to_end_before_it_has_a_ticket_ends(tmp_path: Path) -> None:
    box = handed(tmp_path, ticket(nodes=2))
    with carrier(box.folder, 1, 2) as second:
        until((box.folder / "rank-1" / "place.json").exists, "the rank to be there")
        second.send_signal(signal.SIGTERM)
        assert second.wait(60) == 1


def test_a_rank_that_fails_ends_the_other(tmp_path: Path) -> None:
    script = HELLO + "[ $COEVO_RANK = 0 ] || exit 3\nsleep 600\n"
    box = handed(tmp_path, ticket(script, nodes=2))
    with carrier(box.folder, 0, 2) as first, carrier(box.folder, 1, 2) as second:
        assert first.wait(60) == 0
        assert second.wait(60) == 0
    assert report_of(box).reason.startswith("Rank 1 on")
    assert survivors(tmp_path / "tmp") == []
