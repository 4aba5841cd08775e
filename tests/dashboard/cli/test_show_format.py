"""`coevo show JOB --format`: a job's results as reports of other tools, from a server."""

from __future__ import annotations

import pytest
from calling import Caller

from runners.suites.results.boundary import read
from runners.suites.results.said import Case

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("kind", ["junit", "ctrf"])
def test_a_jobs_cases_are_printed_in_the_format(asked: Caller, kind: str) -> None:
    said = asked("show", "7", "--format", kind)
    found = [one for one in read(kind, said.out.encode()) if isinstance(one, Case)]

    assert (said.code, said.err) == (0, "")
    assert found
    assert {one.id for one in found} - {"coevo.results", "coevo.job"}


def test_its_metrics_are_benchmark_records(asked: Caller) -> None:
    records = asked("show", "7", "--format", "pytorch-benchmark-v3").document

    assert records
    assert all(record["metric"]["benchmark_values"] for record in records)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("7", "--format", "tap"), "there is no report format `tap`"),
        (("--format", "junit"), "--format is of a job"),
        (("lab/cpu", "--format", "junit"), "--format is of a job"),
        (("999999", "--format", "junit"), "404"),
    ],
)
def test_a_mistake_says_what_to_do(asked: Caller, words: tuple[str, ...], told: str) -> None:
    said = asked("show", *words)

    assert said.code == 2
    assert told in said.err
    assert said.out == ""
