from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import httpx2
import pytest
from lively import LivelyServices
from serving import served

from dashboard.web.app import create_app
from dashboard.web.live import Tail
from orchestrator.views import Event

pytestmark = pytest.mark.slow


Sent = dict[str, str]


@pytest.fixture
def services() -> LivelyServices:
    return LivelyServices()


@pytest.fixture
def url(services: LivelyServices) -> Iterator[str]:
    with served(create_app(services)) as url:
        yield url


@contextmanager
def stream(address: str, **headers: str) -> Iterator[Iterator[Sent]]:
    """The events of a stream, as a browser would read them."""
    with (
        httpx2.Client(timeout=10) as client,
        client.stream("GET", address, headers=headers) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield sent(answer.iter_lines())


def sent(lines: Iterator[str]) -> Iterator[Sent]:
    fields: Sent = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line and not line.startswith(":"):
            fields[name] = value
        elif not line and "data" in fields:
            yield fields
            fields = {}


def test_what_happened_since_a_reader_stopped_is_sent_in_order(
    url: str, services: LivelyServices
) -> None:
    for number in range(5):
        services.happen("cell", json.dumps({"number": number}))
    with stream(f"{url}/api/v1/events", **{"Last-Event-ID": "2"}) as events:
        got = [next(events) for _ in range(3)]
    assert [event["id"] for event in got] == ["3", "4", "5"]
    assert [event["event"] for event in got] == ["cell"] * 3
    assert json.loads(got[0]["data"]) == {"number": 2}


def test_the_header_of_a_reconnection_beats_the_address(url: str, services: LivelyServices) -> None:
    for _ in range(3):
        services.happen()
    with stream(f"{url}/api/v1/events?after=0", **{"Last-Event-ID": "2"}) as events:
        assert next(events)["id"] == "3"


def test_what_happens_later_comes_by_itself(url: str, services: LivelyServices) -> None:
    with stream(f"{url}/api/v1/events?after=0") as events:
        threading.Timer(0.1, services.happen, ["job"]).start()
        assert next(events)["event"] == "job"
        threading.Timer(0.1, services.happen, ["run"]).start()
        assert next(events)["event"] == "run"


def test_a_stream_of_one_matrix_hears_nothing_of_another(
    url: str, services: LivelyServices
) -> None:
    services.happen("cell", '{"of": "other"}', "other")
    services.happen("cell", '{"of": "default"}', "default")
    with stream(f"{url}/api/v1/events?after=0&matrix=default") as events:
        assert json.loads(next(events)["data"]) == {"of": "default"}


def test_without_a_place_to_resume_only_news_are_sent(url: str, services: LivelyServices) -> None:
    services.happen("cell", '{"old": true}')
    with stream(f"{url}/api/v1/events") as events:
        threading.Timer(0.3, services.happen, ["cell", '{"old": false}']).start()
        assert json.loads(next(events)["data"]) == {"old": False}


@pytest.mark.parametrize("header", ["-1", "x", "1e9", "", "9" * 400])
def test_an_id_that_is_none_resumes_somewhere_harmless(
    url: str, services: LivelyServices, header: str
) -> None:
    services.happen()
    with httpx2.Client() as client:
        request = client.build_request(
            "GET", f"{url}/api/v1/events", headers={"Last-Event-ID": header}
        )
        answer = client.send(request, stream=True)
        assert answer.status_code == 200
        answer.close()


@pytest.mark.parametrize("query", ["after=-1", "after=x", "matrix=NOT A NAME", "after=" + "9" * 30])
def test_a_place_that_is_none_is_a_422(url: str, query: str) -> None:
    answer = httpx2.get(f"{url}/api/v1/events?{query}")
    assert answer.status_code == 422


def test_one_stream_too_many_is_told_so(services: LivelyServices) -> None:
    app = create_app(services)
    with served(app) as url:
        app.state.tail._streams = 200
        answer = httpx2.get(f"{url}/api/v1/events")
        assert answer.status_code == 503
        assert answer.json()["hint"]


def test_a_server_that_stops_ends_its_streams(services: LivelyServices) -> None:
    with served(create_app(services)) as url:
        host = urlsplit(url).netloc
        client = httpx2.Client(timeout=10)
        answer = client.send(
            client.build_request("GET", f"http://{host}/api/v1/events"), stream=True
        )
        lines = answer.iter_lines()
        assert next(lines) == ": connected"
    assert [line for line in lines if line and not line.startswith(("retry", ":"))] == []
    client.close()


async def _watched(services: LivelyServices) -> tuple[bool, bool]:
    tail = Tail(services)
    async with tail.stream():
        watching = tail._watch is not None and not tail._watch.done()
        services.happen()
        await tail.beyond(0)
        moved = tail.newest == 1
    await tail.close()
    if tail._watch is not None:
        await tail._watch
    return watching, moved


def test_the_table_is_watched_only_while_somebody_listens(services: LivelyServices) -> None:
    assert asyncio.run(_watched(services)) == (True, True)
    assert Tail(services)._watch is None


def test_how_late_an_event_was_handed_out_is_known_once_one_was_waited_for(
    services: LivelyServices,
) -> None:
    with served(app := create_app(services)) as url:
        services.happen()
        with stream(f"{url}/api/v1/events?after=0") as events:
            next(events)  # history: it says nothing about how fast news are
            assert app.state.tail.following == (1, None)
            services.clock += timedelta(hours=1)
            for number in (2, 3):  # once the second is here, the first has been counted
                at = services.clock - timedelta(seconds=3)
                services.happened.append(Event(number, at, "default", "cell", "x", "{}"))
                assert next(events)["id"] == str(number)
            assert app.state.tail.following.lag == timedelta(seconds=3)


def test_a_clock_that_was_set_back_makes_no_negative_lag(services: LivelyServices) -> None:
    tail = Tail(services)
    tail.handed(Event(1, services.clock + timedelta(hours=1), "default", "cell", "x", "{}"))
    assert tail.following == (0, timedelta())
