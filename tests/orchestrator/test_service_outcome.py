"""What came of a run: shards merged, one document, one exit code."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_views import JOB

from matrix.status import BAD, Status, rolled_up
from orchestrator.service.outcome import document, exit_code, is_open, outcomes, summary
from orchestrator.views import JobView

UNOFFERED = replace(
    JOB,
    id=2,
    name="lab/tpu:smoke@stable",
    state="queued",
    end="",
    status=None,
    waiting_for="no runner has accelerator=tpu",
    ended_at=None,
)


def shard(number: int, of: int, status: Status, reason: str = "") -> JobView:
    name = f"lab/cpu:pytorch-ops@stable#{number}/{of}"
    return replace(
        JOB, id=10 + number, name=name, shard=number, shards=of, status=status, reason=reason
    )


def test_a_job_comes_out_as_it_ended() -> None:
    (only,) = outcomes([JOB])

    assert (only.id, only.status, only.reason) == ("lab/cpu:smoke@stable", Status.PASS, "")


def test_shards_are_merged_under_the_id_without_a_shard() -> None:
    (only,) = outcomes(shard(n, 4, Status.PASS) for n in (3, 1, 4, 2))

    assert only.id == "lab/cpu:pytorch-ops@stable"
    assert only.shards == 4
    assert only.jobs == (11, 12, 13, 14)


def test_the_worst_shard_decides_and_says_why() -> None:
    shards = [
        shard(1, 3, Status.PASS),
        shard(2, 3, Status.FAIL, "2 cases"),
        shard(3, 3, Status.MISS),
    ]

    (only,) = outcomes(shards)

    assert (only.status, only.reason) == (Status.FAIL, "2 cases")


def test_what_nobody_offers_is_skipped_with_the_first_unmet_need() -> None:
    (only,) = outcomes([UNOFFERED])

    assert (only.status, only.reason) == (Status.SKIP, "no runner has accelerator=tpu")


def test_a_cancelled_job_says_so() -> None:
    cancelled = replace(JOB, end="cancelled", status=Status.SKIP)

    (only,) = outcomes([cancelled])

    assert only.reason == "cancelled"


def test_the_document_is_the_documented_one() -> None:
    found = outcomes([JOB, UNOFFERED])

    assert document(7, found) == {
        "run": 7,
        "jobs": [
            {
                "id": "lab/cpu:smoke@stable",
                "status": "PASS",
                "reason": "",
                "shards": 1,
                "jobs": [1],
            },
            {
                "id": "lab/tpu:smoke@stable",
                "status": "SKIP",
                "reason": "no runner has accelerator=tpu",
                "shards": 1,
                "jobs": [2],
            },
        ],
    }


@pytest.mark.parametrize("status", list(Status))
def test_only_fail_error_and_miss_make_the_exit_code_one(status: Status) -> None:
    code = 1 if status in BAD else 6 if status is Status.SKIP else 0
    assert exit_code(outcomes([replace(JOB, status=status)])) == code


def test_nothing_at_all_is_fine() -> None:
    assert exit_code(outcomes([])) == 0


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (JOB, False),
        (UNOFFERED, False),
        (replace(UNOFFERED, waiting_for=""), True),
        (replace(JOB, state="running", end="", status=None), True),
        (replace(JOB, state="leased", end="", status=None), True),
    ],
)
def test_a_run_waits_only_for_what_somebody_can_take(job: JobView, expected: bool) -> None:
    assert is_open(job) == expected


@given(st.lists(st.sampled_from(list(Status)), min_size=1, max_size=8))
def test_merging_is_the_roll_up_in_any_order(statuses: list[Status]) -> None:
    shards = [shard(n, len(statuses), status) for n, status in enumerate(statuses, 1)]

    (forward,) = outcomes(shards)
    (backward,) = outcomes(reversed(shards))

    assert forward.status == backward.status == rolled_up(statuses)


def test_the_summary_counts_the_worst_first() -> None:
    found = outcomes([JOB, UNOFFERED, replace(JOB, id=3, name="x", status=Status.FAIL)])

    assert summary(7, found) == "run 7: 1 FAIL, 1 PASS, 1 SKIP"
    assert summary(8, ()) == "run 8: no jobs"


def test_a_blocked_job_alone_is_nothing_to_wait_for() -> None:
    blocked = replace(UNOFFERED, state="blocked", waiting_for="it is fed by another")
    (only,) = outcomes([blocked])

    assert not is_open(blocked)
    assert (only.status, only.reason) == (Status.SKIP, "it is fed by another")
