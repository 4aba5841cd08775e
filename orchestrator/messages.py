"""Messages of git hosts: what one says, what became of it, and which repository it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

_ADDRESS = re.compile(r"(?:[a-z+]+://)?(?:[^@/]*@)?(?P<host>[^/:]*)(?::\d+(?=/))?[:/]+(?P<path>.*)")


class Kind(StrEnum):
    """What a message is about, whatever its host calls it."""

    PUSH = "push"
    REQUEST = "request"
    PING = "ping"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Message:
    """What a host says, read but not believed: only labels are taken from it.

    `repositories` are the addresses of one repository. `reference` is the branch or the head of
    the pull request that it is about, which is open or not and bears `labels`. `about` is a line
    for people, and `trouble` says why there is nothing to be read in it.
    """

    delivery: str
    event: str
    kind: Kind = Kind.OTHER
    repositories: tuple[str, ...] = ()
    reference: str = ""
    labels: tuple[str, ...] = ()
    is_open: bool = True
    about: str = ""
    trouble: str = ""

    @property
    def homes(self) -> frozenset[str]:
        """What its repository is called, however it is fetched."""
        return frozenset(home(one) for one in self.repositories if one)


class Receipt(NamedTuple):
    """What became of a message: `reason` says why it is ignored, "" where it is not."""

    known: bool
    reason: str


class StartedRun(NamedTuple):
    """A run that was started, and in which matrix."""

    matrix: str
    run: int


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A message that was received, followed by `runs`, or by none for a `reason`.

    A `pending` one waits for its repository to be looked at.
    """

    id: str
    event: str
    about: str
    repository: str
    received_at: datetime
    reason: str
    pending: bool
    runs: tuple[StartedRun, ...]


def home(address: str) -> str:
    """A repository by host and path, whatever it is fetched by: "github.com/vllm/vllm"."""
    found = _ADDRESS.fullmatch(address.strip().lower())
    if not found:
        return address.strip().lower()
    path = found["path"].strip("/").removesuffix(".git").rstrip("/")
    return f"{found['host']}/{path}"
