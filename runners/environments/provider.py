"""The port behind which an environment is made: ready to run in, and what is in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from runners.work import Component, Lock, Pairs


class Ran(NamedTuple):
    """How a tool ended that was run for an environment, with the last lines it printed."""

    code: int
    lines: tuple[str, ...]


Note = Callable[[str], None]
# Runs a tool under the attempt's guard: argv, environment and what takes each line it prints.
Shell = Callable[[tuple[str, ...], Mapping[str, str], Note], Awaitable[Ran]]


@dataclass(frozen=True, slots=True)
class Prepared:
    """An environment that is ready: its folder, its Python, and the variables to run with.

    `path` is put in front of the suite's PATH.
    """

    folder: Path
    python: Path
    path: Path
    env: Pairs = ()


class Unprepared(Exception):  # noqa: N818 - a state of the machine, no mistake of anybody's
    """No environment could be made; the message is one sentence for people."""

    def __init__(self, sentence: str, lines: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.lines = lines


class Provider(Protocol):
    """Makes environments. Any number of slots and processes may ask for the same one at once."""

    async def prepare(self, lock: Lock, note: Note, shell: Shell) -> Prepared:
        """The environment of a lock, built if need be; `note` is told of progress.

        Raises Unprepared.
        """
        ...

    def observe(self, prepared: Prepared) -> tuple[Component, ...]:
        """What is installed there, for a suite that does not say so itself."""
        ...
