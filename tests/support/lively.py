"""A server in memory with a lively matrix: all states, long names, a growing log."""

# ruff: noqa: ARG002 - a fake takes what the port says, whether it needs it or not

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from lively_budget import ACCOUNTS
from lively_commits import COMMITS, commit_page
from lively_files import HANDED
from lively_grid import ACCELERATORS, MATRIX, NOW, SITES, STATES, face, grid, playground, run
from lively_health import HEALTH
from lively_jobs import CASES, LOG, RANKED, REPORT, RUNNERS, admits, attempt, cell_state, job
from lively_metrics import history, of_cell
from lively_pairs import LivelyPairs
from lively_triggers import DELIVERIES, TRIGGERS

from matrix.errors import CoevoError, Mistake
from matrix.status import BAD, Role, Status
from matrix.verdict import State
from orchestrator.artifact_views import Handed
from orchestrator.commit_views import About, Commit, CommitPage
from orchestrator.messages import DeliveryView, Message, Receipt
from orchestrator.metric_views import Asked, CellMetrics, MetricHistory, Window
from orchestrator.server_views import AccountView, Declared, Health, TriggerView
from orchestrator.views import (
    CaseFilter,
    CasePage,
    CellPage,
    Event,
    Face,
    Grid,
    JobFilter,
    JobPage,
    JobView,
    Label,
    LogPiece,
    Playground,
    ReportView,
    RunnerView,
    RunSummary,
    ServerStatus,
)
from runners.work import CaseResult, Phase

__all__ = [
    "ACCELERATORS",
    "CASES",
    "LOG",
    "MATRIX",
    "NOW",
    "REPORT",
    "RUNNERS",
    "SITES",
    "STATES",
    "LivelyServices",
    "admits",
    "attempt",
    "cell_state",
    "face",
    "grid",
    "job",
    "run",
]


EARLIER = tuple(run(number, "ended") for number in {one.run for one in COMMITS})


