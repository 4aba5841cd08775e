"""`coevo status` and `coevo show` about device-hours."""

from __future__ import annotations

from dataclasses import replace

import pytest
from calling import Caller
from lively import LivelyServices, job

pytestmark = pytest.mark.slow


def test_each_cap_is_told_in_a_line(asked: Caller) -> None:
    lines = [line for line in asked("status").out.splitlines() if line.startswith("budget of")]
    assert len(lines) == 4
    assert lines[0] == (
        "budget of a-vendor-with-a-name-of-forty-letters-xx: 40 of 40 device-hours a day used, "
        "1250 waiting, renews 2026-11-24 00:00 UTC"
    )
    assert lines[2] == (
        "budget of local: 2.75 of 10 device-hours a day used, 1.5 reserved, "
        "renews 2026-11-24 00:00 UTC"
    )


def test_messages_of_git_hosts_are_told_with_what_became_of_them(asked: Caller) -> None:
    lines = [line for line in asked("status").out.splitlines() if line.startswith("told at")]
    waiting, followed, ignored, vain = (line.partition(" UTC: ")[2] for line in lines)
    assert waiting.startswith("pull_request #4711 labeled")
    assert waiting.endswith("of github.com/vllm-project/vllm: waits for a look")
    assert followed == "push main of github.com/vllm-project/vllm: run 12, run 11"
    assert ignored.endswith(": no run, no trigger looks at this repository")
    assert vain == "push dev of host/toy: nothing new"
    assert len(asked("status", "--json").document["deliveries"]) == 4


def test_a_matrix_without_a_budget_has_no_such_line(
    asked: Caller, services: LivelyServices
) -> None:
    services.all_accounts = ()
    assert "budget of" not in asked("status").out


def test_as_data_accounts_stand_beside_the_runs(asked: Caller) -> None:
    vendor, *_ = asked("status", "--json").document["budget"]
    assert (vendor["waiting"], vendor["spent"][0]["left_hours"]) == (1250, 0)


def test_a_job_that_waits_again_says_what_for_and_not_how_its_last_try_ended(
    asked: Caller, services: LivelyServices
) -> None:
    why = "waits for the budget of local"
    again = replace(job(8, state="queued"), reason="the runner was lost", waiting_for=why)
    services.all_jobs = (again,)
    first, *_ = asked("show", "8").out.splitlines()
    assert first.endswith(why)
