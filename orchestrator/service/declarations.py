"""The matrices that a server serves: what is in force of each file, and what is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from matrix.errors import CoevoError, Mistake, Place
from matrix.load import load
from matrix.model import Matrix
from orchestrator.server_views import Declared
from orchestrator.store import read_runs, revisions
from orchestrator.store.store import Store
from orchestrator.views import Label

SUFFIXES = frozenset({".yaml", ".yml"})
Stamp = tuple[int, ...]
_NAME = re.compile(r"name\s*:", re.ASCII)
GONE: Stamp = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What holds of a matrix file: `matrix` is in force, `mistakes` are in the file as it is now.

    `file` is None for a matrix that came with Coevo. `stamp` tells one state of a file from others.
    """

    file: Path | None
    matrix: Matrix | None
    mistakes: tuple[Mistake, ...] = ()
    stamp: Stamp = GONE

    @property
    def trouble(self) -> str:
        """One line for people where the file has mistakes, "" where it has none."""
        if not self.mistakes:
            return ""
        first, more = self.mistakes[0], len(self.mistakes) - 1
        place = f"{first.place}: " if first.place else ""
        rest = f" (and {more} more)" if more else ""
        kept = "the revision before it stays in force" if self.matrix else "it is not served"
        return f"{place}{first.problem}{rest}; {kept}"


class Declarations:
    """The readings of a server in the order of its command line; read from any thread.

    Only one thread may `put` or `drop`.
    """

    def __init__(self, readings: Iterable[Reading]) -> None:
        self._readings = tuple(readings)

    @classmethod
    def of(cls, *matrices: Matrix) -> Declarations:
        """Matrices that are read from no file."""
        return cls(Reading(None, matrix) for matrix in matrices)

    def readings(self) -> tuple[Reading, ...]:
        """All of them."""
        return self._readings

    def matrices(self) -> tuple[Matrix, ...]:
        """What is in force, the default one first."""
        return tuple(one.matrix for one in self._readings if one.matrix is not None)

    def named(self, name: str) -> Matrix | None:
        """The matrix of that name, where it is served."""
        return next((one for one in self.matrices() if one.name == name), None)

    def put(self, reading: Reading) -> None:
        """Let this hold of its file from now on; a new file comes last."""
        known = [one.file for one in self._readings]
        if reading.file not in known:
            self._readings = (*self._readings, reading)
            return
        at = known.index(reading.file)
        self._readings = (*self._readings[:at], reading, *self._readings[at + 1 :])

    def drop(self, file: Path) -> None:
        """Forget a file."""
        self._readings = tuple(one for one in self._readings if one.file != file)


def files_of(places: Sequence[Path]) -> tuple[Path, ...]:
    """The files that are meant: a folder means the matrix files in it, by name."""
    found = [file for place in places for file in _files(place)]
    return tuple(dict.fromkeys(found))


def read(file: Path) -> Reading:
    """A file as it is now: a matrix, or its mistakes."""
    stamp = stamp_of(file)
    try:
        return Reading(file, load(file), stamp=stamp)
    except CoevoError as error:
        return Reading(file, None, error.mistakes, stamp)


def stamp_of(file: Path) -> Stamp:
    """Changes whenever the file is written or replaced; empty where there is none."""
    try:
        found = file.stat()
    except OSError:
        return GONE
    return found.st_mtime_ns, found.st_size, found.st_ino


def apart(readings: Iterable[Reading]) -> tuple[Reading, ...]:
    """The same, but of two files that declare one name only the first has a matrix."""
    first: dict[str, Reading] = {}
    found = []
    for one in readings:
        holder = first.setdefault(one.matrix.name, one) if one.matrix else one
        found.append(one if holder is one else _doubled(one, holder))
    return tuple(found)


def refuse(readings: Iterable[Reading]) -> None:
    """Raise all mistakes in one CoevoError, where there are any."""
    if wrong := [mistake for one in readings for mistake in one.mistakes]:
        raise CoevoError(*wrong)


def in_force(store: Store, readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """Each with its matrix, or with the last good revision of a file that has mistakes.

    Where no file was served before there is nothing to keep: then the mistakes are raised.
    """
    known = {label.name for label in read_runs.matrices(store)}
    found = tuple(_kept(store, one) for one in readings)
    if not any(one.matrix and one.matrix.name in known for one in found):
        refuse(found)
    return apart(found)


def _kept(store: Store, one: Reading) -> Reading:
    if one.matrix is not None or one.file is None:
        return one
    return replace(one, matrix=revisions.newest_of(store, one.file))


def _doubled(one: Reading, holder: Reading) -> Reading:
    assert one.matrix is not None
    problem = f"{holder.file or 'another matrix'} is called {one.matrix.name}, too"
    hint = "give each matrix of a server a name of its own"
    wrong = Mistake(_place(one.file), problem, hint) if one.file else Mistake(None, problem, hint)
    return replace(one, matrix=None, mistakes=(*one.mistakes, wrong))


def _place(file: Path) -> Place:
    """Where the name stands in a file."""
    lines = file.read_text("utf-8", "replace").splitlines()
    found = (number for number, line in enumerate(lines, 1) if _NAME.match(line))
    return Place(str(file), next(found, 1), 1)


def _files(place: Path) -> tuple[Path, ...]:
    if not place.is_dir():
        return (place,)
    found = (path for path in place.iterdir() if path.suffix in SUFFIXES and path.is_file())
    return tuple(sorted(found))


def listed(readings: Iterable[Reading], stored: Iterable[Label]) -> tuple[Declared, ...]:
    """How the files stand that are served, and then the matrices that have a history alone."""
    labels = {label.name: label for label in stored}
    served = tuple(_declared(one, labels) for one in readings)
    names = {one.matrix.name for one in served if one.matrix}
    left = (label for name, label in labels.items() if name not in names)
    return (*served, *(Declared(label, "", is_served=False) for label in left))


def _declared(one: Reading, labels: Mapping[str, Label]) -> Declared:
    known = labels.get(one.matrix.name) if one.matrix else None
    file = str(one.file) if one.file else ""
    return Declared(known, file, is_served=known is not None, mistakes=one.mistakes)
