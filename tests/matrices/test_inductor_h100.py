"""PyTorch's Inductor benchmarks on H100: one build, 21 legs, and what three events make of them."""

from __future__ import annotations

import pytest
from real_matrices import Carried, carried, declared, everything, table

from matrix.model import Overrides, TriggerRule
from matrix.select import parse_selector, selects
from orchestrator.service.carrying import point

MATRIX = declared("inductor-h100")
PLACES = {"linux.12xlarge.memory": ("cpu", 0), "linux.aws.h100": ("h100", 1)}
EVENTS = table("inductor-h100-events")


def row(one: Carried) -> dict[str, str]:
    """A job in the words of the workflow."""
    runner = next(name for name, place in PLACES.items() if place == (one.accelerator, one.devices))
    return {
        "job": "build" if one.job.suite == "build" else "test",
        "config": MATRIX.suite(one.job.suite).command[1],
        "shard": str(one.job.shard),
        "shards": str(one.job.shards),
        "runner": runner,
        "minutes": f"{one.minutes:g}",
    }


def test_there_are_the_jobs_of_the_workflow() -> None:
    assert [row(one) for one in everything(MATRIX)] == table("inductor-h100")


def test_one_build_stands_before_twenty_one_legs() -> None:
    build, *legs = [one.job for one in everything(MATRIX)]

    assert (build.suite, build.inputs) == ("build", ())
    assert [leg.inputs for leg in legs] == [(("wheel", build.id),)] * 21


def test_the_build_wants_a_machine_with_much_memory_and_no_device() -> None:
    (build,) = [one for one in everything(MATRIX) if one.job.suite == "build"]

    assert (build.capabilities, build.devices) == (frozenset({"linux.12xlarge.memory"}), 0)
    assert build.env["TORCH_CUDA_ARCH_LIST"] == "9.0"
    assert build.env["BUILD_ADDITIONAL_PACKAGES"] == "vision audio fbgemm torchao"


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event["event"])
def test_an_event_has_its_own_flags_and_time_out_for_all_legs(event: dict[str, str]) -> None:
    (rule,) = [one for one in MATRIX.triggers if one.name == event["event"]]
    changes = Overrides(timeout=rule.timeout, env=rule.env)
    chosen = [
        carried(MATRIX, one.job, changes)
        for one in everything(MATRIX)
        if selects(parse_selector(rule.when), point(one.job)) and one.job.suite != "build"
    ]

    assert rule.cron == event["cron"]
    assert len(chosen) == 21
    assert {f"{one.minutes:g}" for one in chosen} == {event["minutes"]}
    assert {one.env["DASHBOARD_TAG"] for one in chosen} == {event["flags"]}


@pytest.mark.parametrize("rule", [r for r in MATRIX.triggers if r.cron], ids=lambda r: r.name)
def test_a_time_table_leaves_the_build_its_own_time_out(rule: TriggerRule) -> None:
    (build,) = [one.job for one in everything(MATRIX) if one.job.suite == "build"]

    assert not selects(parse_selector(rule.when), point(build))


def test_a_request_starts_a_run_where_it_touches_the_workflow_or_the_pin() -> None:
    (rule,) = [one for one in MATRIX.triggers if one.kind == "pull_requests"]

    assert rule.component == "torch"
    assert rule.paths == (
        ".github/workflows/inductor-perf-test-nightly-h100.yml",
        ".ci/docker/ci_commit_pins/huggingface-requirements.txt",
    )


def test_a_newer_run_of_a_request_ends_the_older_one() -> None:
    assert MATRIX.policies.supersede
