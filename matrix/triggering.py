"""What starts runs by itself: a clock, new commits of a branch, heads of pull requests."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, BaseModel, Field

from matrix import quantities
from matrix.clock import EPOCH
from matrix.kinds import Variable
from matrix.names import NAME_PATTERN, Misfit, name, shown
from matrix.shaping import STRICT, UNSAID, like, written
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


def _is_tame(text: str) -> bool:
    """Whether it stays below where it begins, and within bounds."""
    return ".." not in text and len(text) <= _LONGEST


def _duration(text: str) -> str:
    quantities.duration(text)
    return text


_BRANCH = like(
    BRANCH_PATTERN, "branch", "write its name alone, such as main or releases/v0.12", _is_tame
)
_PATH = like(
    PATH_PATTERN, "path", "write a file, folder or glob from the root, such as csrc/**", _is_tame
)
_REPOSITORY = like(
    REPOSITORY_PATTERN,
    "repository",
    "write https://HOST/PATH, ssh://, git:// or file:///PATH",
    _is_tame,
)
Cron = Annotated[str, AfterValidator(_cron)]
Zone = Annotated[str, AfterValidator(_zone), written(ZONE_PATTERN, "string")]
Component = Annotated[str, AfterValidator(name), written(NAME_PATTERN, "string")]
Branch = Annotated[str, AfterValidator(_BRANCH), written(BRANCH_PATTERN, "string")]
Path = Annotated[str, AfterValidator(_PATH), written(PATH_PATTERN, "string")]
Repository = Annotated[str, AfterValidator(_REPOSITORY), written(REPOSITORY_PATTERN, "string")]
Owner = Annotated[str, AfterValidator(name), written(NAME_PATTERN, "string")]
Wanted = Annotated[str, Field(min_length=1, max_length=_LONGEST)]
Duration = Annotated[str, AfterValidator(_duration), written(quantities.DURATION_PATTERN, "string")]


class TriggerShape(BaseModel):
    """Exactly one of `cron`, `commits` and `pull_requests`, and what is run then."""

    model_config = STRICT

    cron: Cron | None = None
    zone: Zone | None = None
    commits: Component | None = None
    pull_requests: Component | None = None
    repository: Repository | None = None
    branch: Branch | None = None
    paths: list[Path] = []
    every: Duration | None = None
    select: Annotated[str, Field(max_length=4096)] = ""
    when: Annotated[str, Field(max_length=4096), UNSAID] = ""
    timeout: Duration | None = None
    env: dict[Variable, str] = {}
    pairs: Annotated[int | None, Field(ge=1, le=100), UNSAID] = None
    owner: Annotated[Owner | None, UNSAID] = None
    labels: Annotated[list[Wanted], UNSAID] = []
    at: Annotated[dict[Component, Wanted], UNSAID] = {}
    each: Annotated[bool, UNSAID] = False

    @property
    def kind(self) -> str:
        """Which of the three it is."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def component(self) -> str:
        """Whose commits or pull requests it looks at, "" for a time table."""
        return self.commits or self.pull_requests or ""


_ONLY = {
    "zone": ("cron", "a time table has a zone"),
    "at": ("cron", "a time table says what to run `at`; the others run at what is new"),
    "each": ("commits", "commits are run `each`"),
    "labels": ("pull_requests", "pull requests bear labels"),
    "pairs": ("pull_requests", "pull requests are run in pairs"),
}


def _one_kind(shape: TriggerShape) -> TriggerShape:
    told = [kind for kind in KINDS if getattr(shape, kind) is not None]
    if len(told) != 1:
        hint = 'write `cron: "0 3 * * *"`, `commits: COMPONENT` or `pull_requests: COMPONENT`'
        raise Misfit("a trigger has exactly one of cron, commits and pull_requests", hint)
    of_git = [key for key in ("repository", "branch", "paths", "every") if getattr(shape, key)]
    if told == ["cron"] and of_git:
        raise Misfit(f"a time table has no `{of_git[0]}`", f"take `{of_git[0]}` out")
    if shape.when and not (shape.timeout or shape.env):
        hint = "add a `timeout` or `env`; `select` chooses what is run"
        raise Misfit("`when` says which jobs a trigger changes, and this one changes none", hint)
    for key, (kind, what) in _ONLY.items():
        if getattr(shape, key) and told != [kind]:
            raise Misfit(f"only {what}", f"take `{key}` out")
    return shape


Triggered = Annotated[TriggerShape, AfterValidator(_one_kind)]
