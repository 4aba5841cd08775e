"""docs/operations.md names every metric with its labels, every event of the log, and no other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from lively import NOW
from lively_health import HEALTH, STORE
from prometheus_client.parser import text_string_to_metric_families

from dashboard.web.exposition import exposition
from dashboard.web.metrics import families
from dashboard.web.services import Following
from matrix.status import Status
from orchestrator.service.chores import DAILY
from orchestrator.service.forgetting import ENVIRONMENTS_KEPT
from orchestrator.service.logbook import LIMIT_BYTES
from orchestrator.store.keep import EVENTS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text()
PARTS = ("orchestrator", "dashboard")


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table of a section, without its head."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def told() -> dict[str, tuple[str, str]]:
    """Each family as Prometheus reads it: kind and labels, written as the page writes them."""
    store = replace(STORE, states=tuple((status, 1) for status in (*Status, None)))
    health = replace(HEALTH, store=store)
    every = families(health, (), Following(1, timedelta(1)), ready=True, version="1", now=NOW)
    return {
        _exposed(family.name, family.type): (family.type, _labels(family.samples))
        for family in text_string_to_metric_families(exposition(every))
    }


def _exposed(name: str, kind: str) -> str:
    return f"{name}_total" if kind == "counter" else name


def _labels(samples: list) -> str:  # type: ignore[type-arg] # of the parser's own kind
    values: dict[str, list[str]] = {}
    for sample in samples:
        for name, value in sample.labels.items():
            values.setdefault(name, []).append(f"`{value}`")
    written = {name: "" if name == "version" else f": {', '.join(v)}" for name, v in values.items()}
    return "; ".join(f"`{name}`{text}" for name, text in written.items())


def test_every_metric_is_documented_and_none_that_is_not_there() -> None:
    documented = {row[0].strip("`"): (row[1], row[2]) for row in rows("Metrics")}
    assert documented == told()


def test_what_a_metric_means_is_what_it_says_of_itself() -> None:
    helps = {
        family.name: family.help
        for family in families(
            HEALTH, (), Following(1, timedelta(1)), ready=True, version="1", now=NOW
        )
    }
    assert {row[0].strip("`"): row[3] for row in rows("Metrics")} == helps


@pytest.mark.parametrize("expression", re.findall(r"coevo_[a-z_]+", PAGE))
def test_every_metric_that_is_spoken_of_is_there(expression: str) -> None:
    assert expression in told()


def sources() -> Iterator[str]:
    for part in PARTS:
        for path in (ROOT / part).rglob("*.py"):
            yield path.read_text()


def test_every_event_of_the_log_that_has_a_name_is_documented() -> None:
    named = {
        event
        for text in sources()
        for event in re.findall(r'"event": "([a-z]+(?:\.[a-z]+)?)"', text)
    }
    documented = set(re.findall(r"`([a-z]+\.[a-z]+|forgotten|log)`", str(rows("Logs"))))
    assert len(named) >= 3
    assert named <= documented


def test_the_example_of_a_line_is_one() -> None:
    (example,) = re.findall(r"```json\n(\{.*\})\n```", PAGE)
    line = json.loads(example)
    assert list(line)[:5] == ["time", "level", "logger", "event", "message"]
    assert all(f"`{key}`" in PAGE for key in line)


def test_the_times_on_the_page_are_those_of_the_code() -> None:
    assert (DAILY.forget_first, DAILY.forget) == (600, 86_400)
    assert "ten minutes after its start and then once a day" in PAGE
    assert (EVENTS.days, ENVIRONMENTS_KEPT.days) == (30, 30)
    assert LIMIT_BYTES == 4 * 2**20
