"""What `/metrics` tells, read by Prometheus's own parser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lively import NOW, LivelyServices
from lively_health import HEALTH, STORE
from lively_matrices import MISTAKES, OTHERS
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from dashboard.web.exposition import Family, Series, exposition
from dashboard.web.metrics import families
from dashboard.web.services import Following
from matrix.status import Status
from orchestrator.server_views import Health
from orchestrator.views import ServerStatus

Sample = tuple[str, frozenset[tuple[str, str]]]
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
)


def read(text: str) -> dict[Sample, float]:
    """Every sample by its name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scraped(client: TestClient) -> dict[Sample, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return read(answer.text)


def sample(name: str, **labels: str) -> Sample:
    return f"coevo_{name}", frozenset(labels.items())


def told(health: Health = HEALTH, following: Following = Following(0, None)) -> list[Family]:  # noqa: B008 - frozen
    return list(families(health, (), following, ready=True, version="1", now=NOW))


def test_a_scrape_tells_what_the_server_knows(client: TestClient) -> None:
    found = scraped(client)
    expected: Mapping[Sample, float] = {
        sample("info", version=version("coevo")): 1,
        sample("ready"): 1,
        sample("start_time_seconds"): HEALTH.started_at.timestamp(),
        sample("matrices"): 1,
        sample("matrix_files_with_mistakes"): 0,
        sample("jobs", state="waiting"): 12,
        sample("jobs", state="unoffered"): 3,
        sample("jobs", state="leased"): 2,
        sample("jobs", state="submitted"): 1,
        sample("jobs", state="running"): 4,
        sample("queue_oldest_seconds"): 420,
        sample("runs_total"): 31,
        sample("jobs_total"): 1234,
        sample("attempts_total"): 1300,
        sample("reports_total"): 1250,
        sample("events_total"): 98_765,
        sample("cell_states", status="FAIL"): 2,
        sample("cell_states", status="none"): 4,
        sample("runners", state="ready"): 3,
        sample("runners", state="gone"): 1,
        sample("slots"): 9,
        sample("streams"): 0,
        sample("database_bytes"): 300 * 2**20,
        sample("disk_bytes"): 100 * 2**30,
        sample("disk_free_bytes"): 40 * 2**30,
        sample("database_growth_bytes_per_day"): 20 * 2**20,
    }
    assert expected.items() <= found.items()
    assert set(found) - set(expected) == {
        sample("cell_states", status="ERROR"),
        sample("cell_states", status="PASS"),
    }


def test_a_scrape_is_never_an_old_one(services: LivelyServices, client: TestClient) -> None:
    scraped(client)
    services.state = ServerStatus(ready=False)
    services.own_health = replace(HEALTH, free_bytes=5)
    found = scraped(client)
    assert found[sample("ready")] == 0
    assert found[sample("disk_free_bytes")] == 5


def test_files_with_mistakes_are_counted(services: LivelyServices, client: TestClient) -> None:
    services.others, services.mistakes = OTHERS, MISTAKES
    found = scraped(client)
    assert found[sample("matrices")] == 3
    assert found[sample("matrix_files_with_mistakes")] == 2


def test_what_is_not_known_yet_is_left_out() -> None:
    names = {name for name, _ in read(exposition(told(replace(HEALTH, growth=None))))}
    assert "coevo_event_lag_seconds" not in names
    assert "coevo_database_growth_bytes_per_day" not in names


def test_the_lag_of_events_is_told_once_it_is_known() -> None:
    found = read(exposition(told(following=Following(2, timedelta(milliseconds=250)))))
    assert found[sample("event_lag_seconds")] == 0.25
    assert found[sample("streams")] == 2


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(hours=1)])
def test_a_wait_is_never_negative(ahead: timedelta) -> None:
    queue = STORE.queue._replace(oldest_at=NOW + ahead)
    found = read(exposition(told(replace(HEALTH, store=replace(STORE, queue=queue)))))
    assert found[sample("queue_oldest_seconds")] == 0


def test_names_and_kinds_are_as_prometheus_wants_them() -> None:
    for family in told(following=Following(1, timedelta(1))):
        assert family.name.startswith("coevo_")
        assert family.name.endswith("_total") == (family.kind == "counter")
        assert family.help.endswith(".")
        assert family.series


def test_labels_come_from_our_own_fixed_sets() -> None:
    allowed = {
        "version": {"1"},
        "state": {"waiting", "unoffered", "leased", "submitted", "running", "ready", "gone"},
        "status": {*(status.value for status in Status), "none"},
    }
    for family in told():
        for series in family.series:
            assert all(value in allowed[name] for name, value in series.labels), family


@given(st.floats(allow_nan=False), TEXTS, TEXTS)
def test_every_value_text_and_label_is_read_as_it_was_told(
    value: float, words: str, label: str
) -> None:
    series = (Series(value, (("a", label), ("b", "plain"))),)
    (family,) = text_string_to_metric_families(exposition([Family("x", "gauge", words, series)]))
    (found,) = family.samples
    assert (found.value, found.labels) == (value, {"a": label, "b": "plain"})
    assert (family.name, family.type) == ("x", "gauge")
