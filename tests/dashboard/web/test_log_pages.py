from __future__ import annotations

from lively import LivelyServices, job
from starlette.testclient import TestClient
from visited import page


def test_a_log_has_line_anchors_colours_and_no_tricks(client: TestClient) -> None:
    text = client.get("/m/default/jobs/7/log").text
    assert 'id="L1"' in text
    assert '<span class="sgr-bold sgr-red">FAIL</span>' in text
    assert "javascript:" not in text
    assert "\u202e" not in text
    assert "\x1b" not in text


def test_a_log_search_links_to_its_lines(client: TestClient) -> None:
    shown = page(client, "/m/default/jobs/7/log?q=MATMUL")
    assert "1 found" in shown.text
    assert "/m/default/jobs/7/log?attempt=2&line=62#L62" in {
        one.get("href") for one in shown.all("a")
    }


def test_each_attempt_has_its_own_log(client: TestClient) -> None:
    assert "first try" in page(client, "/m/default/jobs/7/log?attempt=1").text
    assert client.get("/m/default/jobs/7/log?attempt=9").status_code == 404


def test_a_long_log_is_shown_by_pages(client: TestClient, services: LivelyServices) -> None:
    services.logs[102] = b"".join(b"line %d\n" % number for number in range(1, 50_001))
    first = client.get("/m/default/jobs/7/log").text
    assert "line 2000<" in first
    assert "line 2001<" not in first
    jumped = client.get("/m/default/jobs/7/log?line=45000").text
    assert 'id="L45000"' in jumped
    assert 'id="L1"' not in jumped


def test_what_was_appended_to_a_log_comes_as_a_fragment(
    client: TestClient, services: LivelyServices
) -> None:
    services.logs[102] = b"one\ntwo\nthree\n"
    fragment = client.get("/m/default/jobs/9/_log?attempt=2&after=4&line=2").text
    assert "one" not in fragment
    assert 'id="L2"' in fragment
    assert "after=14&amp;line=4" in fragment


def test_the_end_of_a_log_ends_the_following(client: TestClient, services: LivelyServices) -> None:
    services.all_jobs = (job(7),)
    assert 'data-next=""' in client.get("/m/default/jobs/7/_log?attempt=2&after=0&line=1").text
