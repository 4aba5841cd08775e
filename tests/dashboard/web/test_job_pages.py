from __future__ import annotations

from dataclasses import replace

import pytest
from lively import REPORT, LivelyServices, attempt, job
from starlette.testclient import TestClient
from visited import page

from matrix.status import Evidence, Layer, Status
from runners.work import Component, RankReport


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


def test_what_was_measured_along_the_attempt_is_drawn(client: TestClient) -> None:
    text = page(client, "/m/default/jobs/7").text
    assert "over 1 min 0 s, 60 moments" in text or "over 1 min, 60 moments" in text
    assert text.index("gpu0 temperature") < text.index("108 °C")
    assert "as good as constant" in text
    told = client.get("/api/v1/m/default/jobs/7").json()["report"]["course"]
    assert len(told["seconds"]) == 60
    assert told["gauges"][2]["values"][:2] == [None, 50.0]


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


def test_the_last_lines_are_coloured_and_hold_no_escape(
    client: TestClient, services: LivelyServices
) -> None:
    lines = ("\x1b[32mPASS\x1b[0m one", "\x1b[31mFAIL <b>", "still red")
    services.all_jobs = (replace(job(7), attempts=(replace(attempt(), last_lines=lines),)),)
    text = client.get("/m/default/jobs/7").text
    assert '<span class="sgr-green">PASS</span> one' in text
    assert '<span class="sgr-red">FAIL &lt;b&gt;</span>' in text
    assert '<span class="sgr-red">still red</span>' in text
    assert "\x1b" not in text


def test_packages_that_no_lock_names_are_folded(client: TestClient) -> None:
    shown = page(client, "/m/default/jobs/7")
    assert "1 more that no lock names" in shown.text
    assert [one for one in shown.all("details") if "open" in one] == []


def test_a_stack_without_a_lock_is_shown_at_once(
    client: TestClient, services: LivelyServices
) -> None:
    services.report_view = replace(REPORT, locked=())
    shown = page(client, "/m/default/jobs/7")
    assert "3 observed that no lock names" in shown.text
    assert len([one for one in shown.all("details") if "open" in one]) == 1


def test_a_locked_component_that_was_not_seen_is_told(
    client: TestClient, services: LivelyServices
) -> None:
    services.report_view = replace(REPORT, locked=(("vllm", "0.33.0"),))
    assert "not seen" in page(client, "/m/default/jobs/7").text


def test_a_job_queued_just_now_is_not_queued_now_ago(
    client: TestClient, services: LivelyServices
) -> None:
    services.all_jobs = (replace(job(8, state="queued"), queued_at=services.now()),)
    text = page(client, "/m/default/jobs/8").text
    assert "(now)" in text
    assert "now ago" not in text


def test_a_failing_case_shows_first_what_a_reader_asks_first(client: TestClient) -> None:
    text = page(client, "/m/default/jobs/7").text
    assert text.index("sample") < text.index("wanted") < text.index("got") < text.index("rtol")


@pytest.mark.parametrize("repeat", ["", "x" * 4000, "echo 'a b' && rm -rf \"$HOME\""])
def test_the_command_that_repeats_is_whole_in_text_and_in_its_button(
    client: TestClient, services: LivelyServices, repeat: str
) -> None:
    services.all_jobs = (replace(job(7), repeat=repeat),)
    shown = page(client, "/m/default/jobs/7")
    buttons = [one["data-copy"] for one in shown.all("button") if "data-copy" in one]
    assert (repeat in buttons) == bool(repeat)
    assert repeat in shown.text


@pytest.mark.parametrize(
    ("signal", "code", "told"), [(11, None, "signal 11"), (None, 3, "exit 3"), (None, None, "took")]
)
def test_how_an_attempt_ended_is_on_its_page(
    client: TestClient, services: LivelyServices, signal: int | None, code: int | None, told: str
) -> None:
    tried = replace(attempt(), signal=signal, exit_code=code)
    services.all_jobs = (replace(job(7), attempts=(tried,)),)
    assert told in page(client, "/m/default/jobs/7").text


def test_a_job_nobody_tried_says_so(client: TestClient) -> None:
    assert "Nobody has tried it yet." in page(client, "/m/default/jobs/8").text


def test_a_job_that_repeats_another_leads_to_it(
    client: TestClient, services: LivelyServices
) -> None:
    services.all_jobs = (replace(job(7), parent=6), *services.all_jobs[3:])
    hrefs = [one["href"] for one in page(client, "/m/default/jobs/7").all("a")]
    assert "/m/default/jobs/6" in hrefs


def test_the_ranks_of_a_job_on_several_nodes_are_told(
    client: TestClient, services: LivelyServices
) -> None:
    torch = (Component("torch", "2.12.0"),)
    ranks = (
        RankReport(0, "host-a (12)", Status.PASS, Layer.NONE, "", observed=torch),
        RankReport(1, "host-b (34)", Status.MISS, Layer.INFRA, "it died", lost=True),
    )
    services.report_view = replace(REPORT, ranks=ranks)
    text = page(client, "/m/default/jobs/7").text
    assert all(
        words in text for words in ("host-a (12)", "host-b (34)", "it died", "lost", "Ranks")
    )
    assert "Observed stack of rank 0" in text
    assert "2.12.0" in text
    said = client.get("/api/v1/m/default/jobs/7").json()["report"]["ranks"]
    assert [(one["rank"], one["node"], one["lost"]) for one in said] == [
        (0, "host-a (12)", False),
        (1, "host-b (34)", True),
    ]


def test_a_job_on_one_node_has_no_ranks(client: TestClient) -> None:
    assert "Ranks" not in page(client, "/m/default/jobs/7").text


def test_a_job_on_a_simulated_device_says_so_in_its_head(
    client: TestClient, services: LivelyServices
) -> None:
    told = replace(attempt(), evidence=Evidence.SIMULATED)
    services.all_jobs = (replace(job(7), attempts=(told,)),)
    assert "SIMULATED" in client.get("/m/default/jobs/7").text
