"""Running a suite by hand, as its own launcher does, and reading what it says."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runners import protocol
from runners.protocol import Begin, Bye, Hello
from runners.work import CaseResult, Fact, MetricValue


@dataclass(frozen=True)
class Said:
    """Everything a suite said, and how its process ended."""

    messages: tuple[Any, ...]
    log: str
    code: int

    @property
    def hello(self) -> Hello:
        return self._only(Hello)[0]

    @property
    def cases(self) -> dict[tuple[str, str], CaseResult]:
        return {(case.id, case.dtype): case for case in self._only(CaseResult)}

    @property
    def open(self) -> list[Begin]:
        ended = self.cases
        return [one for one in self._only(Begin) if (one.id, one.dtype) not in ended]

    @property
    def facts(self) -> dict[str, Fact]:
        return {fact.name: fact for fact in self._only(Fact)}

    @property
    def metrics(self) -> list[MetricValue]:
        return self._only(MetricValue)

    @property
    def is_complete(self) -> bool:
        return isinstance(self.messages[-1], Bye)

    def _only(self, kind: type) -> list[Any]:
        return [message for message in self.messages if isinstance(message, kind)]


Play = Callable[..., Said]


def said_by(
    argv: list[str],
    env: Mapping[str, str] | None = None,
    seconds: float = 540,  # of a busy machine; pytest itself gives up at 600
) -> Said:
    """Run a program to its end; a line that is not of the protocol fails the test."""
    done = subprocess.run(
        argv,
        capture_output=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", **(env or {})},
        check=False,
        timeout=seconds,
    )
    messages = [protocol.parse(line) for line in done.stdout.splitlines()]
    strange = [m for m in messages if m is None or isinstance(m, protocol.Garbage)]
    assert not strange, strange[:3]
    return Said(tuple(messages), done.stderr.decode(errors="replace"), done.returncode)
