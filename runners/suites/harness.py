"""What a Python suite speaks to Coevo with: cases, metrics and facts as JSON lines.

    with harness.suite(total=2, resume=True) as s:
        for name in ("add", "mul"):
            if s.wants(name):
                with s.case(name, dtype="float32") as case:
                    ...  # an exception is FAIL; case.skip("why"), case.fail("what", detail={...})

Python >= 3.9 and the standard library only: it runs in the suite's own environment, which may be
a vendor's. Nothing here imports torch; what is said of it is read from its files, or from the
module once the suite has imported it.
"""

from __future__ import annotations

import errno
import json
import math
import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TypeVar

from runners.simulated_devices import is_simulated
from runners.suites import observe

T = TypeVar("T")
_MESSAGE_LIMIT = 4000
_output: list[int] = []


class Skipped(Exception):  # noqa: N818 - a case's way out, no error
    """Ends the case it is raised in with SKIP and the reason given."""


def claim_output() -> int:
    """The descriptor for protocol lines; from the first call on, descriptor 1 is the log.

    So a print of the suite, of torch or of a child never lands between two lines of ours.
    """
    if not _output:
        _output.append(os.dup(1))
        os.dup2(2, 1)
    return _output[0]


def suite(
    name: str | None = None,
    *,
    total: int = 0,
    resume: bool = False,
    simulated: bool = False,
) -> Suite:
    """The conversation with Coevo, as a context: says `hello` on entry and `bye` at a clean end.

    `total` cases are promised to come (0: not known), where a person has not asked for just one.
    `resume` promises that `wants` is asked before each case, so that after a crash the rest can be
    run behind it. `simulated` says that all of it comes from a script; a device that is simulated
    says so by itself.
    """
    name = name or os.environ.get("COEVO_SUITE") or _program()
    return Suite(name, total, resume=resume, simulated=simulated)


class Suite:
    """One run of a suite. What it was asked for lies in its attributes.

    `device` is the torch device string, `parameters` the matrix's own keys, `deadline_seconds`
    how long the whole run may take (None: for ever), `nonce` what planted cases are made from.
    """

    def __init__(self, name: str, total: int, *, resume: bool, simulated: bool = False) -> None:
        asked = os.environ
        self.name = name
        self.job = asked.get("COEVO_JOB", "")
        self.device = asked.get("COEVO_DEVICE") or "cpu"
        self.devices = int(asked.get("COEVO_DEVICES") or 0)
        self.shard = int(asked.get("COEVO_SHARD") or 1)
        self.shards = int(asked.get("COEVO_SHARDS") or 1)
        self.parameters: dict[str, str] = json.loads(asked.get("COEVO_PARAMETERS") or "{}")
        self.cell: dict[str, str] = json.loads(asked.get("COEVO_CELL") or "{}")
        self.nonce = asked.get("COEVO_NONCE", "")
        deadline = asked.get("COEVO_DEADLINE_SECONDS")
        self.deadline_seconds = float(deadline) if deadline else None
        self.only = asked.get("COEVO_CASE", "")
        self.done = _done(asked.get("COEVO_DONE", ""))
        self._total, self._resume = total, resume
        self._simulated = simulated or is_simulated(self.device)
        self._lock = threading.Lock()
        self._fd = claim_output()

    def __enter__(self) -> Suite:  # noqa: PYI034 - Self is Python 3.11's
        self._say(
            type="hello",
            protocol=1,
            suite=self.name,
            total=0 if self.only else self._total,
            resume=self._resume,
            simulated=self._simulated,
            stack=observe.stack(),
        )
        for name, value, source in observe.system():
            self.fact(name, value, source)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            for name, value, source in observe.loaded():
                self.fact(name, value, source)
            self._say(type="bye")

    def wants(self, id: str, dtype: str = "") -> bool:  # noqa: A002 - the protocol's word
        """Whether this case is to be run: it has not ended before, and is the one asked for."""
        return (id, dtype) not in self.done and self.only in {"", id}

    def share(self, items: Sequence[T]) -> Sequence[T]:
        """The part of the items that is this shard's: every n-th one."""
        return items[(self.shard - 1) % self.shards :: self.shards]

    @contextmanager
    def case(
        self,
        id: str,  # noqa: A002 - the protocol's word
        *,
        device: str = "",
        dtype: str = "",
        **more: object,
    ) -> Iterator[Case]:
        """Say that a case begins, run the body, say how it ended. An exception ends it as FAIL.

        `more` goes into the line as it is (`planted=True`, `repeat="…"`).
        """
        self.begin(id, dtype)
        case, start = Case(), time.perf_counter()
        try:
            yield case
        except Skipped as reason:
            case.skip(str(reason))
        except Exception as error:  # noqa: BLE001 - whatever a case raises is its result
            case.raised(error)
        seconds = round(time.perf_counter() - start, 6)
        told = {"device": device or self.device, "dtype": dtype, "seconds": seconds}
        self.ended(id, case.status, **{**told, **case.said, **more})

    def begin(self, id: str, dtype: str = "") -> None:  # noqa: A002 - the protocol's word
        """Say that a case begins: a crash from here on is this case's."""
        more = {"dtype": dtype} if dtype else {}
        self._say(type="case", id=id, begin=True, **more)

    def ended(
        self,
        id: str,  # noqa: A002 - the protocol's word
        status: str,
        **said: object,
    ) -> None:
        """Say how a case ended; `said` may hold every key of the protocol's `case` line."""
        kept = {key: value for key, value in said.items() if not _is_blank(value)}
        self._say(type="case", id=id, status=status, **kept)

    def metric(
        self,
        name: str,
        values: object,
        *,
        unit: str,
        better: str,
        case: str = "",
    ) -> None:
        """Say what was measured: one number, or the replicates in the order they were taken."""
        taken = [float(v) for v in (values if isinstance(values, Iterable) else (values,))]  # type: ignore[arg-type] # reason: numbers of any library
        if not all(map(math.isfinite, taken)):
            raise ValueError(f"metric {name} is not finite: {taken}")
        self._say(type="metric", name=name, unit=unit, better=better, values=taken, case=case)

    def fact(self, name: str, value: object, source: str) -> None:
        """Say something read off the machine, and where it was read."""
        self._say(type="fact", name=name, value=str(value), source=source)

    def _say(self, **said: object) -> None:
        line = json.dumps(_plain(said), allow_nan=False).encode() + b"\n"
        with self._lock:
            while line:
                line = line[os.write(self._fd, line) :]


