"""Pages of commits: the trunk, each commit, and what it is compared with."""

from __future__ import annotations

import re

import pytest
from lively_commits import COMMITS, HEADS, TITLES
from starlette.testclient import TestClient

from dashboard.web import marks


def options(page: str) -> list[tuple[str, bool]]:
    """What a commit can be compared with, and which of them is chosen."""
    found = re.findall(r'<option value="(\w+)"( selected)?>', page)
    return [(value, bool(chosen)) for value, chosen in found]


def test_a_commit_is_compared_with_any_other_one(client: TestClient) -> None:
    page = client.get(f"/m/default/at/vllm/{HEADS[3]}").text
    others = [HEADS[number] for number in (5, 4, 2, 1, 0)]
    assert options(page) == [(head, head == HEADS[2]) for head in others]

    chosen = client.get(f"/m/default/at/vllm/{HEADS[3]}", params={"against": HEADS[0]}).text
    assert [head for head, is_chosen in options(chosen) if is_chosen] == [HEADS[0]]
    assert "Against <a" in chosen
    assert f'/m/default/at/vllm/{HEADS[0]}">aaaaaaaaaa</a>' in chosen


def test_a_commit_tells_what_it_does_and_nothing_of_it_is_markup(client: TestClient) -> None:
    for path in ("/m/default/at", f"/m/default/at/vllm/{HEADS[2]}"):
        page = client.get(path).text
        assert "Fuse the last two kernels &lt;b&gt;on every device&lt;/b&gt;" in page
        assert "<b>on every device" not in page


def test_what_is_no_commit_of_the_branch_is_marked(client: TestClient) -> None:
    for path in ("/m/default/at", f"/m/default/at/vllm/{HEADS[3]}"):
        page = client.get(path).text
        assert page.count(">request #12<") + page.count("(request #12)") == 2
        assert ", request #12, Read weights in parallel" in page


def test_only_a_trunk_whose_commits_say_something_has_a_column_for_it(client: TestClient) -> None:
    assert ">Committed</th>" in client.get("/m/default/at/vllm").text
    assert ">Committed</th>" not in client.get("/m/default/at/torch").text


def test_the_twin_tells_the_same(client: TestClient) -> None:
    trunk = client.get("/api/v1/m/default/at/vllm").json()["commits"]
    assert [one["title"] for one in trunk] == list(TITLES[::-1])
    assert trunk[0]["unoffered"] == 2
    assert all(one["committed_at"] for one in trunk)
    assert len(client.get("/api/v1/m/default/at").json()["commits"]) == len(COMMITS)


def test_what_nobody_offers_is_no_verdict_to_wait_for(client: TestClient) -> None:
    page = client.get("/m/default/at/vllm").text
    assert "4 of 18 verdicts, 2 not offered" in page


@pytest.mark.parametrize(
    ("unmet", "is_running", "word"),
    [
        ("no runner offers site=edge", False, "not offered"),
        ("", True, "running"),
        ("", False, "queued"),
    ],
)
def test_a_verdict_that_is_not_known_says_where_it_stands(
    unmet: str, word: str, *, is_running: bool
) -> None:
    assert marks.of_waiting(unmet, is_running=is_running).word == word


def test_a_run_leads_to_the_commits_that_it_is_about(client: TestClient) -> None:
    run = next(one.run for one in COMMITS if one.head == HEADS[2])
    page = client.get(f"/m/default/runs/{run}").text
    assert f'<a href="/m/default/at/vllm/{HEADS[2]}"><code>cccccccccc</code></a>' in page
    about = client.get(f"/api/v1/m/default/runs/{run}").json()["about"]
    assert ("vllm", HEADS[2]) in [(one["component"], one["head"]) for one in about]
