"""Files that jobs hand to each other, as tests make them up."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from tickets import BYE, HELLO, ticket

from runners.artifacts import Artifacts
from runners.work import Artifact, Report, Ticket

MAKES = HELLO + "mkdir -p dist; printf made > dist/a.whl\n" + BYE


def artifact(data: bytes = b"made", name: str = "a.whl", kind: str = "wheel") -> Artifact:
    """What names a file with these bytes."""
    return Artifact(kind, name, hashlib.sha256(data).hexdigest(), len(data))


def stocked(
    home: Path, data: bytes = b"made", name: str = "a.whl", kind: str = "wheel"
) -> Artifact:
    """The same, with the file among those of a machine."""
    found = artifact(data, name, kind)
    assert Artifacts(home).bring(found.digest, len(data), 0, data).there == len(data)
    return found


def making(script: str = MAKES, pattern: str = "dist/*.whl", **changes: object) -> Ticket:
    """A ticket whose suite leaves wheels behind."""
    return replace(ticket(script), **{"produces": (("wheel", pattern),), **changes})  # type: ignore[arg-type] # fields of any type


def given(*files: Artifact, script: str = "", job: int = 1) -> Ticket:
    """A ticket whose suite is given files, and shows what it finds."""
    show = script or 'cd "$COEVO_ARTIFACTS"; for f in */*; do echo "$f: $(cat "$f")"; done\n'
    return replace(ticket(HELLO + show + BYE, job), inputs=files)


def names(report: Report) -> list[tuple[str, str]]:
    """The kinds and names of what was left behind."""
    return [(one.kind, one.name) for one in report.artifacts]


def spoil(home: Path, one: Artifact) -> Path:
    """Let a kept file rot; where it lies."""
    path = Artifacts(home).place(one.digest)
    path.write_bytes(b"x" * one.bytes)
    return path
