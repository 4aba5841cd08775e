"""A server in memory with a lively matrix: all states, long names, a growing log."""

# ruff: noqa: ARG002 - a fake takes what the port says, whether it needs it or not

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from matrix.errors import CoevoError
from matrix.status import BAD, Evidence, Layer, Role, Status
from matrix.verdict import CellState, Counts, State
from orchestrator.views import (
    AttemptView,
    CaseFilter,
    CasePage,
    CellPage,
    Change,
    Event,
    Face,
    Grid,
    JobFilter,
    JobPage,
    JobView,
    Label,
    LogPiece,
    ReportView,
    RunnerView,
    RunSummary,
    ServerStatus,
)
from runners.work import CaseResult, Component, Fact, MetricValue, Phase, Usage

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MATRIX = Label("default", "Hardware CI matrix")
SITES = tuple(
    Label(name, label)
    for name, label in (
        ("cloud-a", "Cloud A"),
        ("cloud-b", "Cloud B"),
        ("cloud-c", "Cloud C"),
        ("lab", "Lab"),
        ("edge", "Edge"),
    )
)
ACCELERATORS = tuple(Label(name, name.upper()) for name in ("gpu", "tpu", "asic", "cpu"))
STATES = (
    (State.FAILING, State.RUNNING, State.PASSING, State.SLOWER),
    (State.QUEUED, State.PASSING, State.FLAKY, State.STALE),
    (State.PASSING, State.INFRA, State.NEW, State.FASTER),
    (State.NOT_OFFERED, State.RUNNING, State.PASSING, State.PASSING),
    (State.BROKEN, State.PASSING, State.NOT_OFFERED, State.SKIPPED),
)
HISTORIES = {
    State.FAILING: "PPPPPPPPPPPPPPPPPPPPPPPPPPPFFF",
    State.BROKEN: "PPPPPPPPPPPPPPPPPPPPPPPPPPPPEE",
    State.INFRA: "PPPPPPPPPPMPPPPPPPPPPPPPPPPPMM",
    State.SLOWER: "PPPPPPPPPPPPPPPPPPPPPPPPPPPPPP",
    State.FLAKY: "PPFPPPPFPPPPPPFPFPPPPFPPPPFPPP",
    State.NEW: "",
    State.QUEUED: "PPPPPPPP",
    State.STALE: "PPPPPPPPPPPPPPP",
    State.NOT_OFFERED: "",
    State.SKIPPED: "SSSSS",
}
REASONS = {
    State.FAILING: "test_matmul: 2 of 41 cases differ from the float64 reference",
    State.INFRA: "the runner was lost",
    State.SLOWER: "matmul: 1.31 times its usual time",
    State.NOT_OFFERED: "no runner offers site=lab, accelerator=gpu",
}
COUNTS = {
    State.FAILING: Counts(fail=2, passed=38, skip=1),
    State.BROKEN: Counts(error=1, passed=3),
    State.INFRA: Counts(miss=41),
    State.NEW: Counts(),
    State.NOT_OFFERED: Counts(),
    State.SKIPPED: Counts(skip=41),
}


def face(row: int, column: int, state: State, *, simulated: bool = False) -> Face:
    """A face in one state, with what goes with it."""
    is_known = state not in {State.NEW, State.NOT_OFFERED}
    then = NOW - timedelta(hours=40 if state is State.STALE else 1 + row, minutes=7 * column)
    return Face(
        site=SITES[row],
        accelerator=ACCELERATORS[column],
        state=state,
        reason=REASONS.get(state, ""),
        counts=COUNTS.get(state, Counts(passed=20153, skip=412, expected=3)),
        watched_bad=2 if (row, column) == (2, 0) else 0,
        done=1,
        planned=3,
        since=then if is_known else None,
        age_from=then if is_known else None,
        runner="here" if is_known else "",
        simulated=simulated,
        history=HISTORIES.get(state, "P" * 30),
    )


def grid(*, simulated: bool = False, version: int = 1) -> Grid:
    """The slide with every state in it."""
    return Grid(
        matrix=MATRIX,
        version=version,
        sites=SITES,
        accelerators=ACCELERATORS,
        faces=tuple(
            face(row, column, state, simulated=simulated)
            for row, states in enumerate(STATES)
            for column, state in enumerate(states)
        ),
        changes=(
            Change(
                NOW - timedelta(minutes=3),
                "cloud-a",
                "gpu",
                "pytorch-ops",
                "stable",
                "passing",
                "failing",
                7,
            ),
            Change(
                NOW - timedelta(minutes=9),
                "cloud-c",
                "tpu",
                "smoke",
                "stable",
                "running",
                "infrastructure",
                8,
            ),
            Change(
                NOW - timedelta(minutes=20),
                "cloud-c",
                "cpu",
                "smoke",
                "nightly",
                "passing",
                "faster",
                None,
            ),
            Change(
                NOW - timedelta(hours=2),
                "cloud-a",
                "cpu",
                "smoke",
                "stable",
                "passing",
                "slower",
                9,
            ),
        ),
        run=run(),
        simulated=simulated,
    )