class Case:
    """How a running case will end; PASS where nothing else is said."""

    def __init__(self) -> None:
        self.status = "PASS"
        self.said: dict[str, object] = {}

    def fail(self, message: str, **said: object) -> None:
        """The code under test is wrong."""
        self._end("FAIL", message, said)

    def error(self, message: str, **said: object) -> None:
        """The test is wrong."""
        self._end("ERROR", message, said)

    def miss(self, message: str, **said: object) -> None:
        """The machine is wrong; nothing is known of the code."""
        self._end("MISS", message, said)

    def skip(self, message: str, **said: object) -> None:
        """It was not run, and this is why."""
        self._end("SKIP", message, said)

    def done(self, message: str = "", **said: object) -> None:
        """It was measured, and there is no verdict."""
        self._end("DONE", message, said)

    def note(self, **said: object) -> None:
        """Keys for the case's line (`detail`, `output`, …), whatever its status."""
        self.said.update(said)

    def raised(self, error: Exception) -> None:
        """FAIL with the exception, or MISS where the machine's disk is full."""
        message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        full = isinstance(error, OSError) and error.errno == errno.ENOSPC
        self._end("MISS" if full else "FAIL", message, {})

    def _end(self, status: str, message: str, said: Mapping[str, object]) -> None:
        self.status = status
        self.said.update(said, message=message[:_MESSAGE_LIMIT])


def _is_blank(value: object) -> bool:
    return value is None or value is False or (isinstance(value, str) and not value)


def _program() -> str:
    return os.environ.get("COEVO_PROGRAM") or os.path.basename(sys.argv[0]) or "suite"  # noqa: PTH119 - the name alone


def _done(path: str) -> frozenset[tuple[str, str]]:
    """The cases in a COEVO_DONE file, as (id, dtype): one JSON text, or pair of texts, a line."""
    if not path:
        return frozenset()
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 - a path from the environment
        return frozenset(_key(json.loads(line)) for line in file)


def _key(said: Any) -> tuple[str, str]:  # noqa: ANN401 - what a line of JSON holds
    return (said, "") if isinstance(said, str) else (said[0], said[1])


def _plain(value: Any) -> Any:  # noqa: ANN401 - anything a suite hands over becomes JSON here
    """The value as JSON knows it: what is not finite, and every other object, by its text."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(one) for one in value]
    return str(value)
