from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from lively import LivelyServices, attempt, job
from starlette.testclient import TestClient

from dashboard.web.app import create_app
from orchestrator.views import ServerStatus
from runners.work import MetricValue

BEARER = {"authorization": "Bearer the-token"}
READS = (
    "/api/v1/grid",
    "/api/v1/m/default",
    "/api/v1/m/default/grid",
    "/api/v1/m/default/cells/cloud-a/gpu",
    "/api/v1/m/default/jobs",
    "/api/v1/m/default/jobs/7",
    "/api/v1/m/default/jobs/7/cases",
    "/api/v1/m/default/jobs/7/log",
    "/api/v1/m/default/runs",
    "/api/v1/m/default/runs/12",
    "/api/v1/runners",
    "/api/v1/runners/here",
    "/healthz",
)


@pytest.fixture
def simulated() -> Iterator[TestClient]:
    app = create_app(LivelyServices(simulated=True))
    with TestClient(app, base_url="http://127.0.0.1:8765") as client:
        yield client


@pytest.mark.parametrize("path", READS)
def test_every_answer_says_whether_it_is_simulated(
    client: TestClient, simulated: TestClient, path: str
) -> None:
    assert client.get(path).json()["simulated"] is False
    assert simulated.get(path).json()["simulated"] is True


@pytest.mark.parametrize("path", ["/api/v1/m/none", "/nowhere", "/api/v1/m/default/jobs?page=0"])
def test_a_refusal_says_so_too(simulated: TestClient, path: str) -> None:
    answer = simulated.get(path)
    assert answer.status_code in {404, 422}
    assert answer.json()["simulated"] is True


def test_the_slide_has_its_faces_row_by_row(client: TestClient) -> None:
    grid = client.get("/api/v1/grid").json()
    assert len(grid["faces"]) == len(grid["sites"]) * len(grid["accelerators"])
    assert grid["faces"][0]["state"] == "failing"
    assert grid["faces"][0]["site"] == {"name": "cloud-a", "label": "Cloud A"}
    assert grid["faces"][1]["accelerator"]["name"] == "tpu"
    assert grid["run"]["ended"] == 7


def test_the_slide_says_what_the_server_is_doing(services: LivelyServices) -> None:
    services.state = ServerStatus(ready=False, doing=("starting Ray",))
    with TestClient(create_app(services), base_url="http://127.0.0.1") as client:
        assert client.get("/api/v1/grid").json()["server"]["doing"] == ["starting Ray"]
        health = client.get("/healthz")
        assert health.status_code == 200
        assert health.json()["server"]["ready"] is False


def test_pairs_are_objects(client: TestClient) -> None:
    answer = client.get("/api/v1/m/default/jobs/7").json()
    assert answer["job"]["cell"] == {"site": "cloud-a", "accelerator": "gpu"}
    assert answer["report"]["locked"]["torch"] == "2.13.0"


def test_numbers_that_json_cannot_say_are_null(services: LivelyServices) -> None:
    services.report_view = replace(
        services.report_view,
        metrics=(MetricValue("x", "s", "lower", (float("nan"), float("inf"), 1.0)),),
    )
    with TestClient(create_app(services), base_url="http://127.0.0.1") as client:
        answer = client.get("/api/v1/m/default/jobs/7")
    assert json.loads(answer.text)["report"]["metrics"][0]["values"] == [None, None, 1.0]


def test_values_of_one_filter_are_alternatives_and_filters_narrow(client: TestClient) -> None:
    either = client.get("/api/v1/m/default/jobs?status=FAIL&status=PASS").json()
    assert either["total"] == 2
    both = client.get("/api/v1/m/default/jobs?status=FAIL&status=PASS&state=running").json()
    assert both["total"] == 0


def test_cases_are_filtered_and_paged(client: TestClient) -> None:
    passed = client.get("/api/v1/m/default/jobs/7/cases?status=PASS&page=2").json()
    assert passed["total"] == 90
    assert len(passed["cases"]) == 25
    assert passed["cases"][0]["id"] != "torch.add.0"


