"""Which cases there are: operator, dtype and direction, as plain values; nothing of torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple, Optional

DTYPES = ("float32", "bfloat16", "float16")
_SHORT = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16", "half": "float16"}
_BACKWARD = ".backward"


class Task(NamedTuple):
    """One case: an operator in a dtype, forward or backward.

    `wanted` is the dtype that was asked for. `dtype` is what it is run in: an operator that takes
    no floating type stands among the float32 cases in its own.
    """

    op: str
    wanted: str
    dtype: str
    backward: bool

    @property
    def id(self) -> str:
        """Stable over devices and dtypes: the operator's full name, `.backward` behind it."""
        return self.op + _BACKWARD if self.backward else self.op


class Asked(NamedTuple):
    """The suite's parameters. `samples` is how many of each operator (None: every one).

    `sample` is the only one wanted, by its index. `ops` are patterns of operators' names.
    """

    dtypes: tuple[str, ...]
    directions: tuple[bool, ...]
    ops: tuple[str, ...]
    samples: Optional[int]  # noqa: UP045 - Python 3.9 reads it
    sample: Optional[int]  # noqa: UP045 - the same

    def selects(self, op: str) -> bool:
        """Whether an operator of that name is wanted."""
        return any(fnmatchcase(op, pattern) for pattern in self.ops)


class ParameterError(ValueError):
    """A parameter that means nothing; the message says what would."""


def asked(parameters: Mapping[str, str]) -> Asked:
    """What the parameters `dtypes`, `directions`, `ops`, `samples` and `sample` ask for."""
    unknown = set(parameters) - {"dtypes", "directions", "ops", "samples", "sample"}
    if unknown:
        raise ParameterError(f"unknown parameter {', '.join(sorted(unknown))}")
    return Asked(
        dtypes=tuple(_dtype(name) for name in _words(parameters, "dtypes", DTYPES)),
        directions=tuple(_direction(name) for name in _words(parameters, "directions", _BOTH)),
        ops=_words(parameters, "ops", ("*",)),
        samples=_number(parameters, "samples"),
        sample=_number(parameters, "sample"),
    )


def tasks(ops: Iterable[str], wanted: Asked, run_in: Mapping[tuple[str, str], str]) -> list[Task]:
    """Every case of the selection, operator by operator.

    `run_in` says which dtype an operator is run in where it is not the wanted one.
    """
    return [
        Task(op, dtype, run_in.get((op, dtype), dtype), backward)
        for op in ops
        if wanted.selects(op)
        for dtype in wanted.dtypes
        for backward in wanted.directions
    ]


_BOTH = ("forward", "backward")


def _words(parameters: Mapping[str, str], key: str, default: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(parameters.get(key, "")).replace(",", " ").split()) or default


def _dtype(name: str) -> str:
    found = _SHORT.get(name, name)
    if found not in DTYPES:
        raise ParameterError(f"dtypes: {name} is none of {', '.join(DTYPES)}")
    return found


def _direction(name: str) -> bool:
    if name not in _BOTH:
        raise ParameterError(f"directions: {name} is neither forward nor backward")
    return name == "backward"


def _number(parameters: Mapping[str, str], key: str) -> Optional[int]:  # noqa: UP045 - Python 3.9
    said = str(parameters.get(key, "all"))
    if said == "all":
        return None
    if not said.isdigit():
        raise ParameterError(f"{key}: {said} is neither a whole number nor `all`")
    return int(said)
