"""vLLM Ascend's pull requests: their head with two versions of vLLM, on every size of a SoC."""

from __future__ import annotations

import pytest
from real_matrices import Carried, Row, declared, everything, planned, table

from matrix.expand import expand
from matrix.model import SKIPPED
from matrix.occasion import UNTOUCHED, Occasion

MATRIX = declared("vllm-ascend-requests")
JOBS = table("vllm-ascend-requests")
SUITES = {
    "cpu_x0": "cpu",
    "a2_x1": "one-card",
    "a3_x2": "two-card",
    "a3_x4": "four-card",
    "a3_x8": "eight-card",
    "310p_x1": "one-card-310p",
    "310p_x4": "four-card-310p",
}
OWN = {
    "pre-commit": "pre-commit",
    "ensure-csrc-cache": "csrc",
    "run-selected-tests-upstream": "upstream",
    "run-selected-tests-a5": "a5",
}
# What an image is for, in the tags of the images of CANN.
IMAGES = {"910b": "cann-910b", "a3": "cann-a3", "950": "cann-950", "310p": "cann-310p"}
SOC = {"a2b3": "a2", "amd64": "cpu", "arm64": "cpu"}
HOST_HOURS = 6  # how long a job may run that says nothing


def expected(row: Row) -> tuple[object, ...]:
    _, _, machine, *rest = row["runner"].split("-")
    machine = machine if machine != "cpu" else row["runner"].split("-")[1]
    soc = SOC.get(machine, machine)
    devices = 0 if "cpu" in row["runner"] else int(rest[-1])
    tag = next((ours for name, ours in IMAGES.items() if f"-{name}-" in row["image"]), "lint")
    suite = OWN.get(row["job"]) or SUITES[row["group"]]
    minutes = float(row["minutes"] or 60 * HOST_HOURS)
    target = row["group"] if row["job"] == "ensure-csrc-cache" else ""
    part = (int(row["part"]), int(row["parts"]))
    return (suite, row["vllm"], soc, devices, tag, minutes, target, *part)


def found(one: Carried) -> tuple[object, ...]:
    image = one.image.partition("/")[2].partition("@")[0]
    target = dict(one.job.parameters).get("target", "")
    part = (one.job.shard, one.job.shards)
    job = one.job
    place = (one.accelerator, one.devices)
    return (job.suite, job.stack, *place, image, one.minutes, target, *part)


def test_there_are_the_jobs_of_the_workflow() -> None:
    assert sorted(map(found, everything(MATRIX))) == sorted(map(expected, JOBS))


def test_every_test_is_run_with_both_versions_of_vllm() -> None:
    tests = [one for one in everything(MATRIX) if one.job.suite not in {"pre-commit", "csrc"}]
    by_stack = {
        stack: sorted(job.id.replace(f"@{stack}", "") for job in jobs)
        for stack in ("main", "release")
        if (jobs := [one.job for one in tests if one.job.stack == stack])
    }

    assert by_stack["main"] == by_stack["release"]
    assert len(by_stack["main"]) == 17


def test_the_two_versions_are_the_verified_commit_and_the_last_release() -> None:
    sources = [stack.version("vllm") or "" for stack in MATRIX.stacks]

    assert [source.rpartition("@")[2] for source in sources] == [
        "cdc4824a21eaa986d4d1fee90a7e6465c9f706e6",
        "v0.27.1",
    ]


def test_what_compiles_wants_the_architecture_of_the_devices_hosts() -> None:
    wanted = {one.capabilities for one in planned(MATRIX) if one.job.suite == "csrc"}

    assert all("arm64" in each for each in wanted)


@pytest.mark.parametrize(
    "file",
    ["vllm_ascend/worker/worker.py", "csrc/kernels/a.cpp", "setup.py", "tests/e2e/conftest.py"],
)
def test_a_change_of_the_sources_runs_the_tests(file: str) -> None:
    assert len(planned(MATRIX, Occasion(changed=(file,)))) == len(planned(MATRIX))


@pytest.mark.parametrize("file", ["README.md", "docs/a.md", "tests/e2e/nightly/test_a.py"])
def test_a_change_of_anything_else_runs_what_looks_at_every_change(file: str) -> None:
    occasion = Occasion(changed=(file,))

    assert {one.job.suite for one in planned(MATRIX, occasion)} == {"pre-commit", "csrc"}
    left = [job for job in expand(MATRIX, occasion=occasion) if job.status == SKIPPED]
    assert {job.reason for job in left if job.suite != "a5"} == {UNTOUCHED}


def test_a_five_is_for_requests_that_ask_for_it() -> None:
    assert not [one for one in planned(MATRIX) if one.job.suite == "a5"]
    asked = planned(MATRIX, Occasion(frozenset({"a5"})))
    assert len([one for one in asked if one.job.suite == "a5"]) == 2
