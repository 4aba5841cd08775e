"""The pages over the real store, SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from paired import start
from sqlalchemy import event
from starlette.testclient import TestClient
from worlds import World, report_of

from dashboard.web.app import create_app
from matrix.expand import expand
from matrix.status import Status
from orchestrator.service.answers import Answers
from orchestrator.service.declarations import Declarations
from orchestrator.service.folder import Folder
from orchestrator.service.news import News
from orchestrator.service.settings import Settings
from orchestrator.store.planning import save_matrix
from orchestrator.store.runs import Subject, Trigger, start_run
from orchestrator.store.store import Store
from runners.work import CaseResult, Component, LogChunk, MetricValue

CASES = (
    CaseResult("mm.one", Status.FAIL, 0.1, "cpu", "float32", "differs", '{"got": 1}', "repeat it"),
    *(CaseResult(f"mm.{number}", Status.PASS, 0.1, "cpu", "float32") for number in range(40)),
)
# What a page may cost at most, however long the history is.
QUERIES = {
    "/": 12,
    "/m": 12,
    "/m/small/playground": 12,
    "/m/small/cells/lab/cpu": 12,
    "/m/small/cells/lab/cpu/metrics": 14,
    "/m/small/cells/lab/cpu/metrics/quick/stable/rate": 14,
    "/m/small/jobs": 8,
    "/m/small/jobs/1": 17,  # two of them for what was measured along the attempt
    "/m/small/runs": 8,
    "/m/small/runs/1": 10,
    "/m/small/at": 10,
    "/m/small/at/torch/2.14.0": 13,
    "/m/small/pairs": 8,
    "/m/small/pairs/1": 12,
    "/runners": 8,
    "/runners/bench": 12,
    "/health": 14,
    "/metrics": 14,
}


@pytest.fixture
def answers(small: World, tmp_path: Path) -> Answers:
    settings = Settings(Folder(tmp_path), small.store.url)
    return Answers(settings, Declarations.of(small.matrix), small.store, News(), "the-token")


@pytest.fixture
def client(answers: Answers) -> Iterator[TestClient]:
    with TestClient(create_app(answers), base_url="http://127.0.0.1:8765") as client:
        yield client


@pytest.fixture
def failed(small: World) -> World:
    """A run of lab/cpu with one failing case, its metrics and its stack."""
    report = replace(
        report_of(Status.FAIL, *CASES),
        metrics=(MetricValue("rate", "1/s", "higher", (1.0, 2.0)),),
        observed=(Component("torch", "2.13.0", "cpu"),),
    )
    small.carry_out(report, only="lab/cpu:quick")
    return small


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """The statements that the store is sent."""
    statements: list[str] = []

    def hear(*call: object) -> None:
        if str(call[2]).startswith("SELECT"):
            statements.append(str(call[2]))

    event.listen(store.engine, "before_cursor_execute", hear)
    yield statements
    event.remove(store.engine, "before_cursor_execute", hear)


def test_a_report_colours_its_face(client: TestClient, failed: World) -> None:
    assert failed.runner
    faces = {
        (face["site"]["name"], face["accelerator"]["name"]): face
        for face in client.get("/api/v1/grid").json()["faces"]
    }
    assert faces["lab", "cpu"]["state"] == "failing"
    assert faces["lab", "cpu"]["counts"]["fail"] == 1
    assert faces["edge", "gpu"]["state"] == "not offered"
    assert "face--cross" in client.get("/").text


def test_the_walk_from_the_slide_to_the_failing_case(client: TestClient, failed: World) -> None:
    cell = client.get("/api/v1/m/small/cells/lab/cpu").json()
    quick = next(state for state in cell["states"] if state["suite"] == "quick")
    page = client.get(f"/m/small/jobs/{quick['job']}").text
    assert failed.runner
    assert page.index("mm.one") < page.index("mm.0")
    assert "repeat it" in page
    assert "2.13.0" in page


def test_every_page_of_the_store_answers(client: TestClient, failed: World) -> None:
    _about(failed)
    assert failed.runner
    for path in QUERIES:
        assert client.get(path).status_code == 200, path


def test_a_page_costs_a_fixed_number_of_queries(client: TestClient, failed: World) -> None:
    assert _costs(client, failed) == _costs_after_more_history(client, failed)


def _about(world: World) -> None:
    """A run about a version of torch."""
    jobs = [one for one in expand(world.matrix) if one.id == "lab/cpu:quick@stable"]
    about = (Subject("torch", "", "", "2.14.0"),)
    start_run(world.store, world.matrix, jobs, Trigger(subjects=about, aside=True))
    start(world, repetitions=2)
    while tickets := world.claim(8):
        world.end(tickets, report_of(Status.PASS, *CASES[1:]))


def _costs(client: TestClient, world: World) -> dict[str, int]:
    _about(world)
    costs = {}
    for path, most in QUERIES.items():
        with counted(world.store) as statements:
            client.get(path, params={"fresh": str(len(costs))})
        assert 0 < len(statements) <= most, (path, statements)
        costs[path] = len(statements)
    return costs


def _costs_after_more_history(client: TestClient, world: World) -> dict[str, int]:
    for _ in range(5):
        world.carry_out(report_of(Status.PASS, *CASES[1:]), only="lab/cpu:quick")
    return _costs(client, world)


def test_what_happens_moves_the_version(client: TestClient, small: World) -> None:
    etag = client.get("/").headers["etag"]
    assert client.get("/", headers={"if-none-match": etag}).status_code == 304
    small.carry_out(report_of(), only="lab/cpu:quick")
    assert client.get("/", headers={"if-none-match": etag}).status_code == 200


def test_a_log_is_read_as_it_comes(client: TestClient, small: World) -> None:
    small.start("lab/cpu:quick")
    (ticket,) = small.claim()
    small.queue.note(small.runner, [], [LogChunk(ticket.key, 0, b"one\n\x1b[31mtwo\x1b[0m\n")])
    page = client.get(f"/m/small/jobs/{ticket.key.job}/log").text
    assert '<span class="sgr-red">two</span>' in page
    assert "The log still grows." in page
    small.end([ticket], report_of())
    assert "The log still grows." not in client.get(f"/m/small/jobs/{ticket.key.job}/log").text


def test_a_run_is_started_cancelled_and_a_job_repeated(client: TestClient, failed: World) -> None:
    bearer = {"authorization": "Bearer the-token"}
    started = client.post("/api/v1/runs", headers=bearer, json={"select": "site=lab"})
    assert started.status_code == 201, started.text
    run = started.json()["id"]
    assert client.get(f"/m/small/runs/{run}").status_code == 200
    cancelled = client.post(f"/api/v1/runs/{run}/cancel", headers=bearer)
    assert cancelled.json()["cancelled"] > 0
    again = client.post("/api/v1/jobs/1/rerun", headers=bearer)
    assert again.status_code == 201
    new = client.get(f"/api/v1/m/small/jobs/{again.json()['id']}").json()["job"]
    assert new["parent"] == 1
    assert failed.store


@pytest.mark.parametrize("path", ["jobs/99/cancel", "jobs/99/rerun", "runs/99/cancel"])
def test_changing_what_does_not_exist_is_a_404(client: TestClient, path: str) -> None:
    answer = client.post(f"/api/v1/{path}", headers={"authorization": "Bearer the-token"})
    assert answer.status_code == 404


@pytest.mark.parametrize("selector", ["planet=mars", "site", "=", "site=", "!!"])
def test_a_selector_that_is_none_is_told_with_a_hint(client: TestClient, selector: str) -> None:
    bearer = {"authorization": "Bearer the-token"}
    answer = client.post("/api/v1/runs", headers=bearer, json={"select": selector})
    assert answer.status_code == 422, answer.text
    assert answer.json()["title"]


@pytest.mark.parametrize("text", ["%", "_", "'", "\\", "a" * 200, "mm", "\u202e"])
def test_a_filter_is_text_and_no_pattern(client: TestClient, failed: World, text: str) -> None:
    assert failed.runner
    jobs = client.get("/api/v1/m/small/jobs", params={"q": text})
    cases = client.get("/api/v1/m/small/jobs/1/cases", params={"q": text})
    assert jobs.status_code == cases.status_code == 200
    assert all(text in job["name"] for job in jobs.json()["jobs"])
    assert all(text in case["id"] for case in cases.json()["cases"])


def test_events_are_resumed_where_a_reader_stopped(client: TestClient, failed: World) -> None:
    everything = failed.store and client.app.state.office.services.events(0, "small", 500)  # type: ignore[attr-defined] # a FastAPI
    assert len(everything) > 2
    later = client.app.state.office.services.events(everything[1].id, "small", 500)  # type: ignore[attr-defined] # the same
    assert later == everything[2:]


def test_a_matrix_with_history_alone_is_listed_after_those_that_are_served(
    small: World, answers: Answers, client: TestClient
) -> None:
    save_matrix(small.store, replace(small.matrix, name="served", label="Served"))
    served = replace(answers, declarations=Declarations.of(replace(small.matrix, name="served")))

    assert [(one.matrix and one.matrix.name, one.is_served) for one in served.declared()] == [
        ("served", True),
        ("small", False),
    ]
    assert [label.name for label in served.matrices()] == ["served", "small"]
    assert client.get("/m/served").status_code == 200


def test_runs_are_started_of_what_is_served_alone(small: World, answers: Answers) -> None:
    save_matrix(small.store, replace(small.matrix, name="past"))

    with pytest.raises(LookupError, match="matrix past among those that are served now"):
        answers.start_run("past", "", {})

    assert answers.start_run("small", "site=lab", {}) == 1
