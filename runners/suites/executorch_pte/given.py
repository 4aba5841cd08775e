"""What the job before this one made, as it lies in `$COEVO_ARTIFACTS`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple  # Any: what a file of JSON says

from runners.suites.executorch_pte import vectors
from runners.suites.executorch_pte.vectors import Tensor

FORMAT = 1
_RUNNER = "pte-runner"


class Call(NamedTuple):
    """The inputs of one call, its right result, and how far that may be off."""

    inputs: list[Tensor]
    right: Tensor
    dtype: str
    allowed: float


class Program(NamedTuple):
    """A program and its calls in turn."""

    path: Path
    backends: list[str]
    planned_bytes: int
    calls: list[Call]


class Given(NamedTuple):
    """All of it. `lacks` says why there is no runner; "" where there is one."""

    folder: Path
    programs: list[str]
    versions: dict[str, str]
    machine: str
    lacks: str

    @property
    def runner(self) -> Path:
        """The program that runs programs, beside the libraries that it needs."""
        return self.folder / "runtime" / _RUNNER


def given() -> Given:
    """What is there. Raises ValueError where it was written in another format."""
    folder = Path(os.environ.get("COEVO_ARTIFACTS") or "none")
    made = folder / "pte" / "made.json"
    if not made.exists():
        raise ValueError("no files were given: there is no pte/made.json in COEVO_ARTIFACTS")
    said, runtime = _read(made), _read(folder / "runtime" / "runtime.json")
    told = (said["programs"], said["versions"], runtime["machine"], runtime["lacks"])
    return Given(folder, *told)


def program(made: Given, name: str) -> Program:
    """One program. Raises OSError where a file of it is missing."""
    folder = made.folder / "pte"
    said = _read(folder / f"{name}.json")
    tensors = vectors.read(folder / f"{name}.safetensors")
    calls = [_call(one, tensors) for one in said["calls"]]
    return Program(folder / said["program"], said["backends"], said["planned_bytes"], calls)


def _call(said: dict[str, Any], tensors: dict[str, Tensor]) -> Call:
    (output,) = said["outputs"]
    inputs = [tensors[name] for name in said["inputs"]]
    return Call(inputs, tensors[output["name"]], output["dtype"], output["allowed"])


def _read(path: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(path.read_text())
    if said["format"] != FORMAT:
        raise ValueError(
            f"{path.name} is of format {said['format']}, and this suite reads {FORMAT}"
        )
    return said
