"""Which cases there are: operator, dtype and direction, as plain values; nothing of torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple, Optional

from runners.suites.float64 import parameters as read
from runners.suites.float64.parameters import ParameterError

DTYPES = ("float32", "bfloat16", "float16")
WHOLE = ("int64", "int32", "bool")
EVERY_DTYPE = (*DTYPES, "complex64", *WHOLE)
PLAIN, NONCONTIGUOUS, EMPTY, DETERMINISTIC = "plain", "noncontiguous", "empty", "deterministic"
VARIANTS = (PLAIN, NONCONTIGUOUS, EMPTY, DETERMINISTIC)
_BACKWARD = ".backward"


class Task(NamedTuple):
    """One case: an operator in a dtype, forward or backward, on samples as they are or changed.

    `wanted` is the dtype that was asked for. `dtype` is what it is run in: an operator that takes
    no floating type stands among the float32 cases in its own.
    """

    op: str
    wanted: str
    dtype: str
    backward: bool
    variant: str = PLAIN

    @property
    def id(self) -> str:
        """Stable over devices and dtypes: the operator's full name, its variant, `.backward`."""
        name = self.op if self.variant == PLAIN else f"{self.op}.{self.variant}"
        return name + _BACKWARD if self.backward else name


class Asked(NamedTuple):
    """The suite's parameters. `samples` is how many of each operator (None: every one).

    `sample` is the only one wanted, by its index. `ops` are patterns of operators' names.
    """

    dtypes: tuple[str, ...]
    variants: tuple[str, ...]
    directions: tuple[bool, ...]
    ops: tuple[str, ...]
    samples: Optional[int]  # noqa: UP045 - Python 3.9 reads it
    sample: Optional[int]  # noqa: UP045 - the same

    def selects(self, op: str) -> bool:
        """Whether an operator of that name is wanted."""
        return any(fnmatchcase(op, pattern) for pattern in self.ops)


def asked(parameters: Mapping[str, str]) -> Asked:
    """What the suite's parameters ask for."""
    read.known(parameters, set(Asked._fields))
    return Asked(
        dtypes=read.dtypes(parameters, EVERY_DTYPE, DTYPES),
        variants=read.listed(parameters, "variants", VARIANTS, (PLAIN,)),
        directions=tuple(map(_backward, read.words(parameters, "directions", _BOTH))),
        ops=read.words(parameters, "ops", ("*",)),
        samples=read.number(parameters, "samples"),
        sample=read.number(parameters, "sample"),
    )


def tasks(ops: Iterable[str], wanted: Asked, run_in: Mapping[tuple[str, str], str]) -> list[Task]:
    """Every case of the selection, operator by operator; whole numbers have no gradients.

    `run_in` says which dtype an operator is run in where it is not the wanted one. A case that is
    there already among those of another dtype is not there twice.
    """
    every = (
        Task(op, dtype, run_in.get((op, dtype), dtype), backward, variant)
        for op in ops
        if wanted.selects(op)
        for dtype in wanted.dtypes
        for variant in wanted.variants
        for backward in wanted.directions
        if not (backward and dtype in WHOLE)
    )
    found: dict[tuple[str, str], Task] = {}
    for task in every:
        found.setdefault((task.id, task.dtype), task)
    return list(found.values())


_BOTH = ("forward", "backward")


def _backward(name: str) -> bool:
    if name not in _BOTH:
        raise ParameterError(f"directions: {name} is neither forward nor backward")
    return name == "backward"
