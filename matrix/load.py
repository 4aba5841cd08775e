"""A matrix from a file: `load`, `parse` and the default one. All mistakes come in one error."""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib import resources
from itertools import islice
from pathlib import Path

from pydantic import ValidationError

from matrix import declaration as shapes
from matrix.build import built
from matrix.check import references
from matrix.check_rules import rules
from matrix.document import Document, Node, Table, plain, read
from matrix.errors import CoevoError, Mistake
from matrix.model import Matrix
from matrix.modelling import Models
from matrix.source import MAX_BYTES, MAX_MISTAKES, limited
from matrix.tree import without
from matrix.wording import Finding, findings

DEFAULT_FILE = "matrix/default.yaml"
PACKAGED = ("default", "nightly")
_ROUNDS = 4  # a list without its only item is wrong in turn, and so on


def load(path: Path) -> Matrix:
    """The matrix in a file, or the packaged one of that name (see `meant`).

    Raises `CoevoError` with all its mistakes, or why it cannot be read.
    """
    path = meant(path)
    try:
        with open(path, "rb", opener=_at_once) as file:
            os.set_blocking(file.fileno(), True)
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        problem = f"cannot read {path}: {error.strerror}"
        raise CoevoError.because(problem, "name a matrix file that is there") from error
    return parse(raw, str(path))


def parse(raw: str | bytes, file: str) -> Matrix:
    """The matrix in a text; `file` is what its mistakes call it."""
    document = read(raw, file)
    if not isinstance(document.root, Table):
        hint = "write `name:`, `axes:` and `suites:` at the left margin"
        problem = "a matrix is a mapping of keys to values"
        raise CoevoError(*document.mistakes, document.mistake(document.root, problem, hint))
    found, sound, declared = _shaped(document.root)
    matrix = None
    if declared is not None:
        found += islice(references(declared, document.root, sound), MAX_MISTAKES + 1)
    if declared is not None and not found and not document.mistakes:
        matrix = built(declared, document.root, file)
        found += islice(rules(matrix, document.root), MAX_MISTAKES + 1)
    if matrix is None or found:
        raise CoevoError(*_mistakes(document, found))
    return matrix


def meant(path: Path) -> Path:
    """The file of the packaged matrix of that name, where there is no such file; else the path."""
    if str(path) not in PACKAGED or path.exists():
        return path
    return Path(str(resources.files("matrix").joinpath(f"{path}.yaml")))


def default_matrix() -> Matrix:
    """The slide's matrix, as it is packaged."""
    return parse(default_text(), DEFAULT_FILE)


def text_of(matrix: Matrix) -> str:
    """The text of the file that a matrix was read from, the packaged one where it is that."""
    file = Path(matrix.file)
    raw = default_text() if matrix.file == DEFAULT_FILE else file.read_bytes()
    return raw.decode("utf-8")


def models_of(matrix: Matrix) -> Models:
    """What its file says of models."""
    root = read(text_of(matrix), matrix.file).root
    return shapes.Declaration.model_validate(plain(root)).models


def default_text() -> bytes:
    """The packaged file, comments and all, to begin a matrix from."""
    return resources.files("matrix").joinpath(Path(DEFAULT_FILE).name).read_bytes()


def _at_once(path: str, flags: int) -> int:
    """Open without waiting: a named pipe that nobody writes to is an empty file."""
    return os.open(path, flags | os.O_NONBLOCK)


def _shaped(root: Node) -> tuple[list[Finding], Node, shapes.Declaration | None]:
    """The declaration that is left when what is wrong is left out, and what is wrong."""
    found: list[Finding] = []
    sound = root
    for number in range(_ROUNDS):
        try:
            return found, sound, shapes.Declaration.model_validate(plain(sound))
        except ValidationError as error:
            fresh = list(findings(sound, error))
            # All is told at once; what a later round finds is only what leaving out has made.
            found += [finding for finding in fresh if not finding.silent and number == 0]
            sound = without(sound, {id(finding.without) for finding in fresh})
    return found, sound, None


def _mistakes(document: Document, found: Iterable[Finding]) -> list[Mistake]:
    told = [document.mistake(each.at, each.problem, each.hint) for each in found]
    return limited([*document.mistakes, *told])
