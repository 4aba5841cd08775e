"""Triggers as pages and the API tell of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lively import NOW, LivelyServices
from starlette.testclient import TestClient
from visited import page

from dashboard.web import words


def test_the_runs_page_tells_what_starts_runs_by_itself(client: TestClient) -> None:
    found = page(client, "/m/default/runs")
    assert "Triggers" in found.text
    assert "0 3 * * * (Europe/Berlin)" in found.text
    assert "in 14 h" in found.text
    assert "suite=in(vllm-models,vllm-accuracy),accelerator!=tpu" in found.text
    assert "everything" in found.text
    assert "none yet" in found.text
    assert {"/m/default/runs/11", "/m/default/runs/12"} <= {
        str(one.get("href")) for one in found.all("a")
    }


def test_what_a_trigger_saw_last_and_led_to_nothing_says_why(client: TestClient) -> None:
    assert (
        "7 min ago: no run, it touches no path of vllm-main" in page(client, "/m/default/runs").text
    )
    _, commits, _ = client.get("/api/v1/m/default/triggers").json()["triggers"]
    assert commits["why"] == "it touches no path of vllm-main <b>"


def test_what_a_file_says_is_no_markup(client: TestClient) -> None:
    assert "!**/*.md &lt;b&gt;" in client.get("/m/default/runs").text


def test_a_matrix_without_triggers_has_no_such_section(
    client: TestClient, services: LivelyServices
) -> None:
    services.all_triggers = ()
    assert "Triggers" not in page(client, "/m/default/runs").text


def test_the_twin_tells_the_same(client: TestClient) -> None:
    nightly, commits, requests = client.get("/api/v1/m/default/triggers").json()["triggers"]
    assert nightly["next_at"] == (NOW + timedelta(hours=14, minutes=2)).isoformat().replace(
        "+00:00", "Z"
    )
    assert (commits["kind"], commits["next_at"], commits["run"]) == ("commits", None, 12)
    assert (requests["seen_at"], requests["run"]) == (None, None)


def test_a_matrix_that_is_not_there_has_none(client: TestClient) -> None:
    assert client.get("/api/v1/m/other/triggers").status_code == 404


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-5, "now"),
        (0, "now"),
        (1, "in 1 min"),
        (60, "in 1 min"),
        (61, "in 2 min"),
        (3600, "in 1 h"),
        (90_000, "in 1 d"),
    ],
)
def test_how_long_until_then(seconds: int, expected: str) -> None:
    assert words.ahead(NOW + timedelta(seconds=seconds), NOW) == expected
