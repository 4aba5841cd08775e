"""Asks a running server over its API and reads its answers into the views they came from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar, cast
from urllib.parse import quote

from pydantic import TypeAdapter

from dashboard.cli.accounts import accounts
from dashboard.cli.whereabouts import found_server, noted_server
from matrix.errors import CoevoError
from matrix.status import WORST_FIRST
from orchestrator.artifact_views import File, Handed
from orchestrator.messages import DeliveryView
from orchestrator.pair_views import Comparison
from orchestrator.server_views import AccountView, Declared, TriggerView
from orchestrator.service.outcome import merged_name
from orchestrator.views import (
    CellPage,
    Grid,
    JobFilter,
    JobPage,
    JobView,
    Label,
    RunSummary,
    ServerStatus,
)
from runners.client import LIMIT_SECONDS, Client
from runners.work import CaseResult, RankReport

T = TypeVar("T")
Json = Mapping[str, object]
Params = Mapping[str, str | int | Sequence[str]]
_PAIRS = frozenset({"cell", "parameters", "locked"})
_JOBS_A_PAGE = 50
_BAD_AND_EXPECTED = WORST_FIRST[:3]


@contextmanager
def connected(
    data: Path | None = None, matrix: str = "", patience: float = LIMIT_SECONDS
) -> Iterator[Api]:
    """The server of that data folder; else of the nearest one upward, or of COEVO_SERVER.

    What is asked is asked of the matrix of that name, otherwise of the server's first. `patience`
    are the seconds that an answer may take.
    """
    server = noted_server(data) if data else found_server(Path.cwd(), os.environ)
    with Client(server.url, server.token, limit_seconds=patience) as client:
        yield Api(server.url, client, matrix)


class Api:
    """One server's answers. Methods raise CoevoError with what the server says is wrong."""

    def __init__(self, url: str, client: Client, matrix: str = "") -> None:
        self.url = url
        self._client = client
        self._matrix = quote(matrix, safe="")

    def raw(self, path: str, params: Params | None = None) -> Json:
        """An answer as it came."""
        return cast("Json", self._client.get(f"/api/v1{path}", params))

    def report(self, job: int, kind: str) -> str:
        """A job's results as a report of that format."""
        return self._client.text(f"/api/v1{self.job_path(job)}/report", {"format": kind})

    def now(self) -> datetime:
        """The time here; ages are for reading only."""
        return datetime.now(UTC)

    def matrix(self) -> Label:
        """The matrix that is meant."""
        return read(Label, self.raw(self.grid_path())["matrix"])

    def declared(self) -> tuple[Declared, ...]:
        """The server's matrices, and how their files stand."""
        return read(tuple[Declared, ...], self.raw("/m")["matrices"])

    def overview(self) -> dict[str, object]:
        """What `coevo status --json` prints."""
        grid = self.raw(self.grid_path())
        runs = self.raw(self._path("runs"))["runs"]
        kept = {key: grid[key] for key in ("simulated", "matrix", "server")}
        matrices = [
            {key: each[key] for key in ("matrix", "file", "is_served", "mistakes")}
            for each in cast("list[Json]", self.raw("/m")["matrices"])
        ]
        triggers = self.raw(self._path("triggers"))["triggers"]
        budget = self.raw(self._path("budget"))["accounts"]
        told = self.raw("/hooks/deliveries")["deliveries"]
        shown = {
            "deliveries": told,
            "runs": runs,
            "triggers": triggers,
            "budget": budget,
            "matrices": matrices,
        }
        return {"url": self.url, **kept, **shown}

    def status(self) -> ServerStatus:
        """What the server is doing."""
        return read(ServerStatus, self.raw("/grid")["server"])

    def grid_path(self) -> str:
        """Where the grid's JSON is."""
        return f"/m/{self._matrix}/grid" if self._matrix else "/grid"

    def cell_path(self, site: str, accelerator: str) -> str:
        """Where a cell's JSON is."""
        return self._path("cells", site, accelerator)

    def job_path(self, job: int) -> str:
        """Where a job's JSON is."""
        return self._path("jobs", job)

    def grid(self) -> Grid:
        """The slide."""
        return read(Grid, self.raw(self.grid_path()))

    def playground_path(self) -> str:
        """Where the playground's JSON is."""
        return self._path("playground")

    def playground(self) -> Grid:
        """What is played with, as a grid of its own."""
        return read(Grid, {**self.raw(self.playground_path()), "run": None})

    def cell(self, site: str, accelerator: str) -> CellPage:
        """One square of it."""
        return read(CellPage, self.raw(self.cell_path(site, accelerator)))

    def runs(self, matrix: str, offset: int, limit: int) -> tuple[RunSummary, ...]:
        """Runs, latest first."""
        found = read(tuple[RunSummary, ...], self.raw(f"/m/{matrix}/runs")["runs"])
        return found[offset : offset + limit]

    def triggers(self, matrix: str) -> tuple[TriggerView, ...]:
        """What starts runs by itself."""
        return read(tuple[TriggerView, ...], self.raw(f"/m/{matrix}/triggers")["triggers"])

    def accounts(self, matrix: str) -> tuple[AccountView, ...]:
        """What each owner used of the matrix's device time, holds of it and has left."""
        return accounts(self.raw(f"/m/{matrix}/budget"))

    def deliveries(self, limit: int) -> tuple[DeliveryView, ...]:
        """Messages of git hosts, latest first."""
        told = self.raw("/hooks/deliveries")["deliveries"]
        return read(tuple[DeliveryView, ...], told)[:limit]

    def run(self, matrix: str, run: int) -> RunSummary | None:
        """One run."""
        return read(RunSummary, self.raw(f"/m/{matrix}/runs/{run}")["run"])

    def jobs(self, matrix: str, wanted: JobFilter, offset: int, limit: int) -> JobPage | None:
        """A page of jobs, latest first; `offset` counts whole pages of the server's."""
        params: dict[str, str | int | Sequence[str]] = {
            "state": sorted(wanted.states),
            "q": wanted.text,
            "page": offset // _JOBS_A_PAGE + 1,
        }
        if wanted.run is not None:
            params["run"] = wanted.run
        page = read(JobPage, self.raw(f"/m/{matrix}/jobs", params))
        return JobPage(page.total, page.jobs[:limit])

    def job(self, job: int) -> JobView:
        """A job with its attempts."""
        return read(JobView, self.raw(self.job_path(job))["job"])

    def pending(self, matrix: str, limit: int) -> tuple[JobView, ...]:
        """The jobs that a batch system queues, latest first, each with its attempts."""
        page = self.jobs(matrix, JobFilter(states=frozenset({"submitted"})), 0, limit)
        paths = [f"/m/{matrix}/jobs/{job.id}" for job in (page.jobs if page else ())]
        return tuple(read(JobView, self.raw(path)["job"]) for path in paths)

    def named(self, name: str) -> tuple[JobView, ...]:
        """The newest job of that id or number; all shards where the id leaves the shard open."""
        if name.isdigit():
            return (self.job(int(name)),)
        page = self.jobs(self.matrix().name, JobFilter(text=name), 0, _JOBS_A_PAGE)
        found = [job for job in page.jobs if name in {job.name, merged_name(job)}] if page else []
        if not found:
            raise CoevoError.because(f"no job is called {name}", "coevo show lists the cells")
        newest = [job for job in found if job.run == found[0].run]
        return tuple(self.job(job.id) for job in sorted(newest, key=lambda job: job.shard))

    def bad_cases(self, job: JobView, limit: int) -> tuple[CaseResult, ...]:
        """The cases of a job that are not fine, worst first."""
        params = {"status": [status.value for status in _BAD_AND_EXPECTED]}
        answer = self.raw(f"{self.job_path(job.id)}/cases", params)
        return read(tuple[CaseResult, ...], answer["cases"])[:limit]

    def ranks(self, job: int) -> tuple[RankReport, ...]:
        """What the ranks of a job on several nodes handed back; none where it has one."""
        said = self.raw(self.job_path(job))["report"]
        return read(tuple[RankReport, ...], said["ranks"]) if isinstance(said, dict) else ()

    def files_path(self, job: int) -> str:
        """Where the JSON of a job's files is."""
        return f"{self.job_path(job)}/artifacts"

    def handed(self, job: int) -> Handed:
        """Who feeds a job, whom it feeds, and what it made for them."""
        return read(Handed, self.raw(self.files_path(job)))

    def bring(self, job: int, file: File, target: Path) -> None:
        """Write a file that a job made to a place here, whole or not at all."""
        path = f"/api/v1{self.files_path(job)}/{file.kind}/{quote(file.name, safe='')}"
        self._client.bring(path, target, file.digest)

    def log(self, job: int, offset: int, limit: int) -> tuple[str, int]:
        """A piece of a job's log from a byte on, and the byte to go on from."""
        piece = self.raw(f"{self.job_path(job)}/log", {"offset": offset, "limit": limit})
        begun, end = int(str(piece["offset"])), int(str(piece["end"]))
        return str(piece["text"]), min(max(begun, offset) + limit, end)

    def start_run(self, matrix: str, select: str, at: Mapping[str, str], owner: str = "") -> int:
        """Start a run, at other versions or commits where `at` says so; its id."""
        body = {"matrix": matrix, "select": select, "at": dict(at)}
        body |= {"owner": owner} if owner else {}
        return self._number("/runs", "id", body)

    def start_pairs(
        self,
        matrix: str,
        select: str,
        at: Mapping[str, str],
        against: str,
        repeat: int,
        owner: str = "",
    ) -> tuple[int, int, int]:
        """Start a comparison; its id, and its runs at base and at head."""
        body = {"matrix": matrix, "select": select, "at": dict(at)}
        asked = body | {"against": against, "repeat": repeat} | ({"owner": owner} if owner else {})
        told = cast("Json", self._client.post("/api/v1/runs", asked))
        return int(str(told["comparison"])), int(str(told["base"])), int(str(told["id"]))

    def raw_comparison(self, number: int) -> Json:
        """What the pairs of a comparison say, as it came."""
        return cast("Json", self.raw(self._path("pairs", number))["comparison"])

    def comparison(self, number: int) -> Comparison:
        """What the pairs of a comparison say."""
        return read(Comparison, self.raw_comparison(number))

    def page_of_comparison(self, number: int) -> str:
        """The address of a comparison's page."""
        return f"{self.url}{self._path('pairs', number)}"

    def page_of_run(self, run: int) -> str:
        """The address of a run's page."""
        return f"{self.url}{self._path('runs', run)}"

    def cancel_latest_run(self) -> int:
        """Cancel what has not ended of the latest run; how many jobs."""
        runs = self.runs(self.matrix().name, 0, 1)
        return self._number(f"{self._path('runs', runs[0].id)}/cancel", "cancelled") if runs else 0

    def cancel_shards(self, name: str) -> int:
        """Cancel a job, all of its shards; how many had not ended."""
        return sum(
            self._number(f"{self.job_path(job.id)}/cancel", "cancelled") for job in self.named(name)
        )

    def _path(self, *parts: str | int) -> str:
        return "/".join(("/m", self.matrix().name, *map(str, parts)))

    def _number(self, path: str, key: str, body: Json | None = None) -> int:
        answer = cast("Json", self._client.post(f"/api/v1{path}", body or {}))
        return int(str(answer[key]))


def read(shape: type[T], answer: object) -> T:
    """A view out of the JSON that it was sent as."""
    return TypeAdapter(shape).validate_python(_paired(answer))


def _paired(answer: object) -> object:
    """Pairs travel as objects; views hold them as pairs."""
    if isinstance(answer, list):
        return [_paired(item) for item in answer]
    if not isinstance(answer, dict):
        return answer
    return {
        key: list(value.items()) if key in _PAIRS and isinstance(value, dict) else _paired(value)
        for key, value in answer.items()
    }
