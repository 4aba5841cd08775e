"""A job's results as files for other tools, over the API and from its page."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from lively import LivelyServices
from starlette.testclient import TestClient
from visited import page

from matrix.status import Status
from runners.suites.results.boundary import read
from runners.suites.results.said import Case, Metric

PATH = "/api/v1/m/default/jobs/7/report"


def told(client: TestClient, kind: str) -> str:
    answer = client.get(PATH, params={"format": kind})
    assert answer.status_code == 200, answer.text
    return answer.text


def cases(text: str, kind: str) -> list[Case]:
    return [one for one in read(kind, text.encode()) if isinstance(one, Case) and not one.again]


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("junit", "application/xml"),
        ("ctrf", "application/json"),
        ("pytorch-benchmark-v3", "application/json"),
    ],
)
def test_it_says_what_it_is(client: TestClient, kind: str, media_type: str) -> None:
    answer = client.get(PATH, params={"format": kind})

    assert answer.headers["content-type"].partition(";")[0] == media_type


@pytest.mark.parametrize("kind", ["junit", "ctrf"])
def test_it_holds_every_case_of_the_job(client: TestClient, kind: str) -> None:
    wanted = client.get("/api/v1/m/default/jobs/7/cases").json()
    found = {(one.id, one.dtype): one.status for one in cases(told(client, kind), kind)}

    assert wanted["total"] > 0
    assert len(found) >= wanted["total"]
    for case in wanted["cases"]:
        assert found[case["id"], case["dtype"]] == case["status"]


def test_it_asks_for_cases_until_it_has_all(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = told(client, "ctrf")
    monkeypatch.setattr("dashboard.web.api_report._AT_ONCE", 1)

    assert cases(told(client, "ctrf"), "ctrf") == cases(whole, "ctrf")


def test_metrics_are_benchmark_records(client: TestClient) -> None:
    report = client.get("/api/v1/m/default/jobs/7").json()["report"]
    text = told(client, "pytorch-benchmark-v3")
    found = [one for one in read("pytorch-benchmark-v3", text.encode()) if isinstance(one, Metric)]

    assert [one.name for one in found] == [one["name"] for one in report["metrics"]]
    assert [one.unit for one in found] == [one["unit"] for one in report["metrics"]]


def test_junit_names_the_job_and_its_stack(client: TestClient) -> None:
    job = client.get("/api/v1/m/default/jobs/7").json()
    (suite,) = ET.fromstring(told(client, "junit"))
    properties = {one.attrib["name"]: one.attrib["value"] for one in suite[0]}

    assert properties["coevo.job"] == job["job"]["name"]
    for component in job["report"]["observed"]:
        assert properties[f"coevo.component.{component['name']}"] == component["version"]


def test_ctrf_carries_the_jobs_status(client: TestClient) -> None:
    job = client.get("/api/v1/m/default/jobs/7").json()["job"]
    summary = json.loads(told(client, "ctrf"))["results"]["summary"]

    assert summary["extra"]["status"] == job["status"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{PATH}?format=tap", 422),
        (PATH, 422),
        ("/api/v1/m/default/jobs/999999/report?format=junit", 404),
        ("/api/v1/m/default/jobs/x/report?format=junit", 404),
    ],
)
def test_what_cannot_be_told_is_refused(client: TestClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_a_job_without_a_report_says_when_there_will_be_one(
    client: TestClient, services: LivelyServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(services), "report", lambda _self, _job: None)
    answer = client.get(PATH, params={"format": "junit"})

    assert answer.status_code == 404
    assert "once an attempt has ended" in answer.text


def test_the_jobs_page_links_them(client: TestClient) -> None:
    links = {one.get("href") for one in page(client, "/m/default/jobs/7").all("a")}

    assert {f"{PATH}?format=junit", f"{PATH}?format=ctrf"} <= links


def test_a_flaky_case_has_its_own_look(
    client: TestClient, services: LivelyServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = type(services).cases

    def flaky(self: LivelyServices, *asked: object) -> object:
        found = of(self, *asked)  # type: ignore[arg-type] # reason: handed on as it came
        detail = json.dumps({"attempts": [{"status": "FAIL", "seconds": 1, "message": "once"}]})
        changed = [
            case._replace(status=Status.PASS, expected=False, flaky=True, detail=detail)
            for case in found.cases
        ]
        return type(found)(found.total, tuple(changed))

    monkeypatch.setattr(type(services), "cases", flaky)
    shown = page(client, "/m/default/jobs/7")

    assert "flaky" in shown.text
    assert "once" in shown.text
    (first, *_) = client.get("/api/v1/m/default/jobs/7/cases").json()["cases"]
    assert (first["status"], first["flaky"]) == ("PASS", True)
