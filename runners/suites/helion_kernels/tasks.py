"""Which cases there are: a kernel, which of its sizes, a dtype and a mode."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from runners.suites.choosing import chosen
from runners.suites.helion_kernels.catalog import KERNELS
from runners.suites.helion_kernels.modes import OFFERED
from runners.suites.helion_kernels.parameters import Asked

BACKEND = "backend"  # whether Helion has the mode here
TUNED_DTYPE = "bfloat16"


class Bare(NamedTuple):
    """A case without its mode, by which `cases` selects it."""

    id: str
    dtype: str
    is_tuned: bool = False


class Task(NamedTuple):
    """One case in one mode."""

    bare: Bare
    mode: str

    @property
    def id(self) -> str:
        """Stable over devices, dtypes and versions: it says how it was run, for that is no less."""
        return f"{self.bare.id}@{self.mode}"

    @property
    def dtype(self) -> str:
        """The kernel's, "" for a backend's own case."""
        return self.bare.dtype


def tasks(said: Asked) -> list[Task]:
    """The cases asked for, mode by mode."""
    wanted = chosen(bares(), said.cases)
    found = [
        Task(bare, mode)
        for mode in said.modes
        for bare in wanted
        if mode == "compiled" or not bare.is_tuned
    ]
    offered = [one for one in OFFERED if not said.named]
    return found + [Task(bare, mode) for mode in offered for bare in wanted if bare.id == BACKEND]


def bares() -> Iterator[Bare]:
    """Every case there is in some mode."""
    yield Bare(BACKEND, "")
    for kernel in KERNELS:
        for id in (kernel.name, f"{kernel.name}.tail"):  # noqa: A001 - the protocol's word
            for dtype in kernel.dtypes:
                yield Bare(id, dtype)
        if kernel.tuned:
            yield Bare(f"{kernel.name}.tuned", TUNED_DTYPE, is_tuned=True)