def test_a_log_is_read_from_any_offset(client: TestClient, services: LivelyServices) -> None:
    services.logs[102] = b"0123456789"
    piece = client.get("/api/v1/m/default/jobs/7/log?offset=4&limit=3").json()
    assert piece["text"] == "456"
    assert (piece["offset"], piece["end"]) == (4, 10)
    first = client.get("/api/v1/m/default/jobs/7/log?attempt=1").json()
    assert first["text"] == "first try\n"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/m/none/grid",
        "/api/v1/m/NOT-A-NAME/grid",
        "/api/v1/m/default/cells/nowhere/gpu",
        "/api/v1/m/default/jobs/999",
        "/api/v1/m/default/jobs/0",
        "/api/v1/m/default/jobs/x",
        "/api/v1/m/default/jobs/99999999999999999999",
        "/api/v1/m/default/jobs/7/log?attempt=9",
        "/api/v1/m/default/jobs/8/log?attempt=1",
        "/api/v1/m/default/jobs/999/cases",
        "/api/v1/m/default/runs/999",
        "/api/v1/runners/nobody",
        "/api/v1/nothing",
    ],
)
def test_what_does_not_exist_is_a_typed_404(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404
    assert answer.json()["hint"]


@pytest.mark.parametrize(
    "query",
    ["status=NOPE", "page=0", "page=x", "run=-1", "q=" + "x" * 201, "page=99999999999999999999"],
)
def test_a_filter_that_cannot_be_is_a_typed_422(client: TestClient, query: str) -> None:
    answer = client.get(f"/api/v1/m/default/jobs?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.json()["title"]


@pytest.mark.parametrize("text", ["%00", "%ff%fe", "%ed%a0%80", "%E2%80%AE", "'--", "%25", "\\"])
def test_any_text_may_be_searched_for(client: TestClient, text: str) -> None:
    assert client.get(f"/api/v1/m/default/jobs?q={text}").status_code == 200
    assert client.get(f"/m/default/jobs/7?q={text}").status_code == 200
    assert client.get(f"/m/default/jobs/7/log?q={text}").status_code == 200


def test_an_answer_that_stands_is_a_304(client: TestClient, services: LivelyServices) -> None:
    first = client.get("/api/v1/grid")
    again = client.get("/api/v1/grid", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    services.show(replace(services.view, faces=services.view.faces[::-1]))
    changed = client.get("/api/v1/grid", headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200


def test_a_run_is_started(client: TestClient, services: LivelyServices) -> None:
    answer = client.post("/api/v1/runs", headers=BEARER, json={"select": "site=lab"})
    assert answer.status_code == 201
    assert answer.json() == {"simulated": False, "id": 13, "href": "/m/default/runs/13"}
    assert services.changed == ["run default site=lab"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"select": 1}',
        b'{"more": 1}',
        b"[]",
        b"{",
        b"",
        b'{"select": NaN}',
        b'{"select": "\\ud800"}',
        b"[" * 20_000,
    ],
)
def test_a_body_that_is_no_run_is_a_typed_422(
    client: TestClient, services: LivelyServices, body: bytes
) -> None:
    headers = {**BEARER, "content-type": "application/json"}
    answer = client.post("/api/v1/runs", headers=headers, content=body)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert services.changed == []


def test_a_persons_mistake_is_told_with_its_hint(client: TestClient) -> None:
    answer = client.post("/api/v1/runs", headers=BEARER, json={"select": "!!"})
    assert answer.status_code == 422
    assert answer.json()["title"] == "that is no selector"
    assert answer.json()["hint"] == "write site=lab"


def test_jobs_and_runs_are_cancelled_and_repeated(
    client: TestClient, services: LivelyServices
) -> None:
    assert client.post("/api/v1/jobs/9/cancel", headers=BEARER).json()["cancelled"] == 1
    assert client.post("/api/v1/jobs/7/cancel", headers=BEARER).json()["cancelled"] == 0
    assert client.post("/api/v1/runs/12/cancel", headers=BEARER).json()["cancelled"] == 3
    again = client.post("/api/v1/m/default/jobs/7/rerun", headers=BEARER)
    assert (again.status_code, again.json()["id"]) == (201, 10)
    assert services.changed == ["cancel job 9", "cancel job 7", "cancel run 12", "rerun 7"]


def test_cancelling_what_does_not_exist_is_a_404(client: TestClient) -> None:
    answer = client.post("/api/v1/runs/99/cancel", headers=BEARER)
    assert answer.status_code == 404
    assert "run 99" in answer.json()["title"]


def test_a_mistake_of_ours_says_nothing_of_its_inside(services: LivelyServices) -> None:
    services.all_jobs = (replace(job(), attempts=(attempt(), None)),)  # type: ignore[arg-type] # broken on purpose
    app = create_app(services)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        answer = client.get("/api/v1/m/default/jobs/7")
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    assert answer.json()["hint"]


def test_every_operation_is_documented_with_what_it_answers(client: TestClient) -> None:
    document = client.get("/api/v1/openapi.json").json()
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert operation["responses"], path


def test_the_documentation_page_needs_nothing_from_outside(client: TestClient) -> None:
    page = client.get("/docs").text
    for path in client.get("/api/v1/openapi.json").json()["paths"]:
        assert path in page
    assert "//" not in page.replace("http://www.w3.org", "").replace('"//', "")
