"""What the pages need of the rest of Coevo: one Protocol, which the server's life provides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple, Protocol

from orchestrator.artifact_views import Handed
from orchestrator.commit_views import About, Commit, CommitPage
from orchestrator.messages import DeliveryView, Message, Receipt
from orchestrator.metric_views import Asked, CellMetrics, MetricHistory, Window
from orchestrator.pair_views import Comparison, Listed
from orchestrator.server_views import AccountView, Declared, Health, TriggerView
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


class Following(NamedTuple):
    """Pages that follow events now, and how old the last one was when it was handed out.

    `lag` is None until an event has reached a page.
    """

    streams: int
    lag: timedelta | None


class Begun(Protocol):
    """A comparison that has begun, and its two runs."""

    @property
    def id(self) -> int:
        """The comparison's own number."""
        ...

    @property
    def base(self) -> int:
        """The run at what is compared with."""
        ...

    @property
    def head(self) -> int:
        """The run at what is asked about."""
        ...


class Services(Protocol):
    """Reads and the few changes that a page or a bot may ask for.

    All methods block and are called in threads, from many at once. A read answers None where
    the thing does not exist; names come straight from URLs and may be any text. A change raises
    `LookupError` where it does not, and `CoevoError` for a person's mistake.
    """

    @property
    def token(self) -> str:
        """What changing requests carry in `Authorization: Bearer`; the data folder's."""
        ...

    @property
    def hosts(self) -> frozenset[str]:
        """Host names (without port) this server answers to beside the loopback ones."""
        ...

    @property
    def simulated(self) -> bool:
        """Whether this server runs the demo; constant from the first answer on."""
        ...

    @property
    def hook_secret(self) -> str:
        """What messages of git hosts are signed with, "" where none are taken."""
        ...

    def now(self) -> datetime:
        """The server's clock; aware UTC."""
        ...

    def status(self) -> ServerStatus:
        """What is going on; cheap, asked on every page. Works before Ray is ready."""
        ...

    def version(self) -> int:
        """The id of the newest event: rises with every change that can be seen. Cheap."""
        ...

    def matrices(self) -> Sequence[Label]:
        """The matrices of this server, the default one first; empty before the first plan."""
        ...

    @property
    def is_several(self) -> bool:
        """Whether more than one matrix is served now: then `/` lists them."""
        ...

    def declared(self) -> tuple[Declared, ...]:
        """The matrices that can be looked at, and how their files stand; served ones first."""
        ...

    def health(self) -> Health:
        """How the server itself is; a fixed number of queries."""
        ...

    def grid(self, matrix: str) -> Grid | None:
        """The slide of a matrix."""
        ...

    def playground(self, matrix: str) -> Playground | None:
        """What runners offer to a matrix's open axes and its file does not list."""
        ...

    def cell_page(self, matrix: str, site: str, accelerator: str) -> CellPage | None:
        """One square of the slide and what lies behind it."""
        ...

    def metric_history(self, asked: Asked, window: Window) -> MetricHistory | None:
        """A metric over time in one place, and in others beside it."""
        ...

    def cell_metrics(
        self, matrix: str, site: str, accelerator: str, window: Window
    ) -> CellMetrics | None:
        """All metrics of a square over time."""
        ...

    def jobs(self, matrix: str, wanted: JobFilter, offset: int, limit: int) -> JobPage | None:
        """A page of jobs, latest first."""
        ...

    def job(self, matrix: str, job: int) -> JobView | None:
        """A job with its attempts."""
        ...

    def report(self, job: int) -> ReportView | None:
        """The accepted report of a job; None until there is one."""
        ...

    def handed(self, job: int) -> Handed:
        """Who feeds a job, whom it feeds, and what it made for them."""
        ...

    def artifact(self, digest: str) -> Path | None:
        """Where the bytes of a file lie that a job made; None where they are gone."""
        ...

    def cases(self, job: int, wanted: CaseFilter, offset: int, limit: int) -> CasePage:
        """A page of a job's cases, worst first."""
        ...

    def log(self, attempt: int, offset: int, limit: int) -> LogPiece | None:
        """At most `limit` bytes of an attempt's log; where bytes were lost it begins later."""
        ...

    def runs(self, matrix: str, offset: int, limit: int) -> tuple[RunSummary, ...] | None:
        """Runs of a matrix, latest first."""
        ...

    def run(self, matrix: str, run: int) -> RunSummary | None:
        """One run."""
        ...

    def triggers(self, matrix: str) -> tuple[TriggerView, ...] | None:
        """What starts runs of a matrix by itself."""
        ...

    def accounts(self, matrix: str) -> tuple[AccountView, ...] | None:
        """What each owner used of the device time of a matrix, and what is left."""
        ...

    def about(self, matrix: str, run: int) -> tuple[About, ...]:
        """The commits and versions that a run is about."""
        ...

    def commits(self, matrix: str, component: str | None) -> tuple[Commit, ...] | None:
        """Commits and versions that runs were about, newest first; of one component, or all."""
        ...

    def commit_page(
        self, matrix: str, component: str, head: str, against: str
    ) -> CommitPage | None:
        """What was found at a commit, beside another one ("": the one before it)."""
        ...

    def runners(self) -> tuple[RunnerView, ...]:
        """All runners, without their jobs."""
        ...

    def runner(self, name: str) -> RunnerView | None:
        """One runner with what it runs and ran."""
        ...

    def events(self, after: int, matrix: str | None, limit: int) -> tuple[Event, ...]:
        """Events with an id greater than `after`, in order; of one matrix, or of all."""
        ...

    def start_run(self, matrix: str, select: str, at: Mapping[str, str], owner: str = "") -> int:
        """Plan a run of what `select` (a selector as on the command line) admits; its id.

        `at` maps components to the version, commit or source to run at instead of the stack's.
        `owner` is on whose behalf it is started ("": the server's own).
        """
        ...

    def start_pairs(  # noqa: PLR0913, PLR0917 - what a comparison consists of
        self,
        matrix: str,
        select: str,
        at: Mapping[str, str],
        against: str,
        repetitions: int,
        owner: str = "",
    ) -> Begun:
        """Plan a comparison of a component with `against` ("": where its head has parted)."""
        ...

    def comparison(self, matrix: str, number: int) -> Comparison | None:
        """What the pairs of a comparison say."""
        ...

    def comparison_of(self, matrix: str, run: int) -> int | None:
        """The comparison that a run is one half of."""
        ...

    def comparisons(self, matrix: str) -> tuple[Listed, ...] | None:
        """The newest comparisons of a matrix."""
        ...

    def received(self, message: Message) -> Receipt:
        """Take a message of a git host once, and say what becomes of it."""
        ...

    def deliveries(self, offset: int, limit: int) -> tuple[DeliveryView, ...]:
        """Messages of git hosts, latest first, and what became of each."""
        ...

    def cancel_run(self, matrix: str, run: int) -> int:
        """Cancel what has not ended; how many jobs that were."""
        ...

    def cancel_job(self, matrix: str, job: int) -> bool:
        """Cancel a job; False where it had ended already."""
        ...

    def rerun(self, matrix: str, job: int) -> int:
        """Queue the job once more, as a new one with this one for its parent; its id."""
        ...
