"""A suite's conversation: its cases one by one, each told with how it ended."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Optional, Protocol  # Any: each suite has cases of its own

import torch

from runners.suites import device, harness
from runners.suites.float64.clean import ReferenceLostError
from runners.suites.float64.outcome import Outcome

_LAUNCHER = Path(__file__).resolve().parent.parent / "__main__.py"


class Case(Protocol):
    """What a suite's own cases say of themselves."""

    @property
    def id(self) -> str:
        """Stable over devices and dtypes."""
        ...

    @property
    def dtype(self) -> str:
        """The dtype that it is run in."""
        ...


class Work(NamedTuple):
    """What is to be done: a program's cases, and how each is carried out.

    `repeated` says which parameters choose a case once more and, where one sample of it failed,
    by its number, just that sample. `seed` is what the suite's own random numbers come from.
    """

    program: str
    cases: Sequence[Case]
    carry_out: Callable[[Any], Outcome]
    repeated: Callable[[Any, object], Sequence[str]]
    seed: Optional[int] = None  # noqa: UP045 - Python 3.9 reads it


def converse(work: Work) -> None:
    """Carry out the cases on the device that was named, or say that it is not there."""
    with harness.suite(total=len(work.cases), resume=True) as suite:
        problem = device.opened(suite.device)
        if problem:
            suite.ended("device", "FAIL", device=suite.device, message=problem)
            return
        if work.seed is not None:
            suite.fact("seed", work.seed, work.program)
        wanted = (one for one in work.cases if suite.wants(one.id, one.dtype))
        statuses = Counter(_case(suite, one, work) for one in wanted)
        _log(", ".join(f"{number} {status}" for status, number in sorted(statuses.items())))


def version() -> str:
    """The release of the torch that is tested, without its build."""
    return str(torch.__version__).partition("+")[0]


def _case(suite: harness.Suite, one: Case, work: Work) -> str:
    with suite.case(one.id, dtype=one.dtype) as case:
        try:
            found = work.carry_out(one)
        except ReferenceLostError as lost:
            found = Outcome("ERROR", str(lost), {}, expected=False)
        case.status = found.status
        case.note(message=found.message, detail=found.detail, expected=found.expected)
        if found.status == "FAIL":
            chosen = work.repeated(one, found.detail.get("sample"))
            case.note(repeat=_repeat(work.program, suite.device, one.id, chosen))
            _log(f"{one.id} [{one.dtype}] {found.message}")
    return case.status


def _repeat(program: str, device_name: str, id_: str, chosen: Sequence[str]) -> str:
    """The command that repeats one case, or one sample of it, in this very environment."""
    named = ["--device", device_name, "--case", id_]
    return shlex.join([sys.executable, "-I", str(_LAUNCHER), program, *named, *chosen])


def _log(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - standard output is the attempt's log
