"""What pages, bots and the terminal ask of a server, answered from its store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from matrix.model import Matrix
from matrix.trigger import LOCAL
from orchestrator.artifact_views import Handed
from orchestrator.commit_views import About, Commit, CommitPage
from orchestrator.messages import DeliveryView, Message, Receipt
from orchestrator.metric_views import Asked, CellMetrics, MetricHistory, Window
from orchestrator.pair_views import Comparison, Listed
from orchestrator.server_views import AccountView, Declared, Health, TriggerView
from orchestrator.service import carrying, condition, pairs, prompting, trigger_views
from orchestrator.service.carrying import Wish
from orchestrator.service.declarations import Declarations, listed
from orchestrator.service.news import News
from orchestrator.service.pairs import Against
from orchestrator.service.settings import Settings
from orchestrator.store import (
    artifacts,
    cancelling,
    deliveries,
    events,
    read_artifacts,
    read_budgets,
    read_commits,
    read_grid,
    read_jobs,
    read_logs,
    read_metrics,
    read_pairs,
    read_reports,
    read_runners,
    read_runs,
    rerunning,
)
from orchestrator.store.comparing import Compared
from orchestrator.store.runs import Trigger
from orchestrator.store.store import Store
from orchestrator.views import (
    CaseFilter,
    CasePage,
    CellPage,
    Event,
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
from runners.artifacts import Artifacts
from runners.environments.repositories import Repositories

COMPARISONS = 100  # that a list shows


@dataclass(frozen=True, slots=True)
class Answers:
    """Implements the pages' `Services` over one store; safe to use from any thread."""

    settings: Settings
    declarations: Declarations
    store: Store
    news: News
    token: str
    hosts: frozenset[str] = frozenset()
    listeners: list[Callable[[], None]] = field(default_factory=list)
    prompted: threading.Event = field(default_factory=threading.Event)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def simulated(self) -> bool:
        """Whether this server runs the demo."""
        return self.settings.simulated

    @property
    def repositories(self) -> Repositories:
        """The copies of repositories that this server keeps."""
        return Repositories(self.settings.folder.path)

    def now(self) -> datetime:
        """The server's clock; aware UTC."""
        return self.store.clock.now()

    def status(self) -> ServerStatus:
        """What is going on."""
        return self.news.status()

    def version(self) -> int:
        """The id of the newest event."""
        return events.latest(self.store)

    def matrices(self) -> Sequence[Label]:
        """The matrices of this store: those that are served in their order, then the others."""
        return [one.matrix for one in self.declared() if one.matrix is not None]

    @property
    def is_several(self) -> bool:
        """Whether more than one matrix file is served."""
        return len(self.declarations.readings()) > 1

    def declared(self) -> tuple[Declared, ...]:
        """The matrices that can be looked at, and files that never held one."""
        return listed(self.declarations.readings(), read_runs.matrices(self.store))

    def health(self) -> Health:
        """How the server itself is."""
        return condition.health(self.store, self.settings.folder.path, self.started_at)

    def grid(self, matrix: str) -> Grid | None:
        """The slide of a matrix."""
        return read_grid.grid(self.store, matrix)

    def playground(self, matrix: str) -> Playground | None:
        """What runners offer on open axes and the file does not list."""
        return read_grid.playground(self.store, matrix)

    def cell_page(self, matrix: str, site: str, accelerator: str) -> CellPage | None:
        """One square of the slide and what lies behind it."""
        return read_grid.cell_page(self.store, matrix, site, accelerator)

    def metric_history(self, asked: Asked, window: Window) -> MetricHistory | None:
        """A metric over time in one place, and in others beside it."""
        return read_metrics.history(self.store, asked, window)

    def cell_metrics(
        self, matrix: str, site: str, accelerator: str, window: Window
    ) -> CellMetrics | None:
        """All metrics of a square over time."""
        return read_metrics.of_cell(self.store, matrix, site, accelerator, window)

    def jobs(self, matrix: str, wanted: JobFilter, offset: int, limit: int) -> JobPage | None:
        """A page of jobs, latest first."""
        return read_jobs.jobs(self.store, matrix, wanted, offset, limit)

    def job(self, matrix: str, job: int) -> JobView | None:
        """A job with its attempts."""
        return read_jobs.job(self.store, matrix, job)

    def report(self, job: int) -> ReportView | None:
        """The accepted report of a job; None until there is one."""
        return read_reports.report(self.store, job)

    def handed(self, job: int) -> Handed:
        """Who feeds a job, whom it feeds, and what it made for them."""
        return read_artifacts.handed(self.store, job)

    def artifact(self, digest: str) -> Path | None:
        """Where the bytes of a file lie that a job made; None where they are gone."""
        place = Artifacts(self.settings.folder.path).place(digest)
        return place if place.is_file() else None

    def cases(self, job: int, wanted: CaseFilter, offset: int, limit: int) -> CasePage:
        """A page of a job's cases, worst first."""
        return read_reports.cases(self.store, job, wanted, offset, limit)

    def log(self, attempt: int, offset: int, limit: int) -> LogPiece | None:
        """At most `limit` bytes of an attempt's log."""
        return read_logs.log(self.store, attempt, offset, limit)

    def runs(self, matrix: str, offset: int, limit: int) -> tuple[RunSummary, ...] | None:
        """Runs of a matrix, latest first."""
        return read_runs.runs(self.store, matrix, offset, limit)

    def run(self, matrix: str, run: int) -> RunSummary | None:
        """One run."""
        return read_runs.run(self.store, matrix, run)

    def triggers(self, matrix: str) -> tuple[TriggerView, ...] | None:
        """What starts runs of a matrix by itself, as its file has it; None: there is no matrix."""
        declared = self.declarations.named(matrix)
        if declared is None:
            known = {label.name for label in read_runs.matrices(self.store)}
            return () if matrix in known else None
        return trigger_views.views(self.store, declared)

    def accounts(self, matrix: str) -> tuple[AccountView, ...] | None:
        """What each owner used of the device time of a matrix, and what is left."""
        return read_budgets.accounts(self.store, matrix)

    def about(self, matrix: str, run: int) -> tuple[About, ...]:
        """The commits and versions that a run is about."""
        return read_commits.about(self.store, matrix, run)

    def commits(self, matrix: str, component: str | None) -> tuple[Commit, ...] | None:
        """Commits and versions that runs were about, newest first."""
        return read_commits.commits(self.store, matrix, component)

    def commit_page(
        self, matrix: str, component: str, head: str, against: str
    ) -> CommitPage | None:
        """What was found at a commit, beside another one."""
        return read_commits.commit_page(self.store, matrix, component, head, against)

    def runners(self) -> tuple[RunnerView, ...]:
        """All runners, without their jobs."""
        return read_runners.runners(self.store)

    def runner(self, name: str) -> RunnerView | None:
        """One runner with what it runs and ran."""
        return read_runners.runner(self.store, name)

    def events(self, after: int, matrix: str | None, limit: int) -> tuple[Event, ...]:
        """Events with an id greater than `after`, in order."""
        return events.since(self.store, after, limit, matrix)

    def start_run(self, matrix: str, select: str, at: Mapping[str, str], owner: str = "") -> int:
        """Plan a run of what `select` admits, at these versions or commits; its id."""
        told = (self._served(matrix), select, self.news, self.repositories, at, owner or LOCAL)
        run = carrying.start_selected(self.store, *told)
        self.changed()
        return run

    def start_pairs(  # noqa: PLR0913, PLR0917 - what a comparison consists of
        self,
        matrix: str,
        select: str,
        at: Mapping[str, str],
        against: str,
        repetitions: int,
        owner: str = "",
    ) -> Compared:
        """Plan a comparison of one component at two commits, as pairs of jobs."""
        head = ", ".join(f"{component} at {reference}" for component, reference in at.items())
        note = f"{head} in pairs against {against or 'where it parted from its branch'}"
        wish, other = Wish(select, at), Against(against, repetitions)
        told = (wish, other, Trigger(owner=owner or LOCAL, note=note), self.news)
        compared = pairs.start(self.store, self._served(matrix), *told, self.repositories)
        self.changed()
        return compared

    def comparison(self, matrix: str, number: int) -> Comparison | None:
        """What the pairs of a comparison say."""
        return read_pairs.comparison(self.store, matrix, number)

    def comparison_of(self, matrix: str, run: int) -> int | None:
        """The comparison that a run is one half of."""
        return read_pairs.comparison_of(self.store, matrix, run)

    def comparisons(self, matrix: str) -> tuple[Listed, ...] | None:
        """The newest comparisons of a matrix."""
        return read_pairs.comparisons(self.store, matrix, COMPARISONS)

    @property
    def hook_secret(self) -> str:
        """What messages of git hosts are signed with, "" where none are taken."""
        return self.settings.folder.hook_secret()

    def received(self, message: Message) -> Receipt:
        """Take a message of a git host once; what it is about is looked at soon, or it says why."""
        receipt = prompting.taken(self.store, self.declarations.matrices(), message)
        if not (receipt.known or receipt.reason):
            self.prompted.set()
        return receipt

    def deliveries(self, offset: int, limit: int) -> tuple[DeliveryView, ...]:
        """Messages of git hosts, latest first, and what became of each."""
        return deliveries.deliveries(self.store, offset, limit)

    def cancel_run(self, matrix: str, run: int) -> int:
        """Cancel what has not ended; how many jobs that were."""
        count = cancelling.cancel_run(self.store, matrix, run)
        self.changed()
        return count

    def cancel_job(self, matrix: str, job: int) -> bool:
        """Cancel a job; False where it had ended already."""
        had_not_ended = cancelling.cancel_job(self.store, matrix, job)
        self.changed()
        return had_not_ended

    def rerun(self, matrix: str, job: int) -> int:
        """Queue the job once more, as a new one; its id. What it needs and is lost is made anew."""
        artifacts.lose(self.store, job, lambda digest: self.artifact(digest) is not None)
        new = rerunning.rerun(self.store, matrix, job)
        self.changed()
        return new

    def _served(self, matrix: str) -> Matrix:
        declared = self.declarations.named(matrix)
        if declared is None:
            raise LookupError(f"matrix {matrix} among those that are served now")
        return declared

    def changed(self) -> None:
        """Tell whoever listens that something was queued or cancelled."""
        for listener in tuple(self.listeners):
            listener()
