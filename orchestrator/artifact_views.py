"""What readers see of files that jobs hand to each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from matrix.status import Status


class Fed(NamedTuple):
    """A job at the other end: it makes a kind of file for this one, or is given it by this one."""

    kind: str
    job: int
    name: str
    state: str
    status: Status | None


class File(NamedTuple):
    """A file that a job made; `is_kept` is whether its bytes are still there."""

    kind: str
    name: str
    digest: str
    bytes: int
    made_at: datetime
    used_at: datetime
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Handed:
    """The jobs that feed a job, those that it feeds, and what it made for them."""

    inputs: tuple[Fed, ...] = ()
    feeds: tuple[Fed, ...] = ()
    files: tuple[File, ...] = ()
