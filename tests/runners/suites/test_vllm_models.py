"""The suite of vLLM's models and features as a program: healthy, and with faults in vLLM."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from suites_by_hand import Said, said_by
from torch_environment import LAUNCHER
from vllm_environment import vllm_python

from matrix.status import Status

pytestmark = [
    pytest.mark.suites,
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.xdist_group("vllm"),  # one environment of 2.3 GB, and engines one after the other
]
DRIVE = Path(__file__).parent / "inside" / "drive_vllm.py"
NOW = "0.32.0"


@pytest.fixture(scope="module")
def vllm() -> Path:
    return vllm_python(NOW)


def driven(vllm: Path, faults: str, cases: str) -> dict[str, Status]:
    """How cases end where vLLM has faults."""
    said = said_by([str(vllm), "-I", str(DRIVE), faults, "vllm_models", f"cases={cases}"])
    assert said.is_complete
    return {case.id: case.status for case in said.cases.values() if case.id != "device"}


@pytest.fixture(scope="module")
def healthy(vllm: Path) -> Said:
    cases = "llama.generate,opt.generate,logprobs,stop,structured.*,cache.*,embedding"
    return said_by([str(vllm), "-I", str(LAUNCHER), "vllm_models", f"cases={cases}"])


def test_a_healthy_vllm_is_green(healthy: Said) -> None:
    assert healthy.is_complete
    assert healthy.hello.total == len(healthy.cases) == 12
    assert {case.status for case in healthy.cases.values()} == {Status.PASS}


def test_every_case_says_its_tolerance(healthy: Said) -> None:
    judged = [case for case in healthy.cases.values() if case.id != "device"]
    assert all(json.loads(case.detail)["tolerance"] for case in judged)


def test_the_component_is_what_another_distribution_brings(healthy: Said) -> None:
    assert healthy.hello.observed is not None
    (found,) = (one for one in healthy.hello.observed if one.name == "vllm")
    assert (found.version, found.build) == (NOW, "cpu")


def test_a_wrong_rotary_embedding_is_seen_where_there_is_one(vllm: Path) -> None:
    """Phi is one that vLLM leaves to Transformers' own code, and so to its rotary embedding."""
    cases = "llama.generate,qwen3.generate,phi.generate,opt.generate,gpt2.generate,batch"
    assert driven(vllm, "skewed", cases) == {
        "llama.generate": Status.FAIL,
        "qwen3.generate": Status.FAIL,
        "phi.generate": Status.PASS,
        "opt.generate": Status.PASS,
        "gpt2.generate": Status.PASS,
        "batch": Status.PASS,
    }


def test_a_sampler_that_heeds_no_temperature_is_seen_in_what_it_draws(vllm: Path) -> None:
    found = driven(vllm, "lukewarm", "sampling.*,logprobs")
    assert {name for name, status in found.items() if status is Status.FAIL} == {
        "sampling.distribution",
        "sampling.top-p",
    }


def test_a_cache_that_confuses_texts_is_seen(vllm: Path) -> None:
    found = driven(vllm, "confused", "cache.prefix,batch,prefill.chunked")
    assert found == {
        "cache.prefix": Status.FAIL,
        "batch": Status.PASS,
        "prefill.chunked": Status.PASS,
    }


def test_an_engine_that_dies_costs_its_case_alone_and_is_named(vllm: Path) -> None:
    cases = "cases=opt.generate,embedding"
    said = said_by([str(vllm), "-I", str(DRIVE), "dying", "vllm_models", cases])
    assert said.is_complete
    case = said.cases["opt.generate", "float32"]
    assert case.status is Status.FAIL
    assert "it was ended by SIGABRT" in case.message
    assert said.cases["embedding", "float32"].status is Status.PASS


def test_a_parameter_that_means_nothing_ends_the_suite_with_its_name(vllm: Path) -> None:
    done = subprocess.run(
        [vllm, "-I", LAUNCHER, "vllm_models", "model=llama"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode != 0
    assert "unknown parameter model; there is `cases`, `models`, `hub`" in done.stderr