@dataclass
class LivelyServices(LivelyPairs):
    """The port of the pages over values; a change raises the version as the store would."""

    view: Grid = field(default_factory=grid)
    simulated: bool = False
    token: str = "the-token"
    hosts: frozenset[str] = frozenset()
    hook_secret: str = ""
    clock: datetime = NOW
    state: ServerStatus = field(default_factory=lambda: ServerStatus(ready=True))
    logs: dict[int, bytes] = field(default_factory=lambda: {101: b"first try\n", 102: LOG})
    all_jobs: tuple[JobView, ...] = (
        job(9, state="running"),
        job(8, state="queued"),
        job(7),
        job(6, status=Status.PASS),
    )
    all_cases: tuple[CaseResult, ...] = CASES
    report_view: ReportView = REPORT
    all_runners: tuple[RunnerView, ...] = RUNNERS
    all_triggers: tuple[TriggerView, ...] = TRIGGERS
    all_deliveries: tuple[DeliveryView, ...] = DELIVERIES
    messages: list[Message] = field(default_factory=list)
    all_accounts: tuple[AccountView, ...] = ACCOUNTS
    happened: list[Event] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    others: tuple[Declared, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    own_health: Health = HEALTH
    played: Playground = field(default_factory=playground)
    queries: int = 0
    why: str = ""

    def happen(self, kind: str = "cell", data: str = "{}", matrix: str = MATRIX.name) -> None:
        """Something happened: one more event."""
        number = len(self.happened) + 1
        self.happened.append(Event(number, self.clock, matrix, kind, "x", data))

    def show(self, view: Grid) -> None:
        """The grid changed."""
        self.view = replace(view, version=self.view.version + 1)
        self.happen()

    def now(self) -> datetime:
        return self.clock

    def status(self) -> ServerStatus:
        return self.state

    def version(self) -> int:
        return len(self.happened)

    def matrices(self) -> Sequence[Label]:
        return tuple(one.matrix for one in self.declared() if one.matrix)

    @property
    def is_several(self) -> bool:
        return any(one.is_served or one.mistakes for one in self.others)

    def declared(self) -> tuple[Declared, ...]:
        own = Declared(self.view.matrix, "matrix.yaml", is_served=True, mistakes=self.mistakes)
        return (own, *self.others)

    def health(self) -> Health:
        return self.own_health

    def grid(self, matrix: str) -> Grid | None:
        self.queries += 1
        other = next((one.matrix for one in self.others if one.matrix), None)
        if other is not None and other.name == matrix:
            return replace(self.view, matrix=other)
        return self.view if matrix == self.view.matrix.name else None

    def playground(self, matrix: str) -> Playground | None:
        return self.played if matrix == self.view.matrix.name else None

    def cell_page(self, matrix: str, site: str, accelerator: str) -> CellPage | None:
        for shown in self.view.faces:
            if (shown.site.name, shown.accelerator.name) == (site, accelerator):
                return self._cell(shown)
        for shown in self.played.grid.faces:
            if (shown.site.name, shown.accelerator.name) == (site, accelerator):
                cell = self._cell(shown)
                return replace(cell, states=(), playing=cell.states)
        return None

    def _cell(self, shown: Face) -> CellPage:
        is_offered = shown.state is not State.NOT_OFFERED
        return CellPage(
            matrix=self.view.matrix,
            site=shown.site,
            accelerator=shown.accelerator,
            face=shown,
            states=(
                cell_state("pytorch-ops", shown.state),
                cell_state("smoke", State.PASSING),
                cell_state("probe", State.INFRA, Role.WATCH),
            )
            if is_offered
            else (),
            jobs=self.all_jobs if is_offered else (),
            why=self.why or ("" if is_offered else "No runner offers this cell."),
        )

    def metric_history(self, asked: Asked, window: Window) -> MetricHistory | None:
        return history(asked, window)

    def cell_metrics(
        self, matrix: str, site: str, accelerator: str, window: Window
    ) -> CellMetrics | None:
        return of_cell(site, accelerator, window)

    def jobs(self, matrix: str, wanted: JobFilter, offset: int, limit: int) -> JobPage | None:
        if matrix in {one.matrix.name for one in self.others if one.matrix}:
            return JobPage(0, ())
        if matrix != self.view.matrix.name:
            return None
        found = [one for one in self.all_jobs if admits(wanted, one)]
        return JobPage(len(found), tuple(found[offset : offset + limit]))

    def job(self, matrix: str, job: int) -> JobView | None:
        return next((one for one in self.all_jobs if one.id == job), None)

    def report(self, job: int) -> ReportView | None:
        return {7: self.report_view, 6: RANKED}.get(job)

    def handed(self, job: int) -> Handed:
        return HANDED if job == 7 else Handed()

    def artifact(self, digest: str) -> Path | None:
        return Path(__file__) if digest in {one.digest for one in HANDED.files} else None

    def cases(self, job: int, wanted: CaseFilter, offset: int, limit: int) -> CasePage:
        found = [
            case
            for case in (self.all_cases if job == 7 else ())
            if wanted.text in case.id and (not wanted.statuses or case.status in wanted.statuses)
        ]
        found.sort(key=lambda case: (case.status not in BAD or case.expected, case.id))
        return CasePage(len(found), tuple(found[offset : offset + limit]))

    def log(self, attempt: int, offset: int, limit: int) -> LogPiece | None:
        data = self.logs.get(attempt)
        if data is None:
            return None
        is_open = any(
            tried.id == attempt and tried.phase is not Phase.ENDED
            for one in self.all_jobs
            for tried in one.attempts
        )
        return LogPiece(offset, data[offset : offset + limit], len(data), closed=not is_open)

    def runs(self, matrix: str, offset: int, limit: int) -> tuple[RunSummary, ...] | None:
        return (run(), run(11, "ended"))[offset : offset + limit]

    def run(self, matrix: str, run: int) -> RunSummary | None:
        known = (*(self.runs(matrix, 0, 9) or ()), *EARLIER)
        return next((one for one in known if one.id == run), None)

    def received(self, message: Message) -> Receipt:
        is_new = (line := f"received {message.delivery}") not in self.changed
        if is_new:
            self.changed.append(line)
            self.messages.append(message)
        return Receipt(not is_new, message.trouble)

    def deliveries(self, offset: int, limit: int) -> tuple[DeliveryView, ...]:
        return self.all_deliveries[offset : offset + limit]

    def about(self, matrix: str, run: int) -> tuple[About, ...]:
        return tuple(About(one.component, one.head, one.title) for one in COMMITS if one.run == run)

    def triggers(self, matrix: str) -> tuple[TriggerView, ...] | None:
        if matrix == self.view.matrix.name:
            return self.all_triggers
        return () if any(matrix == label.name for label in self.matrices()) else None

    def accounts(self, matrix: str) -> tuple[AccountView, ...] | None:
        if matrix == self.view.matrix.name:
            return self.all_accounts
        return () if any(matrix == label.name for label in self.matrices()) else None

    def commits(self, matrix: str, component: str | None) -> tuple[Commit, ...] | None:
        if matrix != self.view.matrix.name:
            return None
        return tuple(one for one in COMMITS if component in {None, one.component})

    def commit_page(
        self, matrix: str, component: str, head: str, against: str
    ) -> CommitPage | None:
        return commit_page(component, head, against)

    def runners(self) -> tuple[RunnerView, ...]:
        return self.all_runners

    def runner(self, name: str) -> RunnerView | None:
        return next((one for one in self.all_runners if one.name == name), None)

    def events(self, after: int, matrix: str | None, limit: int) -> tuple[Event, ...]:
        found = [
            event for event in self.happened if event.id > after and matrix in {None, event.matrix}
        ]
        return tuple(found[:limit])

    def start_run(self, matrix: str, select: str, at: Mapping[str, str], owner: str = "") -> int:
        if select.startswith("!!"):
            raise CoevoError.because("that is no selector", "write site=lab")
        told = "".join(f" {name}@{where}" for name, where in at.items())
        told += f" for {owner}" if owner else ""
        self.changed.append(f"run {matrix} {select}{told}")
        return 13

    def cancel_run(self, matrix: str, run: int) -> int:
        if run > 12:
            raise LookupError(f"run {run}")
        self.changed.append(f"cancel run {run}")
        return 3

    def cancel_job(self, matrix: str, job: int) -> bool:
        self.changed.append(f"cancel job {job}")
        return job == 9

    def rerun(self, matrix: str, job: int) -> int:
        self.changed.append(f"rerun {job}")
        return 10
