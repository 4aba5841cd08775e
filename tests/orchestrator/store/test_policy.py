from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import report_of

from matrix.status import Layer, Status
from orchestrator.store.columns import End
from orchestrator.store.policy import CANCELLED, LEASE, after_loss, after_report, grace

TRIES = st.integers(0, 10)


@pytest.mark.parametrize(
    ("timeout", "expected"),
    [
        (timedelta(0), LEASE),
        (timedelta(minutes=15), LEASE),
        (timedelta(seconds=901), timedelta(seconds=90.1)),
        (timedelta(hours=6), timedelta(minutes=36)),
    ],
)
def test_grace_is_the_larger_of_the_lease_and_a_tenth(
    timeout: timedelta, expected: timedelta
) -> None:
    assert grace(timeout) == expected


@given(st.sampled_from(Status), st.booleans(), st.booleans(), TRIES, TRIES)
def test_a_cancel_beats_every_result(
    status: Status, retry: bool, cut: bool, tries: int, limit: int
) -> None:
    report = report_of(status, retry=retry, cancelled=cut)
    assert after_report(report, cancel=True, tries=tries, limit=limit) == CANCELLED
    assert after_loss(cancel=True, tries=tries, limit=limit) == CANCELLED


@given(st.sampled_from(Status), st.booleans(), TRIES, TRIES)
def test_only_infrastructure_that_may_be_cured_is_tried_again(
    status: Status, retry: bool, tries: int, limit: int
) -> None:
    fate = after_report(report_of(status, retry=retry), cancel=False, tries=tries, limit=limit)
    again = status is Status.MISS and retry and tries < limit
    assert fate.is_final != again
    assert fate.counted
    assert fate.status is (None if again else status)


@given(st.sampled_from(Status), TRIES, TRIES)
def test_a_report_cut_short_by_nobody_goes_back_uncounted(
    status: Status, tries: int, limit: int
) -> None:
    fate = after_report(report_of(status, cancelled=True), cancel=False, tries=tries, limit=limit)
    assert (fate.end, fate.counted) == (End.OPEN, False)


@pytest.mark.parametrize(
    ("tries", "limit", "end"),
    [(1, 3, End.OPEN), (2, 3, End.OPEN), (3, 3, End.LOST), (1, 1, End.LOST), (4, 3, End.LOST)],
)
def test_a_lost_attempt_is_tried_again_up_to_the_limit(tries: int, limit: int, end: End) -> None:
    fate = after_loss(cancel=False, tries=tries, limit=limit)
    assert (fate.end, fate.layer, fate.counted) == (end, Layer.INFRA, True)


def test_a_job_that_is_lost_says_how_often() -> None:
    fate = after_loss(cancel=False, tries=3, limit=3)
    assert (fate.status, fate.reason) == (Status.MISS, "the runner was lost, 3 times")
