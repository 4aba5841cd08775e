from __future__ import annotations

from starlette.testclient import TestClient
from visited import page


def test_failing_cases_come_first_with_what_repeats_them(client: TestClient) -> None:
    text = page(client, "/m/default/jobs/7").text
    assert text.index("torch.matmul") < text.index("torch.add.0")
    assert "tolerance" in text
    assert (
        "python -m runners.suites.pytorch_ops --device cuda --only torch.matmul --sample 2" in text
    )


def test_cases_are_searched_filtered_and_paged_by_the_url(client: TestClient) -> None:
    found = page(client, "/m/default/jobs/7?q=attention").text
    assert "1 case" in found
    assert "torch.add.0" not in found
    second = page(client, "/m/default/jobs/7?status=PASS&page=2").text
    assert "page 2 of 4" in second
    assert "No case matches." in page(client, "/m/default/jobs/7?q=nothing-like-it").text


def test_a_stack_that_differs_from_its_lock_shows(client: TestClient) -> None:
    text = page(client, "/m/default/jobs/7").text
    assert "3.6.0" in text
    assert "3.5.0 differs" in text
    assert "2.13.0 agrees" in text


def test_filters_in_the_url_can_be_dropped_one_by_one(client: TestClient) -> None:
    shown = page(client, "/m/default/jobs?status=FAIL&site=cloud-a&site=lab")
    hrefs = {str(link["href"]) for link in shown.all("a")}
    assert "/m/default/jobs?site=cloud-a&site=lab" in hrefs
    assert "/m/default/jobs?site=lab&status=FAIL" in hrefs


def test_a_queued_job_says_what_it_waits_for(client: TestClient) -> None:
    assert "needs a gpu; no runner has one" in page(client, "/m/default/jobs/8").text
