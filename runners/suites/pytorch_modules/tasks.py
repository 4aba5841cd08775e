"""Which cases there are: module, dtype, mode and what is looked at, as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple, Optional

from runners.suites.float64 import parameters as read

DTYPES = ("float32", "bfloat16", "float16", "complex64")
LOOKS = ("forward", "backward", "state")
MODES = ("train", "eval")


class Task(NamedTuple):
    """One case: a module in a dtype and a mode, and what of it is looked at.

    State is looked at in eval mode alone, where an answer depends on all that was saved.
    """

    module: str
    dtype: str
    mode: str
    look: str

    @property
    def id(self) -> str:
        """Stable over devices and dtypes: the module's name, `.eval`, and what is looked at.

        A forward pass in training mode, which a module has from its constructor, is not named.
        """
        mode = ".eval" if self.mode == "eval" and self.look != "state" else ""
        return self.module + mode + ("" if self.look == "forward" else f".{self.look}")

    @property
    def is_backward(self) -> bool:
        """Whether gradients are looked at."""
        return self.look == "backward"


class Asked(NamedTuple):
    """The suite's parameters. `samples` is how many of each module (None: every one).

    `sample` is the only one wanted, by its index. `modules` are patterns of names.
    """

    dtypes: tuple[str, ...]
    looks: tuple[str, ...]
    modes: tuple[str, ...]
    modules: tuple[str, ...]
    samples: Optional[int]  # noqa: UP045 - Python 3.9 reads it
    sample: Optional[int]  # noqa: UP045 - the same

    def selects(self, module: str) -> bool:
        """Whether a module of that name is wanted."""
        return any(fnmatchcase(module, pattern) for pattern in self.modules)


def asked(parameters: Mapping[str, str]) -> Asked:
    """What the parameters `dtypes`, `looks`, `modes`, `modules`, `samples`, `sample` ask for."""
    read.known(parameters, set(Asked._fields))
    return Asked(
        dtypes=read.dtypes(parameters, DTYPES),
        looks=read.listed(parameters, "looks", LOOKS),
        modes=read.listed(parameters, "modes", MODES),
        modules=read.words(parameters, "modules", ("*",)),
        samples=read.number(parameters, "samples"),
        sample=read.number(parameters, "sample"),
    )


def tasks(modules: Iterable[str], wanted: Asked) -> list[Task]:
    """Every case of the selection, module by module."""
    return [
        Task(module, dtype, mode, look)
        for module in modules
        if wanted.selects(module)
        for dtype in wanted.dtypes
        for mode, look in _looked_at(wanted)
    ]


def _looked_at(wanted: Asked) -> list[tuple[str, str]]:
    passes = [look for look in wanted.looks if look != "state"]
    state = [("eval", "state")] if "state" in wanted.looks else []
    return [(mode, look) for mode in wanted.modes for look in passes] + state
