"""What stacks resolve to on a platform, and what another version or commit would change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from matrix.errors import CoevoError
from matrix.model import Matrix, Overrides, Stack
from orchestrator.plan import lock_request
from runners.environments.lock import resolve
from runners.work import Lock


@dataclass(frozen=True, slots=True)
class Locked:
    """A suite's environment on a stack: its lock, or the sentence that says why there is none.

    `exclude` is what was left out.
    """

    suite: str
    stack: str
    requirements: tuple[str, ...]
    lock: Lock | None
    problem: str = ""
    exclude: tuple[str, ...] = ()


class Shift(NamedTuple):
    """A distribution that is another one, or there on one side only (""); `why` is what asks it."""

    suite: str
    name: str
    before: str
    after: str
    why: str


def locked(matrix: Matrix, stacks: Sequence[Stack], platform: str, home: Path) -> Iterator[Locked]:
    """The lock of each suite that brings an environment, on each of these stacks, as it comes."""
    for stack in stacks:
        for suite in matrix.suites:
            lacks = set(suite.takes) - dict(stack.components).keys()  # it is skipped there
            request = None if lacks else lock_request(suite, stack, Overrides())
            if request is None:
                continue
            wanted, without, lock, problem = request.requirements, request.exclude, None, ""
            try:
                lock = resolve(wanted, {}, platform, home, exclude=without)
            except CoevoError as error:
                problem = error.mistakes[0].problem
            yield Locked(suite.name, stack.name, wanted, lock, problem, without)


def shifts(before: Sequence[Locked], after: Sequence[Locked]) -> tuple[Shift, ...]:
    """What differs between two resolutions of the same suites, by suite and name.

    Nothing can be said of a suite that one side has no lock for.
    """
    found = []
    later = {one.suite: one for one in after}
    for old in before:
        new = later.get(old.suite)
        if new is None or old.problem or new.problem:
            continue
        was, now = _pins(old), _pins(new)
        asked = set(new.requirements) - set(old.requirements)
        for name in sorted(was.keys() | now.keys()):
            if was.get(name) != now.get(name):
                why = next((line for line in sorted(asked) if _names(line, name)), "")
                reason = f"asked for: {why}" if why else "a dependency"
                found.append(Shift(old.suite, name, was.get(name, ""), now.get(name, ""), reason))
    return tuple(found)


def only_once(before: Sequence[Locked], after: Sequence[Locked]) -> tuple[Locked, ...]:
    """What is resolved on one side alone."""
    sides = ({one.suite for one in side} for side in (before, after))
    shared = set.intersection(*sides)
    return tuple(one for one in (*before, *after) if one.suite not in shared)


def _pins(one: Locked) -> dict[str, str]:
    """Versions by name; where one is a file or a commit's, the file's name tells them apart."""
    return dict(one.lock.pins) if one.lock else {}


def _names(line: str, name: str) -> bool:
    """Whether a requirement is of that distribution."""
    return line.replace("[", "=").replace(" ", "=").split("=")[0].lower() == name.lower()
