"""Where a suite is found by its name: in the matrix here, among the built-in and installed ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from matrix.errors import CoevoError
from matrix.installed import installed
from matrix.library import builtin, library
from matrix.load import load, parse
from matrix.model import Matrix, Stack, Suite
from matrix.names import did_you_mean, shown

LOCAL_MATRIX = Path("matrix.yaml")
_ALONE = "name: by-hand\naxes: {site: [lab], accelerator: [cpu]}\nsuites:\n"


@dataclass(frozen=True, slots=True)
class Known:
    """A suite and where it comes from: a file, `built in`, or a distribution."""

    suite: Suite
    matrix: Matrix
    origin: str

    def stack(self, name: str) -> Stack:
        """The stack of that name, the first where it is ""; CoevoError where there is none."""
        stacks = {stack.name: stack for stack in self.matrix.stacks}
        if not name:
            return self.matrix.stacks[0]
        if name not in stacks:
            problem = f"there is no stack {shown(name)}"
            raise CoevoError.because(problem, did_you_mean(name, stacks))
        return stacks[name]


def every(file: Path | None) -> tuple[Known, ...]:
    """The suites of the matrix here, then the others; each name once."""
    found = {one.suite.name: one for one in _declared(file)}
    for one in _others():
        found.setdefault(one.suite.name, one)
    return tuple(found.values())


def named(file: Path | None, name: str) -> Known:
    """The suite of that name; CoevoError where nobody defines it."""
    found = {one.suite.name: one for one in every(file)}
    if name not in found:
        problem = f"nobody defines a suite {shown(name)}"
        raise CoevoError.because(problem, did_you_mean(name, found))
    return found[name]


def _declared(file: Path | None) -> Iterator[Known]:
    place = file or (LOCAL_MATRIX if LOCAL_MATRIX.is_file() else None)
    if place is not None:
        matrix = load(place)
        yield from (Known(suite, matrix, matrix.file) for suite in matrix.suites)


def _others() -> Iterator[Known]:
    """What a matrix may take by its name alone."""
    lines = "".join(f'  "{name}": {{}}\n' for name in library().suites)
    matrix = parse(_ALONE + lines, "built in")
    own, brought = builtin().suites, installed()
    for suite in matrix.suites:
        origin = "built in" if suite.name in own else brought[suite.name].origin
        yield Known(suite, matrix, origin)
