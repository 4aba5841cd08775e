"""`kill -9` of the server at random moments of a run: nothing is lost, nothing doubled."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from kills import Field, carried_through

KILLS = 5
JOBS = 14

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray"), pytest.mark.timeout(400)]


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="coevo-") as found:
        yield Path(found)


@pytest.mark.ray
def test_suites_in_slots_are_collected_and_not_repeated(folder: Path) -> None:
    outcome = carried_through(Field(folder, JOBS, 1.0), KILLS, random.Random(folder.name))
    assert outcome.faults(JOBS, collected=True) == ()
    assert outcome.kills >= KILLS - 1
    assert outcome.document["run"] == 1


def test_without_ray_nothing_is_lost_or_doubled_either(folder: Path) -> None:
    field = Field(folder, JOBS, 0.5, ("--no-ray",))
    outcome = carried_through(field, KILLS, random.Random(folder.name))
    assert outcome.faults(JOBS, collected=False) == ()
    assert outcome.document["run"] == 1
