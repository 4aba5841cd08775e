"""The pytest plug-in that tells Coevo of each try of each test while it runs.

It is given to a suite with `results: {format: pytest}`, and to nothing else: where
COEVO_PYTEST_FD names no open descriptor it says nothing. Python >= 3.9, pytest >= 7; with
pytest-xdist the first process speaks for all, with pytest-rerunfailures every try is told.
"""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

MESSAGE_LIMIT = 2000
TEXT_LIMIT = 12000
NOTHING_COLLECTED = 5
_WORSE = {"PASS": 0, "SKIP": 1, "ERROR": 2, "FAIL": 3}


def pytest_configure(config: pytest.Config) -> None:
    """Speak in the first process; choose there and in its workers.

    A pytest that a test starts, or that runs within one, is none of ours.
    """
    descriptor = os.environ.pop("COEVO_PYTEST_FD", "")
    is_worker = hasattr(config, "workerinput")
    if descriptor or is_worker:
        config.pluginmanager.register(Chosen(os.environ), "coevo-chosen")
    if descriptor and not is_worker:
        config.pluginmanager.register(Told(int(descriptor)), "coevo-told")


class Chosen:
    """Which tests are to be run: one case, this shard, and none that has ended before."""

    def __init__(self, asked: Any) -> None:  # noqa: ANN401 - a mapping of texts
        self._only = asked.get("COEVO_CASE", "")
        self._shard = int(asked.get("COEVO_SHARD") or 1)
        self._shards = int(asked.get("COEVO_SHARDS") or 1)
        self._done = _done(asked.get("COEVO_DONE", ""))
        self._dropped = 0

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Leave out what is not wanted; shards are cut by name, whatever the order."""
        names = sorted({item.nodeid for item in items})
        mine = set(names[self._shard - 1 :: self._shards])
        wanted = {name for name in mine if self._wants(name)}
        kept = [item for item in items if item.nodeid in wanted]
        dropped = [item for item in items if item.nodeid not in wanted]
        if dropped:
            self._dropped = len(dropped)
            config.hook.pytest_deselected(items=dropped)
            items[:] = kept

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """A shard without a test has nothing wrong with it."""
        if exitstatus == NOTHING_COLLECTED and self._dropped:
            session.exitstatus = 0

    def _wants(self, nodeid: str) -> bool:
        return nodeid not in self._done and self._only in {"", nodeid}


class Told:
    """Says a line when a test begins, when a try of it has ended, and how it ended at last."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        os.set_inheritable(descriptor, False)
        self._phases: dict[str, list[Any]] = {}
        self._ended: set[str] = set()
        self._again: set[str] = set()  # tests of which a try is over, and the next has not begun
        self._uncollected: list[Any] = []
        self._has_said = False

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that cannot be imported is a case of its own; so is one that is skipped."""
        if report.outcome != "passed":
            self._uncollected.append(report)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """How many tests there will be, where this process collects them itself."""
        if session.items or not session.config.pluginmanager.hasplugin("dsession"):
            self._begin(len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: list[str]) -> None:
        """The same where others do; all of them collect the same tests."""
        del node
        self._begin(len(ids))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """From here on, what happens to the process happens inside this test."""
        self._phases[nodeid] = []
        self._say(type="case", id=nodeid, begin=True)

    def pytest_runtest_logreport(
        self,
        report: Any,  # noqa: ANN401 - a report of any plug-in
    ) -> None:
        """A phase of a test: setup, call or teardown; or a worker that died in it."""
        if report.when not in {"call", "teardown"}:
            self._again.discard(report.nodeid)
        if report.nodeid in self._again:
            return  # what a try that is over still tears down
        self._phases.setdefault(report.nodeid, []).append(report)
        if report.outcome == "rerun":
            self._again.add(report.nodeid)
            self._tell(report.nodeid, again=True)
            self._say(type="case", id=report.nodeid, begin=True)
        elif report.when not in {"setup", "call", "teardown"}:
            self._tell(report.nodeid)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """The test has ended."""
        if self._phases.get(nodeid):
            self._tell(nodeid)

    def pytest_sessionfinish(self) -> None:
        """What was found while collecting, where no test was."""
        self._begin(0)

    def _begin(self, total: int) -> None:
        if self._has_said:
            return
        self._has_said = True
        failed = any(report.outcome == "failed" for report in self._uncollected)
        self._say(total=0 if failed else total + len(self._uncollected))
        for report in self._uncollected:
            status = "SKIP" if report.outcome == "skipped" else "ERROR"
            self._say(
                type="case",
                id=report.nodeid or "collection",
                status=status,
                message=_message(report),
                detail=_detail([report]),
            )

    def _tell(self, nodeid: str, *, again: bool = False) -> None:
        phases = self._phases.pop(nodeid)
        if again:
            self._phases[nodeid] = []
        elif nodeid in self._ended:
            return
        else:
            self._ended.add(nodeid)
        status, message, expected = _outcome(phases)
        said: dict[str, object] = {
            "type": "case",
            "id": nodeid,
            "status": status,
            "message": message,
        }
        said["seconds"] = round(sum(report.duration for report in phases), 6)
        flags = {"again": again, "expected": expected}
        said.update({key: True for key, is_so in flags.items() if is_so})
        self._say(**said, detail=_detail(phases) if status != "PASS" else _properties(phases))

    def _say(self, **said: object) -> None:
        kept = {key: value for key, value in said.items() if value not in ("", None, {})}
        line = json.dumps(kept, default=str).encode("utf-8", "replace") + b"\n"
        while line:
            line = line[os.write(self._descriptor, line) :]


def _outcome(phases: list[Any]) -> tuple[str, str, bool]:
    """Status and message of a try, and whether its failure was expected."""
    told = [_phase(report) for report in phases]
    # Of equals the one that says something.
    return max(told, key=_rank, default=("ERROR", "it never ran", False))


def _rank(told: tuple[str, str, bool]) -> tuple[int, bool]:
    status, message, _ = told
    return _WORSE[status], bool(message)


def _phase(report: Any) -> tuple[str, str, bool]:  # noqa: ANN401 - a report of any plug-in
    reason = getattr(report, "wasxfail", None)
    if reason is not None and report.outcome == "skipped":
        return "FAIL", reason or _message(report), True
    if reason is not None and report.outcome == "passed":
        return "PASS", f"passed, though it was expected to fail: {reason}", False
    if report.outcome == "passed":
        return "PASS", "", False
    if report.outcome == "skipped":
        return "SKIP", _message(report), False
    is_around = report.when in {"setup", "teardown"}
    message = f"in its {report.when}: {_message(report)}" if is_around else _message(report)
    return ("ERROR" if is_around else "FAIL"), message, False


def _message(report: Any) -> str:  # noqa: ANN401 - the same
    """What was raised, in its own words; a skip's reason."""
    told = report.longrepr
    if isinstance(told, tuple):
        return str(told[2])[:MESSAGE_LIMIT].replace("Skipped: ", "", 1)
    crash = getattr(told, "reprcrash", None)
    text = crash.message if crash is not None else str(told or "").strip()
    return text[:MESSAGE_LIMIT]


def _detail(reports: list[Any]) -> dict[str, object]:
    """Where it failed, what it printed, what it recorded."""
    last = reports[-1] if reports else None
    bad = next((report for report in reports if report.outcome != "passed"), last)
    found: dict[str, object] = dict(_properties(reports))
    if bad is None or isinstance(bad.longrepr, tuple):
        return found
    found["traceback"] = str(bad.longrepr or "")[-TEXT_LIMIT:]
    for name in ("capstdout", "capstderr", "caplog"):
        text = getattr(bad, name, "")
        if text:
            found[name[3:]] = text[-TEXT_LIMIT:]
    return found


def _properties(reports: list[Any]) -> dict[str, object]:
    """What tests have told by `record_property`."""
    last = reports[-1] if reports else None
    told = getattr(last, "user_properties", None) or ()
    return {str(name): str(value)[:MESSAGE_LIMIT] for name, value in told}


def _done(path: str) -> frozenset[str]:
    """The ids in a COEVO_DONE file."""
    if not path:
        return frozenset()
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - a path from the environment
        return frozenset(json.loads(line)[0] for line in file)
