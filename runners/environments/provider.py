"""The port behind which an environment is made: ready to run in, and what is in it."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from matrix.names import canonical
from runners.environments.container import Container
from runners.work import Component, Fact, Lock, Pairs


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

    `path` is put in front of the suite's PATH. In a container `python` is a name there, and
    `folder` holds only what is noted of the image. `facts` say of a report what it ran in.
    """

    folder: Path
    python: Path
    path: Path
    env: Pairs = ()
    container: Container | None = None
    facts: tuple[Fact, ...] = ()


class Unprepared(Exception):  # noqa: N818 - a state of the machine, no mistake of anybody's
    """No environment could be made; the message is one sentence for people."""

    def __init__(self, sentence: str, lines: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.lines = lines


class Provider(Protocol):
    """Makes environments. Any number of slots and processes may ask for the same one at once.

    How a program runs in one is told by what is prepared: `runners.invocation.launch`.
    """

    @property
    def is_brought(self) -> bool:
        """Whether it serves suites without a lock too, since the runner's owner has made it."""
        ...

    async def prepare(self, lock: Lock | None, note: Note, shell: Shell) -> Prepared:
        """The environment of a lock, built if need be; `note` is told of progress.

        Only an environment that is brought has no need of a lock. Raises Unprepared.
        """
        ...

    async def observe(self, prepared: Prepared, shell: Shell) -> tuple[Component, ...]:
        """What is installed there, for a suite that does not say so itself; raises Unprepared."""
        ...


def is_needed(provider: Provider, lock: Lock | None) -> bool:
    """Whether a suite with such a lock has an environment made for it."""
    return lock is not None or provider.is_brought


def components(found: Mapping[str, str], source: str) -> tuple[Component, ...]:
    """Distributions and their versions as observed components, build tags kept apart."""
    named = {canonical(name): version for name, version in found.items()}
    split = [(name, *version.partition("+")) for name, version in sorted(named.items())]
    return tuple(Component(n, v, build, source) for n, v, _, build in split)


def fingerprint(observed: Iterable[Component]) -> str:
    """Names what is installed: equal for equal components, wherever they were read (16 hex)."""
    lines = sorted(f"{one.name}=={one.version}+{one.build}" for one in observed)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
