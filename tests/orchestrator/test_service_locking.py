"""What cannot be resolved is told by its jobs; that the resolver fails, by the server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from repositories import indexed
from worlds import Hand, World, card_of, offer_of, world

from matrix.status import Status
from orchestrator.service.locking import resolve_missing
from orchestrator.service.news import News
from orchestrator.store.read_jobs import job
from orchestrator.store.store import Store
from runners.environments.platforms import here

COMMIT = "a" * 40
TEXT = """
name: small
axes: {site: [lab], accelerator: [cpu]}
suites:
  one: {command: [sh, a.sh], takes: [toy], environment: {requirements: ["toy=={toy}"]}}
stacks: {dev: {toy: {index: "URL", ref: "COMMIT"}}}
"""


def started(store: Store, clock: Hand, url: str) -> World:
    made = world(store, clock, TEXT.replace("URL", url).replace("COMMIT", COMMIT))
    made.queue.announce(card_of("bench", replace(offer_of(), platform=str(here()))))
    made.start()
    return made


@pytest.fixture
def news() -> News:
    return News()


def test_a_commit_that_was_not_built_is_a_matter_of_its_jobs_alone(
    store: Store, clock: Hand, tmp_path: Path, news: News
) -> None:
    (tmp_path / "index").mkdir()
    with indexed(tmp_path / "index") as url:
        started(store, clock, url)
        resolve_missing(store, tmp_path, news)

    ended = job(store, "small", 1)
    assert ended is not None
    assert ended.status is Status.SKIP
    assert ended.reason.startswith("its environment cannot be resolved: no versions meet toy")
    assert ended.reason.endswith("; change the stack")
    assert news.status().problems == ()


def test_an_index_that_does_not_answer_is_told_until_one_does(
    store: Store, clock: Hand, tmp_path: Path, news: News
) -> None:
    (tmp_path / "index" / COMMIT / "toy").mkdir(parents=True)
    with indexed(tmp_path / "index") as url:
        pass
    started(store, clock, url)
    resolve_missing(store, tmp_path, news)
    (problem,) = news.status().problems
    assert "\n" not in problem

    with indexed(tmp_path / "index") as url:
        started(store, clock, url)
        resolve_missing(store, tmp_path, news)
    assert news.status().problems == ()
