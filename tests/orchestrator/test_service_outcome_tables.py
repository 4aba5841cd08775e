"""Exit codes and documents of runs, whatever mixture of jobs they end with."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations_with_replacement
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_views import JOB

from matrix.status import BAD, WORST_FIRST, Status
from orchestrator.service.outcome import (
    Outcome,
    document,
    exit_code,
    is_open,
    merged_name,
    outcomes,
    summary,
)
from orchestrator.views import JobView

PAIRS = [*combinations_with_replacement(Status, 2)]


def job(number: int, status: Status | None, **changes: Any) -> JobView:
    return replace(JOB, id=number, name=f"lab/cpu:s{number}@x", status=status, **changes)


def shard(number: int, of: int, **changes: Any) -> JobView:
    name = f"lab/cpu:s@x#{number}/{of}"
    return replace(JOB, id=number, name=name, shard=number, shards=of, **changes)


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=[f"{a}+{b}" for a, b in PAIRS])
def test_one_bad_job_of_two_is_enough_for_exit_code_one(one: Status, other: Status) -> None:
    found = outcomes([job(1, one), job(2, other)])
    quiet = 6 if {one, other} == {Status.SKIP} else 0
    assert exit_code(found) == (1 if {one, other} & BAD else quiet)


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=[f"{a}+{b}" for a, b in PAIRS])
def test_two_shards_are_as_bad_as_the_worse_of_them(one: Status, other: Status) -> None:
    (found,) = outcomes([shard(1, 2, status=one), shard(2, 2, status=other)])
    assert found.status is min(one, other, key=WORST_FIRST.index)


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"status": Status.PASS}, "PASS", ""),
        ({"status": Status.FAIL, "reason": "2 of 3"}, "FAIL", "2 of 3"),
        ({"status": Status.SKIP, "end": "cancelled"}, "SKIP", "cancelled"),
        ({"status": Status.SKIP, "end": "cancelled", "reason": "Cancelled."}, "SKIP", "Cancelled."),
        ({"status": None, "end": "cancelled"}, "SKIP", "cancelled"),
        ({"status": Status.MISS, "end": "lost", "reason": "lost"}, "MISS", "lost"),
        ({"status": None, "state": "queued", "end": ""}, "SKIP", "not carried out yet"),
        ({"status": None, "state": "leased", "end": ""}, "SKIP", "not carried out yet"),
        ({"status": None, "state": "running", "end": ""}, "SKIP", "not carried out yet"),
        (
            {"status": None, "state": "queued", "end": "", "waiting_for": "no runner has it"},
            "SKIP",
            "no runner has it",
        ),
    ],
)
def test_each_way_a_job_may_stand_has_its_status_and_reason(
    changes: dict[str, Any], status: str, reason: str
) -> None:
    (found,) = outcomes([replace(JOB, **changes)])
    assert (found.status, found.reason) == (status, reason)


@pytest.mark.parametrize(
    ("state", "waiting_for", "is_to_come"),
    [
        ("queued", "", True),
        ("queued", "no runner has it", False),
        ("leased", "", True),
        ("leased", "no runner has it", True),
        ("running", "", True),
        ("ended", "", False),
        ("ended", "no runner has it", False),
    ],
)
def test_a_run_waits_for_what_is_in_hand_or_can_be(
    state: str, waiting_for: str, is_to_come: bool
) -> None:
    assert is_open(replace(JOB, state=state, waiting_for=waiting_for)) == is_to_come


@pytest.mark.parametrize(
    ("name", "number", "of", "merged"),
    [
        ("lab/cpu:s@x", 1, 1, "lab/cpu:s@x"),
        ("lab/cpu:s@x#1/2", 1, 2, "lab/cpu:s@x"),
        ("lab/cpu:s@x#12/34", 12, 34, "lab/cpu:s@x"),
        ("lab/cpu:s#1/2@x", 1, 2, "lab/cpu:s#1/2@x"),
        ("lab/cpu:s@x#1/2", 2, 2, "lab/cpu:s@x#1/2"),
    ],
)
def test_only_a_jobs_own_shard_is_taken_off_its_name(
    name: str, number: int, of: int, merged: str
) -> None:
    assert merged_name(replace(JOB, name=name, shard=number, shards=of)) == merged


def test_a_sharded_job_and_its_likeness_are_not_mixed() -> None:
    found = outcomes([shard(1, 2), shard(2, 2), replace(JOB, id=9, name="lab/cpu:s2@x")])
    assert [(one.id, one.shards) for one in found] == [("lab/cpu:s2@x", 1), ("lab/cpu:s@x", 2)]


def test_the_reason_is_that_of_the_worst_shard_and_not_of_the_first() -> None:
    shards = [
        shard(1, 3, status=Status.SKIP, reason="no bf16"),
        shard(2, 3, status=Status.FAIL, reason=""),
        shard(3, 3, status=Status.FAIL, reason="case b"),
    ]
    (found,) = outcomes(shards)
    assert (found.status, found.reason) == (Status.FAIL, "case b")


def test_shards_are_listed_by_number_however_many_there_are() -> None:
    shards = [shard(number, 12) for number in range(12, 0, -1)]
    (found,) = outcomes(shards)
    assert found.jobs == tuple(range(1, 13))


JOBS = st.lists(
    st.builds(
        lambda number, status, state: job(
            number, status if state == "ended" else None, state=state, end=""
        ),
        st.integers(1, 30),
        st.sampled_from(Status),
        st.sampled_from(["queued", "leased", "running", "ended"]),
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)


@given(JOBS)
def test_every_job_comes_out_once_in_the_order_of_names(jobs: list[JobView]) -> None:
    found = outcomes(jobs)
    assert [one.id for one in found] == sorted(one.name for one in jobs)


@given(JOBS, st.randoms(use_true_random=False))
def test_the_order_of_answers_does_not_change_what_came_of_a_run(
    jobs: list[JobView], chance: Any
) -> None:
    shuffled = list(jobs)
    chance.shuffle(shuffled)
    assert outcomes(shuffled) == outcomes(jobs)


@given(JOBS)
def test_exit_code_document_and_summary_agree(jobs: list[JobView]) -> None:
    found = outcomes(jobs)
    said = json.loads(json.dumps(document(5, found)))
    statuses = [one["status"] for one in said["jobs"]]
    quiet = 6 if {*statuses} == {"SKIP"} else 0
    assert exit_code(found) == (1 if {*statuses} & {"FAIL", "ERROR", "MISS"} else quiet)
    for status in set(statuses):
        assert f"{statuses.count(status)} {status}" in summary(5, found)


@pytest.mark.parametrize(
    ("statuses", "told"),
    [
        ([], "run 3: no jobs"),
        ([Status.PASS], "run 3: 1 PASS"),
        ([Status.SKIP, Status.PASS, Status.FAIL], "run 3: 1 FAIL, 1 PASS, 1 SKIP"),
        ([Status.DONE, Status.MISS, Status.ERROR], "run 3: 1 ERROR, 1 MISS, 1 DONE"),
        ([Status.PASS] * 12, "run 3: 12 PASS"),
    ],
)
def test_a_summary_tells_the_worst_first(statuses: list[Status], told: str) -> None:
    found = [Outcome(str(i), status, "", 1, (i,)) for i, status in enumerate(statuses)]
    assert summary(3, found) == told
