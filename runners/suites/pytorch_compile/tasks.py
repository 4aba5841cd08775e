"""Which cases there are: an id, a dtype, and what finds out about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from runners.suites.pytorch_compile import checks
from runners.suites.pytorch_compile.checks import Found
from runners.suites.pytorch_compile.programs import PROGRAMS, Program


class Task(NamedTuple):
    """One case; `check` is given the device."""

    id: str
    dtype: str
    check: Callable[[str], Found]


def tasks() -> Iterator[Task]:
    """Every case, program by program."""
    for program in PROGRAMS:
        yield from _of(program)


def _of(program: Program) -> Iterator[Task]:
    yield Task(f"{program.name}.graphs", "float32", partial(checks.graphs, program))
    for dtype in ("float32", *program.dtypes):
        check = partial(checks.forward, program, dtype=dtype)
        yield Task(f"{program.name}.forward", dtype, check)
    if program.learns:
        yield Task(f"{program.name}.backward", "float32", partial(checks.backward, program))
    if program.grows:
        yield Task(f"{program.name}.shapes", "float32", partial(checks.shapes, program))
