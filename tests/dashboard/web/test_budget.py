"""Accounts of device-hours as pages and the API tell of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lively import LivelyServices, job
from starlette.testclient import TestClient
from visited import page

WHY = "waits for the budget of local: 40 of 40 device-hours a day used, renews 2026-12-01 00:00 UTC"


def test_the_page_tells_what_each_owner_used_and_has_left(client: TestClient) -> None:
    found = page(client, "/m/default/budget")
    assert "1.5 reserved by running jobs" in found.text
    assert "1,250 jobs waiting for this budget" in found.text
    assert "no cap" in found.text
    bars = [one["aria-label"] for one in found.all("progress")]
    assert "40 of 40 used today" in bars
    assert "3 of 100 used this month" in bars
    assert "<b>release" in found.text  # a name, no markup


def test_who_has_nothing_left_is_marked(client: TestClient) -> None:
    rows = list(page(client, "/m/default/budget").all("tr"))
    assert [row.get("class") for row in rows].count("list__row--bad") == 1


def test_the_runs_page_leads_there(client: TestClient) -> None:
    assert list(page(client, "/m/default/runs").all("a", href="/m/default/budget"))


def test_before_anything_ran_the_page_says_so(client: TestClient, services: LivelyServices) -> None:
    services.all_accounts = ()
    assert "Nothing has run this month" in page(client, "/m/default/budget").text


def test_the_twin_tells_hours(client: TestClient) -> None:
    vendor, local, _ = client.get("/api/v1/m/default/budget").json()["accounts"]
    assert (vendor["waiting"], vendor["held_hours"]) == (1250, 0)
    assert vendor["spent"][0] == {
        "period": "day",
        "used_hours": 40,
        "cap_hours": 40,
        "left_hours": 0,
        "renews_at": "2026-11-24T00:00:00Z",
    }
    week = vendor["spent"][1]
    assert (week["used_hours"], week["cap_hours"], week["left_hours"]) == (41.25, None, None)
    assert local["spent"][0]["left_hours"] == 10 - 2.75 - 1.5


def test_a_matrix_that_is_not_there_has_none(client: TestClient) -> None:
    assert client.get("/api/v1/m/other/budget").status_code == 404


@pytest.mark.parametrize("before", ["", "the runner was lost"])
def test_a_job_that_waits_for_it_says_so_on_its_page_in_lists_and_in_its_twin(
    client: TestClient, services: LivelyServices, before: str
) -> None:
    services.all_jobs = (replace(job(8, state="queued"), waiting_for=WHY, reason=before),)
    assert WHY in page(client, "/m/default/jobs/8").text
    assert WHY in page(client, "/m/default/jobs").text
    assert client.get("/api/v1/m/default/jobs/8").json()["job"]["waiting_for"] == WHY
