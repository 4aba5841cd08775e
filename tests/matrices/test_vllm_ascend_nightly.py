"""vLLM Ascend's nightly tests: SoC by size by model, up to four nodes of sixteen devices."""

from __future__ import annotations

import pytest
from real_matrices import Carried, Row, declared, everything, planned, table

from matrix.expand import expand
from matrix.model import SKIPPED

MATRIX = declared("vllm-ascend-nightly")
CASES = table("vllm-ascend-nightly")
BUILD = "build-image"
# What a node of a SoC has, where a case takes whole nodes.
WHOLE = {"a2": 8, "a3": 16, "a5": 8}
# A runner's label begins with its pool; what takes whole nodes names none.
POOLS = {"linux-aarch64-nightly-": "nightly", "linux-aarch64-": "ci"}
CLUSTER = "cn12-001"
IMAGES = {"a2": "-a2@", "a3": "-a3@", "a5": "-a5@", "310p": "-310p@"}


def place(case: Row) -> tuple[str, str]:
    """The site and the accelerator of a case."""
    soc, _, cluster = case["soc"].partition("-")
    accelerator = "cpu" if case["section"] == BUILD else soc
    if cluster:
        return CLUSTER, accelerator
    if not case["runner"]:
        return ("nightly" if accelerator == "a3" else "ci"), accelerator
    pool = next(pool for label, pool in POOLS.items() if case["runner"].startswith(label))
    return pool, accelerator


def devices(case: Row) -> int:
    """How many devices a case has on each node."""
    if case["section"] == BUILD:
        return 0
    label = case["runner"].removesuffix(f"-{CLUSTER}")
    return int(label.rpartition("-")[2]) if label else WHOLE[place(case)[1]]


def suite(case: Row) -> str:
    section = case["section"]
    return section if section == BUILD else f"{place(case)[1]}-{section}"


def expected(case: Row) -> tuple[object, ...]:
    site, accelerator = place(case)
    size = (int(case["size"]), devices(case))
    minutes = float(case["minutes"] or 120)
    ran = "" if case["section"] == BUILD else case["runs"]
    return (site, accelerator, suite(case), case["name"].lower(), *size, minutes, ran, case["base"])


def found(one: Carried) -> tuple[object, ...]:
    said = one.parameters
    ran = said.get("config") or said.get("tests") or said.get("models") or ""
    base = said.get("base", "")
    named = said.get("soc") or said["model"]
    size = (one.nodes, one.devices)
    return (one.site, one.accelerator, one.job.suite, named, *size, one.minutes, ran, base)


def test_there_are_the_cases_of_the_nightly_tests() -> None:
    assert sorted(map(found, everything(MATRIX))) == sorted(map(expected, CASES))


def test_there_are_a_hundred_cases_and_the_images_that_they_run_in() -> None:
    jobs = everything(MATRIX)

    assert len([one for one in jobs if one.job.suite != BUILD]) == 100
    assert len([one for one in jobs if one.job.suite == BUILD]) == 5


def test_four_nodes_of_sixteen_devices_are_asked_for_together() -> None:
    wide = [one for one in planned(MATRIX) if one.nodes == 4]

    assert len(wide) == len([case for case in CASES if case["size"] == "4"]) == 5
    assert {(one.accelerator, one.devices) for one in wide} == {("a3", 16)}


@pytest.mark.parametrize("soc", IMAGES)
def test_every_case_of_a_soc_runs_in_its_image(soc: str) -> None:
    images = {one.image for one in everything(MATRIX) if one.accelerator == soc}

    assert len(images) == 1
    assert IMAGES[soc] in images.pop()


def test_what_is_for_pull_requests_alone_runs_where_it_is_asked_for() -> None:
    skipped = [job.suite for job in expand(MATRIX) if job.status == SKIPPED]

    assert skipped == ["a2-accuracy-pr-only"] * 2


def test_the_larger_cluster_repeats_cases_of_the_smaller_one() -> None:
    there, here = (
        {dict(one.job.parameters)["model"] for one in planned(MATRIX) if site(one)}
        for site in (
            lambda one: one.site == CLUSTER and one.accelerator != "cpu",
            lambda one: one.site != CLUSTER and one.accelerator == "a3",
        )
    )

    assert there < here
