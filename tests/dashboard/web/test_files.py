"""The files that jobs hand to each other: on the job's page, in the API, and their bytes."""

from __future__ import annotations

import pytest
from lively import LivelyServices
from lively_files import HANDED
from lively_grid import NOW
from starlette.testclient import TestClient

from dashboard.web.app import create_app
from dashboard.web.files_context import files_context
from orchestrator.artifact_views import File, Handed

JOB = "/m/default/jobs/7"


@pytest.fixture
def client() -> TestClient:
    return TestClient(create_app(LivelyServices()), base_url="http://localhost")


def test_a_job_shows_who_feeds_it_and_whom_it_feeds(client: TestClient) -> None:
    page = client.get(JOB).text

    assert "Fed by" in page
    for one in (*HANDED.inputs, *HANDED.feeds):
        assert f'href="/m/default/jobs/{one.job}"' in page
        assert one.name in page


def test_a_job_shows_the_files_that_it_made(client: TestClient) -> None:
    page = client.get(JOB).text

    for file in HANDED.files:
        assert file.name in page
        assert file.digest in page
    assert f"/api/v1{JOB}/artifacts/pte/llama.pte" in page


def test_a_file_that_is_gone_is_no_link(client: TestClient) -> None:
    page = client.get(JOB).text

    assert "no longer kept" in page
    assert f"{JOB}/artifacts/wheel" not in page


def test_a_job_without_files_has_no_such_section(client: TestClient) -> None:
    assert "<h2>Files</h2>" not in client.get("/m/default/jobs/6").text


def test_the_twin_says_the_same(client: TestClient) -> None:
    said = client.get(f"/api/v1{JOB}/artifacts").json()

    assert [one["name"] for one in said["files"]] == [one.name for one in HANDED.files]
    assert [one["job"] for one in said["feeds"]] == [one.job for one in HANDED.feeds]
    assert said["inputs"][0]["status"] == "PASS"


def test_the_bytes_of_a_file_come_as_an_attachment(client: TestClient) -> None:
    answer = client.get(f"/api/v1{JOB}/artifacts/pte/llama.pte")

    place = LivelyServices().artifact(HANDED.files[0].digest)
    assert place is not None
    assert answer.content == place.read_bytes()
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == 'attachment; filename="llama.pte"'
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/m/default/jobs/999/artifacts",
        f"{JOB}/artifacts/pte/other.pte",
        f"{JOB}/artifacts/wheel/ours-1.0-py3-none-any.whl",
        f"{JOB}/artifacts/pte/..%2F..%2Fetc%2Fpasswd",
    ],
)
def test_what_is_not_there_is_a_404_in_json(client: TestClient, path: str) -> None:
    answer = client.get(f"/api/v1{path}")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_name_is_quoted_in_its_address() -> None:
    file = File("pte", "a b#c?.pte", "0" * 64, 1, NOW, NOW, is_kept=True)
    (row,) = files_context("default", 7, Handed(files=(file,)), NOW).files

    assert row.href == "/api/v1/m/default/jobs/7/artifacts/pte/a%20b%23c%3F.pte"