def run(number: int = 12, state: str = "running") -> RunSummary:
    """A run that is 7 of 20 jobs far."""
    return RunSummary(
        id=number,
        matrix=MATRIX.name,
        trigger="request",
        state=state,
        started_at=NOW - timedelta(minutes=4),
        ended_at=None if state == "running" else NOW - timedelta(minutes=1),
        jobs=36,
        offered=20,
        ended=7 if state == "running" else 20,
        counts=Counts(fail=2, miss=1, passed=40312, skip=824),
        note="",
    )


def attempt(fence: int = 2, *, phase: Phase = Phase.ENDED, log_bytes: int = 4096) -> AttemptView:
    """A try that failed, or one that is half through."""
    is_over = phase is Phase.ENDED
    return AttemptView(
        id=100 + fence,
        fence=fence,
        runner="here",
        node="127.0.0.1",
        phase=phase,
        claimed_at=NOW - timedelta(minutes=3),
        ended_at=NOW - timedelta(minutes=2) if is_over else None,
        status=Status.FAIL if is_over else None,
        layer=Layer.CODE if is_over else Layer.NONE,
        reason="2 of 41 cases failed" if is_over else "",
        usage=Usage(3.2, 48.5, 61.0, 812 * 2**20),
        exit_code=0 if is_over else None,
        signal=None,
        evidence=Evidence.SELF_REPORTED,
        contended=False,
        log_bytes=log_bytes,
        log_lost_bytes=0,
        last_lines=("matmul float32: FAIL", "bye") if is_over else (),
        done=41 if is_over else 17,
        total=41,
        note="",
    )


def job(number: int = 7, *, state: str = "ended", status: Status | None = Status.FAIL) -> JobView:
    """A job of the failing cell."""
    is_open = state != "ended"
    return JobView(
        id=number,
        name="cloud-a/gpu:pytorch-ops@stable",
        matrix=MATRIX.name,
        run=12,
        cell=(("site", "cloud-a"), ("accelerator", "gpu")),
        parameters=(),
        suite="pytorch-ops",
        stack="stable",
        shard=1,
        shards=1,
        role=Role.HEADLINE,
        priority=0,
        owner="lab",
        state=state,
        end="" if is_open else "reported",
        status=None if is_open else status,
        reason="" if is_open else "2 of 41 cases failed, first torch.matmul",
        waiting_for="needs a gpu; no runner has one" if state == "queued" else "",
        queued_at=NOW - timedelta(minutes=4),
        ended_at=None if is_open else NOW - timedelta(minutes=2),
        cause="",
        parent=None,
        repeat="coevo suite run pytorch-ops --device cuda --only torch.matmul",
        lock_digest="9f2c1a77d0e5" * 5,
        attempts=(
            attempt(1),
            attempt(2, phase=Phase.RUNNING if state == "running" else Phase.ENDED),
        )
        if state != "queued"
        else (),
    )


CASES = (
    CaseResult(
        "torch.matmul",
        Status.FAIL,
        0.42,
        "cuda",
        "bfloat16",
        "AssertionError: Tensor-likes are not close!\n\nMismatched elements: 3 / 4096 (0.1%)",
        '{"sample": 2, "got": 1.0078125, "wanted": 1.0, "tolerance": {"rtol": 0.0016}}',
        "python -m runners.suites.pytorch_ops --device cuda --only torch.matmul --sample 2",
    ),
    CaseResult(
        "torch.nn.functional.scaled_dot_product_attention", Status.FAIL, 1.9, "cuda", "float16"
    ),
    CaseResult("as_strided.partial_views", Status.SKIP, None, "cuda", "", "known fault"),
    CaseResult("torch.linalg.qr", Status.FAIL, 0.2, "cuda", "float32", "known", expected=True),
    *(
        CaseResult(f"torch.add.{index}", Status.PASS, 0.01, "cuda", "float32")
        for index in range(90)
    ),
)
REPORT = ReportView(
    job=7,
    counts=Counts(fail=2, passed=90, skip=1, expected=1),
    metrics=(
        MetricValue("matmul", "GFLOP/s", "higher", (61.2, 60.8, 63.0, 62.2, 58.9)),
        MetricValue("start", "s", "lower", (1.2,)),
    ),
    facts=(
        Fact("cpu", "AMD EPYC 9654 96-Core Processor", "/proc/cpuinfo"),
        Fact("memory", "unknown", "psutil"),
        Fact("driver", "580.82.07", "nvidia-smi"),
    ),
    observed=(
        Component("torch", "2.13.0", "cu130"),
        Component("numpy", "2.4.1"),
        Component("triton", "3.6.0"),
    ),
    locked=(("torch", "2.13.0"), ("triton", "3.5.0")),
)


