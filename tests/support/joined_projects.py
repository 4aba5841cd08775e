"""A small project with a pytest suite of its own, in a git repository, and tickets that join it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from repositories import Repository, repository
from tickets import ticket

from matrix.model import Metric, Results, Workdir
from runners.work import CaseResult, Report, Ticket

PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
SUITE = """
import pytest


def test_good():
    pass


def test_bad():
    print("to be seen")
    assert 1 == 2


@pytest.mark.xfail(reason="known upstream")
def test_known():
    assert False


@pytest.mark.skip(reason="no such device")
def test_left():
    pass


@pytest.fixture
def device():
    raise RuntimeError("no device")


def test_around(device):
    pass


@pytest.mark.parametrize("size", [1, 2])
def test_sized(size, record_property):
    record_property("size", size)
"""
# Tries a failed test again, as pytest-rerunfailures does, in the order in which it tells so.
AGAIN = """
import pytest
from _pytest.runner import runtestprotocol

TRIES = 3


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    for number in range(1, TRIES + 1):
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        is_last = number == TRIES or not any(one.failed for one in reports)
        for report in reports:
            if report.failed and not is_last:
                report.outcome = "rerun"
            item.ihook.pytest_runtest_logreport(report=report)
        if is_last:
            break
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
"""


def project(folder: Path, body: str = SUITE, **more: str) -> tuple[Repository, str]:
    """A repository with this test file, and others by name; and its commit."""
    made = repository(folder)
    others = {f"tests/{name}.py": text for name, text in more.items()}
    return made, made.commit({"tests/test_it.py": body, **others})


def joining(
    made: tuple[Repository, str],
    command: tuple[str, ...] = PYTEST,
    *,
    kind: str = "pytest",
    path: str = "",
    metrics: tuple[Metric, ...] = (),
    **changes: object,
) -> Ticket:
    """A ticket that runs a command in the project's checkout and reads its results."""
    at = Workdir(git=made[0].url, commit=made[1])
    alone = ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # what is installed here is not the project's
    plain = replace(ticket(), command=command, workdir=at, metrics=metrics, env=(alone,))
    return replace(plain, results=Results(kind, path) if kind else None, **changes)  # type: ignore[arg-type] # reason: a ticket's own fields


def by_id(report: Report) -> dict[str, CaseResult]:
    """The cases by what follows their last `::`."""
    return {case.id.rpartition("::")[2]: case for case in report.cases}
