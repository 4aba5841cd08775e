"""The suite of vLLM's benchmarks as a program: healthy, and where a benchmark tells what is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from suites_by_hand import Said, said_by
from torch_environment import LAUNCHER
from vllm_environment import vllm_python

from matrix.library import library
from matrix.status import Status

pytestmark = [
    pytest.mark.suites,
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.xdist_group("vllm"),
]
DRIVE = Path(__file__).parents[1] / "inside" / "drive_serve.py"


@pytest.fixture(scope="module")
def vllm() -> Path:
    return vllm_python("0.32.0")


@pytest.fixture(scope="module")
def healthy(vllm: Path) -> Said:
    env = {"COEVO_PRICE_PER_HOUR": "2.49"}
    return said_by([str(vllm), "-I", str(LAUNCHER), "vllm_bench"], env)


def test_all_figures_agree(healthy: Said) -> None:
    assert healthy.is_complete
    assert healthy.hello.total == len(healthy.cases) == 13
    assert {case.status for case in healthy.cases.values()} == {Status.PASS}


def test_every_metric_that_is_declared_is_measured_in_replicates(healthy: Said) -> None:
    found = {metric.name: metric for metric in healthy.metrics}
    declared = library().suites["vllm-bench"].metrics
    assert set(declared) | {"dollars_per_million_tokens"} <= set(found)
    assert len(found["output_throughput"].values) == 5
    assert len(found["batch_latency"].values) == 10


def test_every_run_says_who_else_was_at_work(healthy: Said) -> None:
    detail = json.loads(healthy.cases["serve.ended", ""].detail)
    assert len(detail["others_share"]) == len(detail["contended"]) == 5


@pytest.mark.parametrize(
    ("fault", "case"), [("generous", "serve.counts"), ("hasty", "serve.agrees")]
)
def test_a_counter_that_is_wrong_fails_in_its_own_case(vllm: Path, fault: str, case: str) -> None:
    said = said_by([str(vllm), "-I", str(DRIVE), fault, "vllm_bench", "cases=serve.*"])
    assert said.is_complete
    assert {c.id for c in said.cases.values() if c.status is Status.FAIL} == {case}
    assert not said.metrics
