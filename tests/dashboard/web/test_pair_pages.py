"""Pages of comparisons: the sentence, metrics, cases, and the pairs behind them."""

from __future__ import annotations

import pytest
from lively_commits import HEADS
from lively_pairs import comparison
from starlette.testclient import TestClient

from dashboard.web.pair_context import title_of

BEARER = {"authorization": "Bearer the-token"}


def test_the_page_says_first_what_it_came_to_and_who_is_asked(client: TestClient) -> None:
    page = client.get("/m/default/pairs/1").text
    sentence = (
        "Worse: 1 case passed at base and failed at head, throughput of batch=8 is 9.9% lower."
        " The code is asked."
    )
    assert sentence in page
    assert page.index(sentence) < page.index("<h2>Metrics</h2>")


def test_a_metric_is_shown_at_base_and_at_head_with_its_ratio(client: TestClient) -> None:
    page = client.get("/m/default/pairs/1").text
    assert "throughput of batch=8" in page
    assert "tokens/s, higher is better" in page
    for value in ("3,122", "2,812", "-9.9%", "-10.0% to -9.9%", "0.016"):
        assert f">{value}</td>" in page


def test_a_case_tells_how_often_it_failed_and_nothing_of_it_is_markup(client: TestClient) -> None:
    page = client.get("/m/default/pairs/1").text
    assert "test_prefix_cache[&lt;b&gt;long&lt;/b&gt;] (cuda:0, bfloat16)" in page
    assert ">8 passed</td>" in page
    assert ">8 failed</td>" in page
    assert ">6 passed, 2 failed</td>" in page


def test_what_is_worse_comes_before_what_flips(client: TestClient) -> None:
    page = client.get("/m/default/pairs/1").text
    assert page.index("test_prefix_cache") < page.index("test_streaming")


def test_a_pair_that_is_not_compared_says_why(client: TestClient) -> None:
    page = client.get("/m/default/pairs/1").text
    assert "7 of 8 pairs compared" in page
    assert "head: the runner was lost, 3 times" in page


def test_pairs_are_shown_in_the_order_of_their_jobs(client: TestClient) -> None:
    page = client.get("/m/default/pairs/1").text
    assert page.index("base, then head") < page.index("head, then base")


def test_an_open_comparison_is_live_and_says_how_far_it_is(client: TestClient) -> None:
    page = client.get("/m/default/pairs/2").text
    assert "Not decided yet: 1 of 2 pairs ended." in page
    assert "data-live-part" in page


def test_a_comparison_without_a_pair_asks_the_machines(client: TestClient) -> None:
    page = client.get("/m/default/pairs/3").text
    assert "Cannot tell: 1 job without a complete pair" in page
    assert "The machines are asked, not the code." in page


def test_both_commits_and_both_runs_are_linked(client: TestClient) -> None:
    page = client.get("/m/default/pairs/1").text
    for href in (f"at/vllm/{HEADS[1]}", f"at/vllm/{HEADS[2]}", "runs/11", "runs/12"):
        assert f'href="/m/default/{href}"' in page


def test_the_command_repeats_it(client: TestClient) -> None:
    words = f"--at vllm={HEADS[2]} --against {HEADS[1]} --repeat 8 --wait"
    assert f"coevo run {words}" in client.get("/m/default/pairs/1").text


def test_the_list_names_every_comparison_newest_first(client: TestClient) -> None:
    page = client.get("/m/default/pairs").text
    places = [page.index(f'href="/m/default/pairs/{number}"') for number in (3, 2, 1)]
    assert places == sorted(places)
    assert "runs, 2 pairs a job" in page
    assert "ended, 8 pairs a job" in page


def test_the_commits_lead_to_the_comparisons(client: TestClient) -> None:
    assert 'href="/m/default/pairs"' in client.get("/m/default/at").text


def test_a_run_leads_to_the_comparison_that_it_is_half_of(client: TestClient) -> None:
    assert 'href="/m/default/pairs/1">Compared in pairs' in client.get("/m/default/runs/3").text
    assert "Compared in pairs" not in client.get("/m/default/runs/12").text


def test_the_twin_tells_the_same(client: TestClient) -> None:
    told = client.get("/api/v1/m/default/pairs/1").json()["comparison"]
    found = comparison(1)
    assert found is not None
    assert told["found"] == {
        "change": "worse",
        "layer": "code",
        "sentence": found.found.sentence,
    }
    assert [len(one["pairs"]) for one in told["parts"]] == [8, 8]
    listed = client.get("/api/v1/m/default/pairs").json()["comparisons"]
    assert [one["id"] for one in listed] == [3, 2, 1]


@pytest.mark.parametrize(
    "path",
    ["/m/default/pairs/9", "/m/nosuch/pairs/1", "/m/nosuch/pairs", "/api/v1/m/default/pairs/9"],
)
def test_what_is_not_there_is_a_404(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.get("/api/v1/m/nosuch/pairs").status_code == 404


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"against": "v1", "repeat": 6}, "against v1 x6"),
        ({"against": "v1"}, "against v1 x1"),
        ({"repeat": 3}, "against  x3"),
    ],
)
def test_a_comparison_is_started_by_the_api(
    client: TestClient, more: dict[str, object], told: str
) -> None:
    body = {"at": {"vllm": "main"}, **more}
    answer = client.post("/api/v1/runs", headers=BEARER, json=body)
    assert answer.status_code == 201
    assert answer.json() == {
        "simulated": False,
        "id": 14,
        "href": "/m/default/pairs/7",
        "comparison": 7,
        "base": 13,
    }
    services = client.app.state.office.services  # type: ignore[attr-defined] # the application's
    assert services.changed[-1].endswith(told)


def test_a_title_shortens_commits_and_keeps_versions() -> None:
    assert title_of("vllm", "c" * 40, "2.12.0") == "vllm: cccccccccc against 2.12.0"
