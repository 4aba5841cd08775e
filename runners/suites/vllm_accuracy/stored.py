"""The stored references: what Transformers said of each model's texts, and of which weights."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parent / "references"
DIGITS = 7  # of a number around 6, a tenth of what float32 resolves


class Reference(NamedTuple):
    """Of one model: a row of log-probabilities for each text, of each token but the first.

    `fingerprint` is the sha256 of the weights (`tiny_models.weights.fingerprint`), `made_with`
    the releases that computed it.
    """

    fingerprint: str
    made_with: dict[str, str]
    rows: list[list[float]]


def reference(id: str) -> Reference:  # noqa: A002 - an architecture's id
    """The stored one."""
    said = json.loads((FOLDER / f"{id}.json").read_text(encoding="utf-8"))
    return Reference(said["fingerprint"], said["made_with"], said["rows"])


def store(id: str, made: Reference, folder: Path = FOLDER) -> None:  # noqa: A002 - the same
    """Write it, a line for each text."""
    rows = [[round(one, DIGITS) for one in row] for row in made.rows]
    head = {"fingerprint": made.fingerprint, "made_with": made.made_with}
    text = json.dumps(head)[:-1] + ', "rows": [\n' + ",\n".join(map(_line, rows)) + "\n]}\n"
    (folder / f"{id}.json").write_text(text, encoding="utf-8")


def _line(row: Sequence[float]) -> str:
    return json.dumps(row, separators=(",", ":"))
