"""Pages about jobs that a batch system queues."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lively import LivelyServices, attempt, job
from lively_health import HEALTH, STORE
from starlette.testclient import TestClient
from visited import page

from dashboard.web import marks
from runners.work import Phase

NOTE = "Slurm job 123, pending: Resources"
PENDING = replace(attempt(1, phase=Phase.SUBMITTED), note=NOTE, reason="")


@pytest.fixture
def submitted(services: LivelyServices) -> LivelyServices:
    """A server whose job 7 is in a batch system's queue."""
    waiting = replace(job(7), state="submitted", end="", status=None, reason="")
    services.all_jobs = (replace(waiting, attempts=(PENDING,)),)
    return services


@pytest.mark.usefixtures("submitted")
def test_its_page_says_where_it_is_and_why(client: TestClient) -> None:
    shown = page(client, "/m/default/jobs/7")
    assert shown.text.count(NOTE) == 2  # of the job, and of its attempt
    assert "submitted" in shown.text
    assert not list(shown.all("progress"))


def test_one_that_has_begun_says_nothing_of_the_queue(
    submitted: LivelyServices, client: TestClient
) -> None:
    (one,) = submitted.all_jobs
    begun = replace(PENDING, phase=Phase.RUNNING)
    submitted.all_jobs = (replace(one, state="running", attempts=(begun,)),)
    assert page(client, "/m/default/jobs/7").text.count(NOTE) == 1


@pytest.mark.usefixtures("submitted")
def test_it_can_be_filtered_for(client: TestClient) -> None:
    assert 'value="submitted"' in client.get("/m/default/jobs").text


def test_it_looks_as_what_waits() -> None:
    assert marks.of_phase(Phase.SUBMITTED) == ("submitted", "dots", "blue")
    assert marks.of_phase(Phase.RUNNING) == ("running", "play", "blue")


def test_how_many_there_are_is_told_of_the_servers_health(client: TestClient) -> None:
    assert "that a batch system queues" in page(client, "/health").text


def test_a_server_without_a_batch_system_does_not_speak_of_one(
    services: LivelyServices, client: TestClient
) -> None:
    none = replace(STORE, queue=STORE.queue._replace(submitted=0))
    services.own_health = replace(HEALTH, store=none)
    assert "that a batch system queues" not in page(client, "/health").text
