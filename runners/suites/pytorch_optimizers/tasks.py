"""Which cases there are: optimizer, dtype, form and what is looked at, as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple, Optional

from runners.suites.float64 import parameters as read

DTYPES = ("float32", "bfloat16", "float16", "complex64")
FORMS = ("forloop", "foreach", "fused")
LOOKS = ("steps", "resume")


class Task(NamedTuple):
    """One case: an optimizer in a dtype and one of its forms, and what of it is looked at."""

    optimizer: str
    dtype: str
    form: str
    look: str

    @property
    def id(self) -> str:
        """Stable over devices and dtypes: the class's name, its form, and what is looked at.

        The loop over single tensors, which is the definition, and plain steps are not named.
        """
        form = "" if self.form == "forloop" else f".{self.form}"
        return self.optimizer + form + ("" if self.look == "steps" else f".{self.look}")


class Asked(NamedTuple):
    """The suite's parameters. `samples` is how many configurations of each (None: every one).

    `sample` is the only one wanted, by its index. `optimizers` are patterns of names.
    """

    dtypes: tuple[str, ...]
    forms: tuple[str, ...]
    looks: tuple[str, ...]
    optimizers: tuple[str, ...]
    samples: Optional[int]  # noqa: UP045 - Python 3.9 reads it
    sample: Optional[int]  # noqa: UP045 - the same

    def selects(self, optimizer: str) -> bool:
        """Whether an optimizer of that name is wanted."""
        return any(fnmatchcase(optimizer, pattern) for pattern in self.optimizers)


def asked(parameters: Mapping[str, str]) -> Asked:
    """What the parameters `dtypes`, `forms`, `looks`, `optimizers`, `samples`, `sample` ask for."""
    read.known(parameters, set(Asked._fields))
    return Asked(
        dtypes=read.dtypes(parameters, DTYPES),
        forms=read.listed(parameters, "forms", FORMS),
        looks=read.listed(parameters, "looks", LOOKS),
        optimizers=read.words(parameters, "optimizers", ("*",)),
        samples=read.number(parameters, "samples"),
        sample=read.number(parameters, "sample"),
    )


def tasks(optimizers: Iterable[str], wanted: Asked) -> list[Task]:
    """Every case of the selection, optimizer by optimizer."""
    return [
        Task(optimizer, dtype, form, look)
        for optimizer in optimizers
        if wanted.selects(optimizer)
        for dtype in wanted.dtypes
        for form in wanted.forms
        for look in wanted.looks
    ]
