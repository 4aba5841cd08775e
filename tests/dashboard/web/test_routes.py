from __future__ import annotations

import http.client
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from lively import LivelyServices
from serving import served
from starlette.testclient import TestClient
from visited import PAGES, page

from dashboard.web.app import create_app
from dashboard.web.safety import HEADERS, POLICY

TWINS = tuple(
    path for path in PAGES if path not in {"/", "/m/default", "/docs"} and not path.endswith("/log")
)
FILES = ("/static/js/main.js", "/static/icon.svg", "/healthz", "/metrics", "/api/v1/openapi.json")
READS = (*PAGES, *(f"/api/v1{path}" for path in TWINS), "/api/v1/grid", "/healthz")
# A log grows without an event, and health is of the moment.
STANDING = tuple(path for path in READS if not path.endswith("/log") and path != "/healthz")
MISSING = (
    "/nowhere",
    "/m/none",
    "/m/none/playground",
    "/m/none/jobs",
    "/m/none/runs",
    "/m/default/cells/nowhere/gpu",
    "/m/default/cells/cloud-a/none",
    "/m/default/cells/nowhere/gpu/metrics",
    "/m/default/cells/cloud-a/gpu/metrics/pytorch-ops/stable/none",
    "/m/none/cells/cloud-a/gpu/metrics/pytorch-ops/stable/matmul",
    "/m/default/jobs/99999",
    "/m/default/jobs/99999/log",
    "/m/default/runs/99999",
    "/m/none/at",
    "/m/default/at/vllm/0123456789",
    "/m/default/at/nothing/cccccccccc",
    f"/m/default/at/vllm/{'c' * 40}?against=0123456789",
    "/runners/nobody",
    "/static/none.css",
    "/assets/coevo-000000000000.css",
)
IMPOSSIBLE = (
    "/m/UPPER",
    "/m/default/jobs/0",
    "/m/default/jobs/-1",
    "/m/default/jobs/x",
    "/m/default/jobs/99999999999999999999",
    "/m/default/jobs?status=NONSENSE",
    "/m/default/jobs?page=0",
    "/m/default/jobs?page=x",
    "/m/default/jobs?run=0",
    "/m/default/jobs?q=" + "x" * 201,
    "/m/default/jobs/7?page=-1",
    "/m/default/jobs/7?status=",
    "/m/default/jobs/7/log?attempt=0",
    "/m/default/cells/%2e%2e/gpu",
    "/m/default/cells/cloud-a/gpu/metrics?range=5d",
    "/m/default/cells/cloud-a/gpu/metrics/pytorch-ops/stable/matmul?from=soon",
    "/m/default/cells/cloud-a/gpu/metrics/pytorch-ops/stable/matmul?x=size",
    "/m/default/cells/cloud-a/gpu/metrics/pytorch-ops/stable/matmul?from=2026-11-02&to=2026-11-01",
    "/m/default/at/UPPER",
    "/m/default/at/vllm/%2e%2e",
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """One real server: reading changes nothing."""
    with served(create_app(LivelyServices())) as url:
        yield url


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """One app: reading changes nothing."""
    with TestClient(create_app(LivelyServices()), base_url="http://127.0.0.1") as client:
        yield client


def asked(url: str, method: str, path: str) -> tuple[int, dict[str, str], bytes]:
    """The answer of a real server: status, headers, body."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    found = answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


@pytest.mark.parametrize("path", [*READS, *FILES])
def test_a_head_has_the_headers_of_a_get_and_no_body(url: str, path: str) -> None:
    status, headers, body = asked(url, "HEAD", path)
    full_status, full_headers, full_body = asked(url, "GET", path)
    assert (status, body) == (full_status, b"")
    assert full_body
    assert {**headers, "date": ""} == {**full_headers, "date": ""}


def test_a_head_of_the_stream_ends(url: str) -> None:
    status, headers, body = asked(url, "HEAD", "/api/v1/events")
    assert (status, body) == (200, b"")
    assert headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize("path", ["/nowhere", "/m/default/jobs/99999", "/m/default/jobs/x"])
def test_a_head_of_what_is_not_there_is_as_little_there(url: str, path: str) -> None:
    status, _, body = asked(url, "HEAD", path)
    assert (status, body) == (asked(url, "GET", path)[0], b"")


@pytest.mark.parametrize("path", STANDING)
def test_what_stands_is_not_sent_again(client: TestClient, path: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"if-none-match": first.headers.get("etag", "none")})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", STANDING)
def test_an_etag_of_something_else_is_answered_in_full(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"if-none-match": '"of-something-else"'})
    assert answer.status_code == 200
    assert answer.content


@pytest.mark.parametrize("path", READS)
def test_nothing_that_was_read_is_kept_without_asking_again(client: TestClient, path: str) -> None:
    assert "no-cache" in client.get(path).headers["cache-control"]


@pytest.mark.parametrize("path", [*READS, *FILES, *MISSING, *IMPOSSIBLE])
def test_every_answer_of_every_route_binds_the_browser(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert {name: headers[name] for name, _ in HEADERS} == dict(HEADERS)


@pytest.mark.parametrize("path", MISSING)
def test_what_is_missing_is_a_page_for_people(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "To the grid" in answer.text


@pytest.mark.parametrize("path", MISSING)
def test_what_is_missing_is_a_typed_problem_for_programs(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json()["status"] == 404
    assert answer.json()["title"]


@pytest.mark.parametrize("path", IMPOSSIBLE)
def test_what_cannot_be_is_refused_with_what_is_wrong(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in {404, 422}
    assert answer.json()["title"]


@pytest.mark.parametrize("path", IMPOSSIBLE)
def test_what_cannot_be_is_refused_by_the_twin_too(client: TestClient, path: str) -> None:
    path = path.replace("/jobs/7?", "/jobs/7/cases?")  # a job's twin has its cases apart
    assert client.get(f"/api/v1{path}").status_code in {404, 422}


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_page_cannot_be_changed(client: TestClient, path: str, method: str) -> None:
    assert client.request(method, path).status_code == 405


@pytest.mark.parametrize("path", TWINS)
def test_a_page_names_its_twin_and_the_twin_answers_json(client: TestClient, path: str) -> None:
    (twin,) = page(client, path).all("link", rel="alternate")
    answer = client.get(str(twin["href"]))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_html_in_a_named_language(client: TestClient, path: str) -> None:
    assert [one["lang"] for one in page(client, path).all("html")] == ["en"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("landmark", ["main", "footer"])
def test_a_page_has_each_landmark_once(client: TestClient, path: str, landmark: str) -> None:
    assert len(list(page(client, path).all(landmark))) == 1


@pytest.mark.parametrize("path", PAGES)
def test_a_page_leads_to_all_places(client: TestClient, path: str) -> None:
    assert len(list(page(client, path).all("nav", aria_label="Places"))) == 1


@pytest.mark.parametrize("path", PAGES)
def test_no_id_is_given_twice(client: TestClient, path: str) -> None:
    ids = [one["id"] for _, one in page(client, path).elements if one.get("id")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", PAGES)
def test_headings_leave_out_no_level(client: TestClient, path: str) -> None:
    shown = page(client, path)
    levels = [int(tag[1]) for tag, _ in shown.elements if tag in {"h1", "h2", "h3", "h4"}]
    content = levels[levels.index(1) :]
    assert all(after - before <= 1 for before, after in pairwise(content))


@pytest.mark.parametrize("path", PAGES)
def test_every_field_has_a_name(client: TestClient, path: str) -> None:
    for field in page(client, path).all("input", type="search"):
        assert field["aria-label"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_is_on_every_page(client: TestClient, path: str, theme: str) -> None:
    answer = client.get(path, headers={"cookie": f"coevo-theme={theme}"})
    assert f'data-theme="{theme}"' in answer.text


@pytest.mark.parametrize("value", ["neon", "", "dark; x=1", "<script>"])
def test_a_theme_that_is_none_falls_back_to_the_systems(client: TestClient, value: str) -> None:
    answer = client.get("/", headers={"cookie": f'coevo-theme="{value}"'})
    assert 'data-theme="auto"' in answer.text


def test_no_script_and_no_style_may_come_from_elsewhere_or_from_inside_a_page() -> None:
    assert "unsafe" not in POLICY
    assert "default-src 'self'" in POLICY
    assert "http" not in POLICY


def test_the_style_sheet_is_kept_for_ever_because_its_address_is_its_content(
    client: TestClient,
) -> None:
    (link,) = page(client, "/").all("link", rel="stylesheet")
    answer = client.get(str(link["href"]))
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