def cell_state(suite: str, state: State, role: Role = Role.HEADLINE) -> CellState:
    """The row of one suite in a cell."""
    status = {State.FAILING: Status.FAIL, State.INFRA: Status.MISS}.get(state, Status.PASS)
    return CellState(
        cell=(("site", "cloud-a"), ("accelerator", "gpu")),
        suite=suite,
        stack="stable",
        role=role,
        status=status,
        layer={Status.FAIL: Layer.CODE, Status.MISS: Layer.INFRA}.get(status, Layer.NONE),
        confidence=0.9,
        reason=REASONS.get(state, ""),
        counts=COUNTS.get(state, Counts(passed=12)),
        history=HISTORIES.get(state, "P" * 30),
        since=NOW - timedelta(hours=3),
        reported_at=NOW - timedelta(minutes=2),
        job=7,
        run=12,
        queued=0,
        running=0,
        unmet="",
        trend=0,
        evidence=Evidence.SELF_REPORTED,
    )


RUNNERS = (
    RunnerView(
        id=1,
        name="here",
        label="This machine",
        owner="lab",
        kind="ray",
        state="ready",
        simulated=False,
        seen_at=NOW - timedelta(seconds=4),
        offers=(
            (("site", "lab"), ("accelerator", "cpu")),
            (("site", "lab"), ("accelerator", "gpu")),
        ),
        slots=2,
        facts=REPORT.facts,
        running=(job(9, state="running"),),
        recent=(job(7), job(6, status=Status.PASS)),
    ),
    RunnerView(
        id=2,
        name="edge-box",
        label="Edge box",
        owner="edge",
        kind="process",
        state="gone",
        simulated=False,
        seen_at=NOW - timedelta(days=2),
        offers=((("site", "edge"), ("accelerator", "cpu")),),
        slots=1,
        facts=(),
        running=(),
        recent=(),
    ),
)
LOG = "".join(
    [
        "\x1b[1mcoevo\x1b[0m pytorch-ops on cuda\n",
        *(f"case torch.add.{index} \x1b[32mPASS\x1b[0m\n" for index in range(60)),
        "case torch.matmul \x1b[1;31mFAIL\x1b[0m: Tensor-likes are not close!\n",
        "\x1b[33mwarning\x1b[0m: 3 / 4096 elements differ\n",
        "a link \x1b]8;;javascript:alert(1)\x07here\x1b]8;;\x07 and \u202eright to left\n",
        "bye\n",
    ]
).encode()


@dataclass
class LivelyServices:
    """The port of the pages over values; a change raises the version as the store would."""

    view: Grid = field(default_factory=grid)
    simulated: bool = False
    token: str = "the-token"
    hosts: frozenset[str] = frozenset()
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
    happened: list[Event] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
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
        return (self.view.matrix,)

    def grid(self, matrix: str) -> Grid | None:
        self.queries += 1
        return self.view if matrix == self.view.matrix.name else None

    def cell_page(self, matrix: str, site: str, accelerator: str) -> CellPage | None:
        for shown in self.view.faces:
            if (shown.site.name, shown.accelerator.name) == (site, accelerator):
                return self._cell(shown)
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

    def jobs(self, matrix: str, wanted: JobFilter, offset: int, limit: int) -> JobPage | None:
        if matrix != self.view.matrix.name:
            return None
        found = [one for one in self.all_jobs if admits(wanted, one)]
        return JobPage(len(found), tuple(found[offset : offset + limit]))

    def job(self, matrix: str, job: int) -> JobView | None:
        return next((one for one in self.all_jobs if one.id == job), None)

    def report(self, job: int) -> ReportView | None:
        return self.report_view if job == 7 else None

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
        return next((one for one in self.runs(matrix, 0, 9) or () if one.id == run), None)

    def runners(self) -> tuple[RunnerView, ...]:
        return self.all_runners

    def runner(self, name: str) -> RunnerView | None:
        return next((one for one in self.all_runners if one.name == name), None)

    def events(self, after: int, matrix: str | None, limit: int) -> tuple[Event, ...]:
        found = [
            event for event in self.happened if event.id > after and matrix in {None, event.matrix}
        ]
        return tuple(found[:limit])

    def start_run(self, matrix: str, select: str) -> int:
        if select.startswith("!!"):
            raise CoevoError.because("that is no selector", "write site=lab")
        self.changed.append(f"run {matrix} {select}")
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


def admits(wanted: JobFilter, one: JobView) -> bool:
    """The store's filter, in memory: OR inside a field, AND between fields."""
    cell = dict(one.cell)
    fields: tuple[tuple[frozenset[str], str | None], ...] = (
        (wanted.sites, cell["site"]),
        (wanted.accelerators, cell["accelerator"]),
        (wanted.suites, one.suite),
        (wanted.stacks, one.stack),
        (frozenset(wanted.statuses), one.status),
        (wanted.states, one.state),
    )
    return (
        all(not allowed or value in allowed for allowed, value in fields)
        and wanted.text in one.name
        and wanted.run in {None, one.run}
    )
