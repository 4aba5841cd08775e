"""What starts runs by itself: a clock, new commits of a branch, heads of pull requests."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

from matrix import quantities
from matrix.clock import EPOCH
from matrix.names import NAME_PATTERN, Misfit, name, shown
from matrix.sources import REPOSITORY_PATTERN

KINDS = ("cron", "commits", "pull_requests")
BRANCH_PATTERN = r"[A-Za-z0-9_][A-Za-z0-9_.@+-]*(/[A-Za-z0-9_.@+-]+)*"
PATH_PATTERN = r"!?[A-Za-z0-9_.@+*?-]+(/[A-Za-z0-9_.@+*?-]+)*/?"
ZONE_PATTERN = r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*"
_LONGEST = 300


def _cron(text: str) -> str:
    try:
        CronSim(text, EPOCH)
    except CronSimError as error:
        hint = 'write "minute hour day month weekday", such as "0 3 * * *" or "*/15 8-18 * * 1-5"'
        raise Misfit(f"{shown(text)} is no time table: {str(error).lower()}", hint) from None
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        hint = "write a zone of the IANA database, such as UTC or Europe/Berlin"
        raise Misfit(f"{shown(text)} is no time zone", hint) from None
    return text


def _like(pattern: str, what: str, hint: str) -> Callable[[str], str]:
    def validator(text: str) -> str:
        if re.fullmatch(pattern, text) and ".." not in text and len(text) <= _LONGEST:
            return text
        raise Misfit(f"{shown(text)} is no {what}", hint)

    return validator


def _duration(text: str) -> str:
    quantities.duration(text)
    return text


def _text(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


_BRANCH = _like(BRANCH_PATTERN, "branch", "write its name alone, such as main or releases/v0.12")
_PATH = _like(PATH_PATTERN, "path", "write a file, folder or glob from the root, such as csrc/**")
_REPOSITORY = _like(
    REPOSITORY_PATTERN, "repository", "write https://HOST/PATH, ssh://, git:// or file:///PATH"
)
Cron = Annotated[str, AfterValidator(_cron)]
Zone = Annotated[str, AfterValidator(_zone), _text(ZONE_PATTERN)]
Component = Annotated[str, AfterValidator(name), _text(NAME_PATTERN)]
Branch = Annotated[str, AfterValidator(_BRANCH), _text(BRANCH_PATTERN)]
Path = Annotated[str, AfterValidator(_PATH), _text(PATH_PATTERN)]
Repository = Annotated[str, AfterValidator(_REPOSITORY), _text(REPOSITORY_PATTERN)]
Duration = Annotated[str, AfterValidator(_duration), _text(quantities.DURATION_PATTERN)]
Variable = Annotated[str, AfterValidator(quantities.variable), _text(quantities.VARIABLE_PATTERN)]


class TriggerShape(BaseModel):
    """Exactly one of `cron`, `commits` and `pull_requests`, and what is run then."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    cron: Cron | None = None
    zone: Zone | None = None
    commits: Component | None = None
    pull_requests: Component | None = None
    repository: Repository | None = None
    branch: Branch | None = None
    paths: list[Path] = []
    every: Duration | None = None
    select: Annotated[str, Field(max_length=4096)] = ""
    timeout: Duration | None = None
    env: dict[Variable, str] = {}

    @property
    def kind(self) -> str:
        """Which of the three it is."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)


def _one_kind(shape: TriggerShape) -> TriggerShape:
    told = [kind for kind in KINDS if getattr(shape, kind) is not None]
    if len(told) != 1:
        hint = 'write `cron: "0 3 * * *"`, `commits: COMPONENT` or `pull_requests: COMPONENT`'
        raise Misfit("a trigger has exactly one of cron, commits and pull_requests", hint)
    of_git = [key for key in ("repository", "branch", "paths", "every") if getattr(shape, key)]
    if told == ["cron"] and of_git:
        raise Misfit(f"a time table has no `{of_git[0]}`", f"take `{of_git[0]}` out")
    if told != ["cron"] and shape.zone:
        raise Misfit("only a time table has a zone", "take `zone` out")
    return shape


Triggered = Annotated[TriggerShape, AfterValidator(_one_kind)]
