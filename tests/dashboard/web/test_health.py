"""The server's own health: its page, its twin, and what of it is worrying."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lively import NOW, LivelyServices
from lively_health import GIB, HEALTH, STORE
from lively_matrices import OTHERS
from starlette.testclient import TestClient
from visited import page

from dashboard.web.health_context import worries
from orchestrator.server_views import Growth, Health, Queue, Runners, StoreHealth


def of(store: StoreHealth, **changes: object) -> Health:
    return replace(HEALTH, store=store, **changes)  # type: ignore[arg-type] # fields by name


def waiting(since: timedelta, unoffered: int = 0) -> StoreHealth:
    return replace(STORE, queue=Queue(1, unoffered, 0, 0, 0, NOW - since))


def test_the_page_tells_every_part_of_the_server(client: TestClient) -> None:
    text = " ".join(page(client, "/health").text.split())
    for told in (
        "Health of the server fine",
        "up for 5 h 0 min",
        "Waiting12 jobs",
        "Longest wait7 min 0 s",
        "No runner offers3 jobs",
        "Claimed8.0 a minute over the last 5 min",
        "Ready3 runners",
        "Not heard of1 runner",
        "Slots9",
        "Newest event1 min ago",
        "Database300 MiB SQLite",
        "Growth20 MiB a day from the last 12 days",
        "Disk full in2,048 days",
        "Disk free40 GiB 40% of 100 GiB",
        "Jobs1,234",
        "failed2",
        "not run4",
    ):
        assert told in text, told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (120, "20.0 a minute over the last 2 min"),
        (8, "300.0 a minute over 8.0 s"),
        (0, "0.0 a minute"),
    ],
)
def test_the_rate_of_claims_is_told_with_its_time(
    services: LivelyServices, client: TestClient, seconds: int, told: str
) -> None:
    services.own_health = of(replace(STORE, window=timedelta(seconds=seconds)))
    assert told in " ".join(page(client, "/health").text.split())


def test_the_navigation_leads_to_it_from_everywhere(client: TestClient) -> None:
    for path in ("/", "/m/default/jobs/7", "/runners"):
        (link,) = page(client, path).all("a", href="/health")
        assert "aria-current" not in link
    marked = list(page(client, "/health").all("a", href="/health", aria_current="page"))
    assert len(marked) == 1


def test_the_twin_says_the_same(client: TestClient) -> None:
    answer = client.get("/api/v1/health").json()
    assert answer["health"]["store"]["queue"] == {
        "waiting": 12,
        "unoffered": 3,
        "leased": 2,
        "submitted": 1,
        "running": 4,
        "oldest_at": "2026-11-23T11:53:00Z",
    }
    assert answer["health"]["store"]["states"] == {"FAIL": 2, "ERROR": 0, "PASS": 17, "none": 4}
    assert answer["health"]["growth"]["full_in_days"] == 2048.0
    assert answer["following"] == {"streams": 0, "lag_seconds": None}
    assert answer["worries"] == []


def test_what_is_not_known_yet_is_said_so(services: LivelyServices, client: TestClient) -> None:
    quiet = replace(STORE, queue=Queue(0, 0, 0, 0, 0, None), last_event_at=None, states=())
    services.own_health = of(quiet, growth=None)
    text = " ".join(page(client, "/health").text.split())
    for told in (
        "Longest waitnone",
        "Newest eventnone yet",
        "Event lagnot known yet",
        "Growthknown after a day",
        "Disk full inknown after a day",
        "No suite is planned yet.",
    ):
        assert told in text, told
    assert client.get("/api/v1/health").json()["health"]["growth"] is None


def test_a_database_that_shrinks_never_fills_the_disk(
    services: LivelyServices, client: TestClient
) -> None:
    services.own_health = replace(HEALTH, growth=Growth(-2048.0, 0.5, None))
    text = " ".join(page(client, "/health").text.split())
    assert "Growth-2 KiB a day from the last less than a day" in text
    assert "Disk full innever, as it is now" in text


def test_of_a_database_elsewhere_no_disk_is_foretold(
    services: LivelyServices, client: TestClient
) -> None:
    services.own_health = of(replace(STORE, database="postgresql"))
    text = page(client, "/health").text
    assert "PostgreSQL" in text
    assert "Disk full in" not in text


def test_a_server_that_is_well_has_no_worries() -> None:
    assert worries(HEALTH, (), NOW) == ()


@pytest.mark.parametrize(("minutes", "worrying"), [(0, False), (60, False), (61, True)])
def test_a_job_that_waits_long_for_a_free_slot_is_worrying(minutes: int, worrying: bool) -> None:
    found = worries(of(waiting(timedelta(minutes=minutes))), (), NOW)
    assert [line.startswith("A job has waited for") for line in found] == [True] * worrying


@pytest.mark.parametrize(
    ("unoffered", "ready", "worrying"), [(0, 0, False), (1, 1, False), (1, 0, True)]
)
def test_jobs_without_any_runner_are_worrying(unoffered: int, ready: int, worrying: bool) -> None:
    store = replace(waiting(timedelta(), unoffered), runners=Runners(ready, 2, ready))
    assert bool(worries(of(store), (), NOW)) is worrying


@pytest.mark.parametrize(("free", "worrying"), [(11, False), (10, False), (9, True), (0, True)])
def test_a_disk_that_is_nearly_full_is_worrying(free: int, worrying: bool) -> None:
    found = worries(replace(HEALTH, free_bytes=free * GIB), (), NOW)
    assert ["coevo prune" in line for line in found] == [True] * worrying


@pytest.mark.parametrize(
    ("days", "told"),
    [(None, ""), (30.0, ""), (29.4, "full in 29 days"), (0.4, "full in less than a day")],
)
def test_a_disk_that_is_full_within_a_month_is_worrying(days: float | None, told: str) -> None:
    found = worries(replace(HEALTH, growth=Growth(1e9, 3.0, days)), (), NOW)
    assert len(found) == bool(told)
    assert told in "".join(found)


def test_what_is_worrying_is_on_the_page_and_in_the_twin(
    services: LivelyServices, client: TestClient
) -> None:
    services.own_health = replace(HEALTH, free_bytes=GIB)
    services.others = OTHERS
    shown = page(client, "/health")
    told = client.get("/api/v1/health").json()["worries"]
    assert "Health of the server wants a look" in " ".join(shown.text.split())
    assert len(told) == 2
    assert all(line in shown.text for line in told)
    assert "1 mistake; what held before is in force" in told[1]


@given(st.builds(Queue, *[st.integers(0, 10**6)] * 5, st.none() | st.just(NOW)))
def test_worries_are_sentences_whatever_the_queue_is(queue: Queue) -> None:
    for line in worries(of(replace(STORE, queue=queue)), (), NOW):
        assert line.endswith(".")
        assert line[0].isupper()
