"""The plug-in's own words: what it makes of the phases of a test, told into a pipe."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from runners.pytest_plugin.coevo_pytest import Told

NODE = "tests/test_a.py::test_it"


class Pipe(NamedTuple):
    """A plug-in that speaks, and where it is heard."""

    told: Told
    end: int

    def lines(self) -> list[dict[str, Any]]:
        """What was said since the last time."""
        found: list[dict[str, Any]] = []
        os.set_blocking(self.end, False)
        try:
            data = os.read(self.end, 1 << 16)
        except BlockingIOError:
            return found
        return [json.loads(line) for line in data.splitlines()]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    end, ours = os.pipe()
    yield Pipe(Told(ours), end)
    os.close(end)
    os.close(ours)


def phase(when: str, outcome: str = "passed", longrepr: object = None, **more: object) -> Any:
    """A report as pytest makes one."""
    plain: dict[str, object] = {
        "nodeid": NODE,
        "when": when,
        "outcome": outcome,
        "longrepr": longrepr,
        "duration": 0.25,
        "user_properties": [],
        "capstdout": "",
        "capstderr": "",
        "caplog": "",
    }
    return SimpleNamespace(**{**plain, **more})


class Crash(NamedTuple):
    """What pytest knows of an exception."""

    message: str


class Repr:
    """A traceback as pytest shows one."""

    def __init__(self, message: str) -> None:
        self.reprcrash = Crash(message)

    def __str__(self) -> str:
        return f"the traceback of {self.reprcrash.message}"


def told(pipe: Pipe, *phases: Any) -> dict[str, Any]:
    """How a test ends that goes through these phases."""
    pipe.told.pytest_runtest_logstart(NODE)
    for one in phases:
        pipe.told.pytest_runtest_logreport(one)
    pipe.told.pytest_runtest_logfinish(NODE)
    begun, *ended = pipe.lines()
    assert begun == {"type": "case", "id": NODE, "begin": True}
    (end,) = ended
    return end


class Tale(NamedTuple):
    """The phases of a test, and what is said of it."""

    what: str
    phases: tuple[Any, ...]
    status: str
    message: str = ""
    expected: bool = False


TALES = (
    Tale(
        what="passes",
        phases=(phase("setup"), phase("call"), phase("teardown")),
        status="PASS",
    ),
    Tale(
        what="fails",
        phases=(phase("setup"), phase("call", "failed", Repr("1 != 2")), phase("teardown")),
        status="FAIL",
        message="1 != 2",
    ),
    Tale(
        what="cannot be set up",
        phases=(phase("setup", "failed", Repr("no device")), phase("teardown")),
        status="ERROR",
        message="in its setup: no device",
    ),
    Tale(
        what="cannot be torn down",
        phases=(phase("setup"), phase("call"), phase("teardown", "failed", Repr("leaks"))),
        status="ERROR",
        message="in its teardown: leaks",
    ),
    Tale(
        what="fails and cannot be torn down",
        phases=(
            phase("setup"),
            phase("call", "failed", Repr("1 != 2")),
            phase("teardown", "failed", Repr("leaks")),
        ),
        status="FAIL",
        message="1 != 2",
    ),
    Tale(
        what="is skipped",
        phases=(phase("setup", "skipped", ("f.py", 3, "Skipped: no gpu")), phase("teardown")),
        status="SKIP",
        message="no gpu",
    ),
    Tale(
        what="is skipped while it runs",
        phases=(phase("setup"), phase("call", "skipped", ("f.py", 3, "Skipped: late"))),
        status="SKIP",
        message="late",
    ),
    Tale(
        what="fails as expected",
        phases=(phase("setup"), phase("call", "skipped", Repr("boom"), wasxfail="upstream")),
        status="FAIL",
        message="upstream",
        expected=True,
    ),
    Tale(
        what="fails as expected without a reason",
        phases=(phase("setup"), phase("call", "skipped", Repr("boom"), wasxfail="")),
        status="FAIL",
        message="boom",
        expected=True,
    ),
    Tale(
        what="passes though it should not",
        phases=(phase("setup"), phase("call", wasxfail="upstream")),
        status="PASS",
        message="passed, though it was expected to fail: upstream",
    ),
    Tale(
        what="passes though it strictly should not",
        phases=(phase("setup"), phase("call", "failed", "[XPASS(strict)] upstream")),
        status="FAIL",
        message="[XPASS(strict)] upstream",
    ),
)


@pytest.mark.parametrize("tale", TALES, ids=[one.what for one in TALES])
def test_what_is_said_of_a_test_that(pipe: Pipe, tale: Tale) -> None:
    end = told(pipe, *tale.phases)

    assert end["status"] == tale.status
    assert end.get("message", "") == tale.message
    assert end.get("expected", False) is tale.expected
    assert end["seconds"] == 0.25 * len(tale.phases)


def test_a_failure_says_where_and_what_was_printed(pipe: Pipe) -> None:
    end = told(
        pipe,
        phase("setup"),
        phase("call", "failed", Repr("no"), capstdout="out", capstderr="err", caplog="log"),
        phase("teardown"),
    )

    assert end["detail"] == {
        "traceback": "the traceback of no",
        "stdout": "out",
        "stderr": "err",
        "log": "log",
    }


def test_long_texts_are_cut(pipe: Pipe) -> None:
    end = told(
        pipe,
        phase("setup"),
        phase("call", "failed", Repr("x" * 99_999), capstdout="y" * 99_999),
    )

    assert len(end["message"]) == 2000
    assert len(end["detail"]["stdout"]) == 12_000
    assert len(end["detail"]["traceback"]) == 12_000


def test_properties_are_kept_of_what_passes_too(pipe: Pipe) -> None:
    end = told(pipe, phase("setup"), phase("call"), phase("teardown", user_properties=[("n", 3)]))

    assert end["detail"] == {"n": "3"}


def test_each_try_is_a_line_and_only_the_last_one_counts(pipe: Pipe) -> None:
    pipe.told.pytest_runtest_logstart(NODE)
    for outcome in ("rerun", "rerun", "passed"):
        longrepr = Repr("not yet") if outcome == "rerun" else None
        pipe.told.pytest_runtest_logreport(phase("setup"))
        pipe.told.pytest_runtest_logreport(phase("call", outcome, longrepr))
        pipe.told.pytest_runtest_logreport(phase("teardown"))
    pipe.told.pytest_runtest_logfinish(NODE)
    lines = pipe.lines()

    told_so = [str(line.get("begin", line.get("status"))) for line in lines]
    assert told_so == ["True", "FAIL", "True", "FAIL", "True", "PASS"]
    assert [line.get("again", False) for line in lines if "status" in line] == [True, True, False]
    assert lines[1]["message"] == "not yet"


def test_a_try_that_is_repeated_in_its_setup(pipe: Pipe) -> None:
    pipe.told.pytest_runtest_logstart(NODE)
    pipe.told.pytest_runtest_logreport(phase("setup", "rerun", Repr("busy")))
    pipe.told.pytest_runtest_logreport(phase("teardown"))
    for when in ("setup", "call", "teardown"):
        pipe.told.pytest_runtest_logreport(phase(when))
    pipe.told.pytest_runtest_logfinish(NODE)

    assert [line["status"] for line in pipe.lines() if "status" in line] == ["ERROR", "PASS"]


def test_a_worker_that_dies_is_the_end_of_its_test(pipe: Pipe) -> None:
    pipe.told.pytest_runtest_logstart(NODE)
    pipe.told.pytest_runtest_logreport(phase("???", "failed", "worker 'gw0' crashed"))
    (_, end) = pipe.lines()

    assert (end["status"], end["message"]) == ("FAIL", "worker 'gw0' crashed")


def test_a_worker_that_dies_in_a_later_try_too(pipe: Pipe) -> None:
    pipe.told.pytest_runtest_logstart(NODE)
    pipe.told.pytest_runtest_logreport(phase("???", "rerun", "worker 'gw0' crashed"))
    pipe.told.pytest_runtest_logreport(phase("???", "failed", "worker 'gw1' crashed"))
    ends = [line for line in pipe.lines() if "status" in line]

    assert [line.get("again", False) for line in ends] == [True, False]
    assert ends[1]["message"] == "worker 'gw1' crashed"


def test_a_test_ends_once(pipe: Pipe) -> None:
    told(pipe, phase("setup"), phase("call"))
    pipe.told.pytest_runtest_logreport(phase("call", "failed", Repr("again")))
    pipe.told.pytest_runtest_logfinish(NODE)

    assert pipe.lines() == []


def test_how_many_there_will_be_is_said_once(pipe: Pipe) -> None:
    pipe.told.pytest_xdist_node_collection_finished(object(), ["a", "b"])
    pipe.told.pytest_xdist_node_collection_finished(object(), ["a", "b"])
    pipe.told.pytest_sessionfinish()

    assert pipe.lines() == [{"total": 2}]


def test_a_session_that_never_came_to_its_tests_says_so(pipe: Pipe) -> None:
    pipe.told.pytest_sessionfinish()

    assert pipe.lines() == [{"total": 0}]


@pytest.mark.parametrize(
    ("outcome", "longrepr", "status", "total"),
    [
        ("failed", "ImportError: nowhere", "ERROR", 0),
        ("skipped", ("f.py", 1, "Skipped: no torch"), "SKIP", 3),
    ],
)
def test_what_could_not_be_collected_is_a_case(
    pipe: Pipe, outcome: str, longrepr: object, status: str, total: int
) -> None:
    pipe.told.pytest_collectreport(phase("collect", outcome, longrepr, nodeid="tests/test_b.py"))
    pipe.told.pytest_collectreport(phase("collect", nodeid="tests/test_a.py"))
    pipe.told.pytest_xdist_node_collection_finished(object(), ["a", "b"])
    first, case = pipe.lines()

    assert first == {"total": total}
    assert (case["id"], case["status"]) == ("tests/test_b.py", status)
