"""What the API answers and takes; every answer says whether it is simulated."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from dashboard.web.api_models import (
    CaseModel,
    CellStateModel,
    ChangeModel,
    CountsModel,
    FaceModel,
    JobModel,
    LabelModel,
    Model,
    RunModel,
    StatusModel,
)
from dashboard.web.api_report_models import ReportModel
from dashboard.web.api_runners import RunnerModel
from dashboard.web.server_models import (
    AccountModel,
    DeclaredModel,
    FollowingModel,
    HealthModel,
    OverviewModel,
    TriggerModel,
)
from matrix.names import NAME_PATTERN
from matrix.status import Layer, Status


class Answer(Model):
    """What every answer begins with."""

    simulated: bool


class GridAnswer(Answer):
    """The slide."""

    matrix: LabelModel
    version: int
    server: StatusModel
    sites: tuple[LabelModel, ...]
    accelerators: tuple[LabelModel, ...]
    faces: tuple[FaceModel, ...]
    changes: tuple[ChangeModel, ...]
    run: RunModel | None
    playing: int
    declared: DeclaredModel | None = None


class PlaygroundAnswer(Answer):
    """What runners offer on open axes and the file does not list, as a grid of its own."""

    matrix: LabelModel
    version: int
    open: tuple[str, ...]
    values: dict[str, tuple[str, ...]]
    sites: tuple[LabelModel, ...]
    accelerators: tuple[LabelModel, ...]
    faces: tuple[FaceModel, ...]
    changes: tuple[ChangeModel, ...]


class MatricesAnswer(Answer):
    """The matrices of this server: served ones in their order, then those with history only."""

    matrices: tuple[OverviewModel, ...]


class CellAnswer(Answer):
    """Everything of one square."""

    matrix: LabelModel
    site: LabelModel
    accelerator: LabelModel
    face: FaceModel
    states: tuple[CellStateModel, ...]
    playing: tuple[CellStateModel, ...]
    jobs: tuple[JobModel, ...]
    why: str


class AboutModel(Model):
    """A component at a commit or version."""

    component: str
    head: str
    title: str


class CommitModel(Model):
    """A component at one commit or version, and what all runs of it say together."""

    component: str
    repository: str
    base: str
    head: str
    run: int
    at: datetime
    status: Status | None
    counts: CountsModel
    verdicts: int
    ended: int
    unoffered: int
    committed_at: datetime | None
    title: str
    parent: str
    request: str


class CommitVerdictModel(Model):
    """What was found of one suite in one cell at a commit."""

    name: str
    site: str
    accelerator: str
    suite: str
    stack: str
    run: int
    status: Status | None
    layer: Layer
    reason: str
    counts: CountsModel
    ended_at: datetime | None
    running: bool
    unmet: str


class ShiftModel(Model):
    """A verdict that is another one than at the commit it is compared with."""

    name: str
    before: Status | None
    after: Status | None


class CommitsAnswer(Answer):
    """Commits and versions that runs were about, newest first."""

    commits: tuple[CommitModel, ...]


class CommitAnswer(Answer):
    """A commit with all its cells, beside another one."""

    matrix: LabelModel
    commit: CommitModel
    faces: tuple[FaceModel, ...]
    verdicts: tuple[CommitVerdictModel, ...]
    trunk: tuple[CommitModel, ...]
    against: CommitModel | None
    shifts: tuple[ShiftModel, ...]


class JobAnswer(Answer):
    """A job and its report."""

    job: JobModel
    report: ReportModel | None


class JobsAnswer(Answer):
    """A page of jobs: `total` match the filter."""

    total: int
    page: int
    jobs: tuple[JobModel, ...]


class CasesAnswer(Answer):
    """A page of cases: `total` match the filter."""

    total: int
    page: int
    cases: tuple[CaseModel, ...]


class RunsAnswer(Answer):
    """Runs, latest first."""

    runs: tuple[RunModel, ...]


class TriggersAnswer(Answer):
    """What starts runs of a matrix by itself, in the order of its file."""

    triggers: tuple[TriggerModel, ...]


class BudgetAnswer(Answer):
    """The device-hours of each owner in a matrix, by name."""

    matrix: LabelModel
    accounts: tuple[AccountModel, ...]


class RunAnswer(Answer):
    """A run, the commits and versions that it is about, and a page of its jobs."""

    run: RunModel
    about: tuple[AboutModel, ...]
    total: int
    page: int
    jobs: tuple[JobModel, ...]


class RunnersAnswer(Answer):
    """All runners."""

    runners: tuple[RunnerModel, ...]


class RunnerAnswer(Answer):
    """One runner."""

    runner: RunnerModel


class LogAnswer(Answer):
    """A piece of a log; where bytes were lost `offset` is later than was asked for.

    `attempt` is 0 while nobody has tried the job.
    """

    attempt: int
    offset: int
    end: int
    closed: bool
    text: str


class ServerAnswer(Answer):
    """The server's own health; `worries` are what a person should look at, in words."""

    version: str
    server: StatusModel
    health: HealthModel
    following: FollowingModel
    worries: tuple[str, ...]


class HealthAnswer(Answer):
    """Whether the server answers, and what it is doing."""

    status: str
    server: StatusModel


def _storable(text: str) -> str:
    """Text that can be stored and sent: no NUL, no lone surrogate (TRUST finding 7)."""
    if "\0" in text or any("\ud800" <= one <= "\udfff" for one in text):
        raise ValueError("holds a character that is none")
    return text


SafeText = Annotated[str, Field(max_length=2000), AfterValidator(_storable)]


class StartRun(Model):
    """A run to start; `select` is a selector as on the command line, "" for everything.

    `at` maps components to a version, a branch, tag or commit, or a whole source. With `repeat`,
    the one component of `at` is compared with `against` ("": where its commit parted from the
    default branch) by so many pairs of each job. `owner` is on whose behalf it is started,
    whose share of the hardware and budget it takes.
    """

    matrix: SafeText = ""
    select: SafeText = ""
    at: Annotated[dict[SafeText, SafeText], Field(default_factory=dict)]
    against: SafeText = ""
    repeat: int = 0
    owner: Annotated[str, Field(pattern=f"^({NAME_PATTERN})?$")] = ""


class StartedAnswer(Answer):
    """The run or job that was made."""

    id: int
    href: str


class ComparedAnswer(StartedAnswer):
    """A comparison that has begun: its number, its run at head (`id`) and the one at base."""

    comparison: int
    base: int


class CancelledAnswer(Answer):
    """How many jobs were cancelled; 0 where all had ended."""

    cancelled: int
