"""Runners that joined from elsewhere, as values: invitations, members, and why one is refused."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

CODE_PREFIX = "coevo_join_"  # so that scanners of secrets know both when they see them
TOKEN_PREFIX = "coevo_rt_"  # noqa: S105 - how a secret begins, none


class Invitation(NamedTuple):
    """Leave for one runner of an owner to join. The code is told once and kept nowhere."""

    code: str
    owner: str
    lasts: timedelta


class Member(NamedTuple):
    """A runner, as the key that authenticated says; nothing that it says of itself."""

    runner: int
    name: str
    owner: str
    key: int


class Session(NamedTuple):
    """What a member shows with each call, for so long by the server's clock."""

    token: str
    lasts: timedelta
    member: Member


class Why(StrEnum):
    """Why a code, a key or an answer to a challenge is not taken."""

    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"
    LOCKED = "locked"
    REVOKED = "revoked"
    UNPROVEN = "unproven"


class Unwelcome(Exception):  # noqa: N818 - what a door says
    """Somebody is not let in."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why
