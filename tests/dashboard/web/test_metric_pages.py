from __future__ import annotations

import csv
import io
import json

import pytest
from lively_metrics import NIGHTLY, REPORTS
from starlette.testclient import TestClient
from visited import page

from dashboard.web import metric_csv
from dashboard.web.spans import MetricQuery, Span

CELL = "/m/default/cells/cloud-a/gpu/metrics"
PATH = f"{CELL}/pytorch-ops/stable/matmul"


def test_a_metric_says_its_unit_and_which_way_is_better(client: TestClient) -> None:
    text = page(client, PATH).text
    assert "in GFLOP/s" in text
    assert "higher is better" in text


def test_its_chart_leads_to_the_jobs(client: TestClient) -> None:
    points = [one for one in page(client, PATH).all("a") if "data-point" in one]
    assert len(points) == REPORTS - 1
    assert {one["href"] for one in points} == {"/m/default/jobs/7"}


def test_the_same_stands_in_a_table_by_pages(client: TestClient) -> None:
    first = page(client, PATH)
    assert f"{REPORTS - 1} measurements" in first.text
    assert len([one for one in first.all("tr") if "data-item" in one]) == 50
    second = page(client, f"{PATH}?page=2")
    assert len([one for one in second.all("tr") if "data-item" in one]) == REPORTS - 1 - 50


def test_a_shorter_stretch_shows_less(client: TestClient) -> None:
    assert "7 measurements" in page(client, f"{PATH}?range=7d").text
    assert "Nothing was measured then." in page(client, f"{PATH}?to=2020-01-01").text


def test_the_day_of_an_end_belongs_to_it(client: TestClient) -> None:
    twin = client.get(f"/api/v1{PATH}").json()["series"][0]["points"]
    day = twin[10]["at"][:10]
    found = client.get(f"/api/v1{PATH}?from={day}&to={day}").json()["series"][0]["points"]
    assert [point["at"][:10] for point in found] == [day]


def test_another_stack_lies_over_it_until_it_is_taken_away(client: TestClient) -> None:
    plain = page(client, PATH)
    choice = next(one for one in plain.all("a") if "with=" in str(one["href"]))
    both = client.get(str(choice["href"])).text
    assert "take away" in both
    assert "chart__line series-1" in both
    assert NIGHTLY.name in json.dumps(client.get(f"/api/v1{choice['href']}").json()["series"][1])


def test_what_is_chosen_stays_in_the_address(client: TestClient) -> None:
    links = [str(one["href"]) for one in page(client, f"{PATH}?range=7d&x=run").all("a")]
    assert f"{PATH}?range=30d&x=run" in links
    assert f"{PATH}?range=7d" in links


def test_the_twin_has_replicates_and_what_they_were_held_against(client: TestClient) -> None:
    answer = client.get(f"/api/v1{PATH}").json()
    point = answer["series"][0]["points"][30]
    assert len(point["values"]) == 3
    assert point["baseline"] == pytest.approx(61.0, abs=2)
    assert point["margin"] >= 6
    assert point["stack"] == {"torch": "2.14.0"}
    assert [one["component"] for one in answer["series"][0]["changes"]] == ["torch"]
    assert [one["job"] for one in answer["series"][0]["gaps"]] == [6]


def test_the_rows_come_as_csv(client: TestClient) -> None:
    answer = client.get(f"/api/v1{PATH}?format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"].startswith("text/csv")
    assert len(rows) == REPORTS - 1
    assert tuple(rows[0]) == metric_csv.COLUMNS
    assert (rows[40]["unit"], rows[40]["stack"]) == ("GFLOP/s", "torch=2.14.0")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\tx"])
def test_no_spreadsheet_takes_a_name_for_a_formula(text: str) -> None:
    assert metric_csv._text(text) == f"'{text}"
    assert metric_csv._text("plain") == "plain"


def test_the_metrics_of_a_cell_lead_to_each(client: TestClient) -> None:
    shown = page(client, CELL)
    assert "2 metrics" in shown.text
    links = [str(one["href"]) for one in shown.all("a")]
    assert PATH in links
    assert f"{CELL}/pytorch-ops/stable/start" in links


def test_a_cell_without_metrics_says_so(client: TestClient) -> None:
    text = page(client, "/m/default/cells/lab/gpu/metrics").text
    assert "Nothing was measured here" in text


def test_cell_and_job_lead_to_the_history(client: TestClient) -> None:
    cell = [str(one["href"]) for one in page(client, "/m/default/cells/cloud-a/gpu").all("a")]
    job = [str(one["href"]) for one in page(client, "/m/default/jobs/7").all("a")]
    assert CELL in cell
    assert PATH in job


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (MetricQuery(), ""),
        (MetricQuery(Span("7d")), "?range=7d"),
        (MetricQuery(case="a b"), "?case=a+b"),
        (MetricQuery(by="run", beside=("x", "y")), "?x=run&with=x&with=y"),
        (MetricQuery(beside=("x", "y")).with_or_without("x"), "?with=y"),
        (MetricQuery(beside=("x",)).with_or_without("y"), "?with=x&with=y"),
        (MetricQuery(page=3).spanned("all"), "?range=all"),
    ],
)
def test_a_query_stands_in_an_address(query: MetricQuery, expected: str) -> None:
    assert query.href("/x") == f"/x{expected}"
