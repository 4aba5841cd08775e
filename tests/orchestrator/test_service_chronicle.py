"""What happens, in the server's log: for people, and as JSON lines for programs."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import NOON, World, lost_machine, report_of

from matrix.status import Status
from orchestrator.service import chronicle as chronicle_module
from orchestrator.service.chronicle import Chronicle, sentence, told_of
from orchestrator.service.folder import Folder
from orchestrator.service.logbook import JsonLines, logbook
from orchestrator.service.settings import LogFormat
from orchestrator.store.announcing import dismiss_all
from orchestrator.store.cancelling import cancel_run
from orchestrator.views import Event

QUICK = "lab/cpu:quick@stable"
STABLE = ("time", "level", "logger", "event", "message")
Line = dict[str, object]


@contextmanager
def written(folder: Path) -> Iterator[list[Line]]:
    """The lines that the block had written, as a program reads them."""
    lines: list[Line] = []
    with logbook(Folder(folder).made(), LogFormat.JSON):
        yield lines
    lines += [json.loads(line) for line in (folder / "server.log").read_text().splitlines()]


def named(lines: list[Line], event: str) -> list[Line]:
    return [line for line in lines if line["event"] == event]


def test_a_job_is_told_from_its_lease_to_its_end(small: World, tmp_path: Path) -> None:
    chronicle = Chronicle(small.store)
    with written(tmp_path) as lines:
        run = small.start(QUICK)
        (ticket,) = small.claim()
        chronicle.tell()
        small.end([ticket], report_of(Status.FAIL))
        chronicle.tell()
    (leased,), (ended,) = named(lines, "job.leased"), named(lines, "job.ended")
    about = {"matrix": "small", "job": ticket.key.job, "name": QUICK, "run": run}
    assert {**about, "runner": "bench", "attempt": 1}.items() <= leased.items()
    assert {**about, "runner": "bench", "status": "FAIL"}.items() <= ended.items()
    assert ended["reason"] == "it was FAIL"
    assert ended["message"] == f"job {ticket.key.job} {QUICK} ended FAIL"
    assert ended["at"] == NOON.isoformat()


def test_every_line_has_the_stable_keys(small: World, tmp_path: Path) -> None:
    chronicle = Chronicle(small.store)
    with written(tmp_path) as lines:
        small.carry_out(report_of(), QUICK)
        chronicle.tell()
        logging.getLogger("a.library").warning("it says %s", "this")
    assert len(lines) > 3
    for line in lines:
        assert tuple(line)[:5] == STABLE
        assert datetime.fromisoformat(str(line["time"])).utcoffset() == timedelta()
    assert (lines[-1]["logger"], lines[-1]["level"], lines[-1]["event"]) == (
        "a.library",
        "warning",
        "log",
    )
    assert lines[-1]["message"] == "it says this"


def test_runs_and_runners_are_told(small: World, tmp_path: Path) -> None:
    chronicle = Chronicle(small.store)
    with written(tmp_path) as lines:
        run = small.carry_out(report_of(), QUICK)
        dismiss_all(small.store)
        chronicle.tell()
    assert [line["run"] for line in named(lines, "run.ended")] == [run]
    assert named(lines, "run.ended")[0]["jobs"] == 1
    assert [line["runner"] for line in named(lines, "runner.gone")] == ["bench"]


def test_a_job_that_is_tried_again_is_told_so(small: World, tmp_path: Path) -> None:
    chronicle = Chronicle(small.store)
    with written(tmp_path) as lines:
        small.start(QUICK)
        small.end(small.claim(), lost_machine())
        small.claim()
        chronicle.tell()
    assert len(named(lines, "job.queued")) == 1
    assert [line["attempt"] for line in named(lines, "job.leased")] == [2, 2]


def test_a_job_that_nobody_took_has_no_runner(small: World, tmp_path: Path) -> None:
    chronicle = Chronicle(small.store)
    with written(tmp_path) as lines:
        cancel_run(small.store, "small", small.start(QUICK))
        chronicle.tell()
    (ended,) = named(lines, "job.ended")
    assert "runner" not in ended
    assert "attempt" not in ended


def test_progress_and_looks_of_cells_are_left_out(small: World, tmp_path: Path) -> None:
    chronicle = Chronicle(small.store)
    with written(tmp_path) as lines:
        small.carry_out(report_of(Status.FAIL), QUICK)
        chronicle.tell()
    assert {str(line["event"]).partition(".")[0] for line in lines} == {"job", "run"}


def test_what_happened_before_is_not_told_and_nothing_twice(
    small: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chronicle_module, "BATCH", 2)
    small.carry_out(report_of(), QUICK)
    chronicle = Chronicle(small.store)
    with written(tmp_path) as lines:
        assert chronicle.tell() == 0
        small.carry_out(report_of(), QUICK)
        assert chronicle.tell() > 2
        assert chronicle.tell() == 0
    assert len(named(lines, "job.ended")) == 1


def test_an_exception_keeps_its_line_and_its_traceback(tmp_path: Path) -> None:
    with written(tmp_path) as lines:
        try:
            int("no\nsuch thing")
        except ValueError:
            logging.getLogger("coevo.test").exception("it broke", extra={"event": "test.failed"})
    (line,) = lines
    assert (line["event"], line["level"]) == ("test.failed", "error")
    assert str(line["error"]).endswith("invalid literal for int() with base 10: 'no\\nsuch thing'")


@given(
    st.text(),
    st.dictionaries(st.text() | st.sampled_from(STABLE), st.text() | st.integers() | st.none()),
)
def test_a_line_is_one_line_whatever_is_told(text: str, fields: dict[str, object]) -> None:
    record = logging.LogRecord("x", logging.INFO, "f", 1, "%s", (text,), None)
    record.fields = fields
    line = JsonLines().format(record)
    assert line.isascii()
    assert line.isprintable()
    told = json.loads(line)
    assert told["message"] == text
    assert told["logger"] == "x"  # whatever the fields are called
    assert {key: told[key] for key in fields if key not in STABLE} == {
        key: value for key, value in fields.items() if key not in STABLE
    }


@pytest.mark.parametrize(
    ("kind", "subject", "data", "name", "words"),
    [
        ("job", "7", {"state": "ended", "status": "PASS"}, "job.ended", "job 7 ended PASS"),
        ("run", "3", {"state": "running", "ended": 1}, "run.running", "run 3 running"),
        ("runner", "here", {"state": "gone"}, "runner.gone", "runner here gone"),
        ("server", "matrix small", {}, "server.changed", "server matrix small"),
    ],
)
def test_an_event_has_a_name_and_a_sentence(
    kind: str, subject: str, data: Line, name: str, words: str
) -> None:
    event = Event(1, datetime(2026, 11, 23, tzinfo=UTC), "", kind, subject, json.dumps(data))
    assert told_of(event, None)[0] == name
    assert sentence(event, None) == words
    assert None not in told_of(event, None)[1].values()
