"""What is said of models: those that come with Coevo, and those that a suite is given.

Both are JSON with the keys of docs/models.md: `models.json` is made from matrix/models.yaml, and
the parameter `models` from a matrix.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple  # Any: the values of a configuration

FILE = Path(__file__).resolve().parent / "models.json"
PARAMETER = "models"


class Declared(NamedTuple):
    """A model. `kind` is `random`, `trained`, `hub` or `path`, and `at` the seed or the place.

    `parameters` is how many numbers its checkpoint holds (0: nobody says), `files` maps files to
    their sha256, `tolerance` dtypes to how far a log-probability may be off.
    """

    id: str
    kind: str
    at: str
    licence: str
    dtypes: tuple[str, ...]
    architecture: str = ""
    settings: Mapping[str, Any] = {}
    parameters: int = 0
    files: Mapping[str, str] = {}
    tolerance: Mapping[str, float] = {}

    @property
    def is_made(self) -> bool:
        """Whether it is made here, from a seed."""
        return self.kind == "random"


def read(text: str) -> tuple[Declared, ...]:
    """The models of a JSON object, in its order; ValueError where it holds something else."""
    said = json.loads(text)
    if not isinstance(said, dict):
        raise ValueError("models: expected a mapping of names to models")  # noqa: TRY004 - a parameter's value
    return tuple(_declared(name, one) for name, one in said.items())


def built_in() -> tuple[Declared, ...]:
    """The models that come with Coevo."""
    return read(FILE.read_text(encoding="utf-8"))


def given(parameters: Mapping[str, str]) -> tuple[Declared, ...]:
    """The models that a suite is given beside its own."""
    return read(parameters.get(PARAMETER) or "{}")


def _declared(name: str, said: Mapping[str, Any]) -> Declared:
    kinds = [kind for kind in ("random", "trained", "hub", "path") if said.get(kind)]
    if len(kinds) != 1:
        raise ValueError(f"models: {name} has not exactly one of random, trained, hub and path")
    return Declared(
        id=name,
        kind=kinds[0],
        at=said[kinds[0]],
        licence=said.get("licence", ""),
        dtypes=tuple(said.get("dtype") or ("float32",)),
        architecture=said.get("architecture", ""),
        settings=said.get("settings", {}),
        parameters=said.get("parameters", 0),
        files=said.get("files", {}),
        tolerance={name: float(most) for name, most in said.get("tolerance", {}).items()},
    )
