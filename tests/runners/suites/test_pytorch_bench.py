"""The benchmarks as a program: healthy, with faults in torch, and on other devices."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from suites_by_hand import Play, Said, said_by
from torch_environment import LAUNCHER

from matrix.status import Status

pytestmark = [
    pytest.mark.torch,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("pytorch-bench"),  # its run is made once, for one worker
]
DRIVE = Path(__file__).parent / "inside" / "drive_bench.py"
QUICK = "seconds=0.01"


def driven(torch: Path, faults: str, cases: str) -> dict[str, Status]:
    """How cases end where torch has faults."""
    said = said_by([str(torch), "-I", str(DRIVE), faults, f"cases={cases}", QUICK])
    assert said.is_complete
    assert said.hello.total == len(said.cases)
    assert {metric.case for metric in said.metrics} == {
        id_ for (id_, _), case in said.cases.items() if case.status is Status.PASS
    } - {"device"}
    return {f"{id_}/{dtype}": case.status for (id_, dtype), case in said.cases.items()}


@pytest.fixture(scope="module")
def healthy(torch: Path) -> Said:
    cases = "cases=matmul.256,attention.512,host_to_device,launch"
    argv = [str(torch), "-I", str(LAUNCHER), "pytorch_bench", cases, QUICK, "peaks=float32=1e15"]
    return said_by(argv)


def test_a_healthy_machine_is_green(healthy: Said) -> None:
    assert healthy.is_complete
    assert healthy.hello.total == len(healthy.cases) == 7
    others = {key[0]: c.status for key, c in healthy.cases.items() if c.status is not Status.PASS}
    assert others == {"host_to_device": Status.SKIP}


def test_each_process_gives_one_value_of_one_thread(healthy: Said) -> None:
    assert {(one.name, one.unit, one.better, len(one.values)) for one in healthy.metrics} == {
        ("matmul_256_float32_one_thread", "FLOP/s", "higher", 5),
        ("matmul_256_float16_one_thread", "FLOP/s", "higher", 5),
        ("attention_512_float32_one_thread", "FLOP/s", "higher", 5),
        ("attention_512_bfloat16_one_thread", "FLOP/s", "higher", 5),
        ("launch_float32_one_thread", "s", "lower", 5),
    }
    assert "at::get_num_threads() : 1" in healthy.facts["torch.parallel"].value


def test_a_case_says_its_tolerance_and_its_share_of_a_declared_peak(healthy: Said) -> None:
    detail = json.loads(healthy.cases["matmul.256", "float32"].detail)
    assert detail["tolerance"]
    assert 0 < detail["used"] <= 1
    assert detail["peak_source"] == "the parameter `peaks`"
    assert detail["share_of_peak"] < 1
    assert "peak" not in json.loads(healthy.cases["launch", "float32"].detail)


def test_a_fast_wrong_kernel_fails_and_a_dead_one_takes_no_other_with_it(torch: Path) -> None:
    cases = "matmul.256,conv2d.3x3,softmax.1024,gelu"
    assert driven(torch, "hasty,coarse,deadly", cases) == {
        "device/": Status.PASS,
        "matmul.256/float32": Status.FAIL,
        "matmul.256/float16": Status.PASS,
        "conv2d.3x3/float32": Status.FAIL,
        "conv2d.3x3/bfloat16": Status.PASS,
        "softmax.1024/float32": Status.FAIL,
        "softmax.1024/bfloat16": Status.FAIL,
        "gelu/float32": Status.PASS,
        "gelu/bfloat16": Status.PASS,
    }


@pytest.mark.suites
def test_a_kernel_that_never_comes_back_is_ended(torch: Path) -> None:
    assert driven(torch, "endless", "sort,launch") == {
        "device/": Status.PASS,
        "sort/float32": Status.FAIL,
        "launch/float32": Status.PASS,
    }


@pytest.mark.suites
def test_a_device_without_hardware_has_no_speed(torch: Path, play: Play) -> None:
    said = play("pytorch_bench", "--device", "lazy", "cases=matmul.256,launch", python=torch)
    assert not said.metrics
    assert {c.status for key, c in said.cases.items() if key[0] != "device"} == {Status.SKIP}
    assert "no speed of its own" in said.cases["launch", "float32"].message


def test_a_device_that_is_not_there_fails_and_nothing_else_is_said(torch: Path, play: Play) -> None:
    said = play("pytorch_bench", "--device", "cuda", python=torch)
    (case,) = said.cases.values()
    assert (case.id, case.status, case.device) == ("device", Status.FAIL, "cuda")


@pytest.mark.parametrize(
    ("parameter", "told"),
    [
        ("rounds=3", "unknown parameter rounds; there are `cases`"),
        ("processes=3", "processes: 3 are too few; quartiles need 5"),
        ("seconds=long", "seconds: 'long' is no number"),
    ],
)
def test_a_parameter_that_means_nothing_ends_the_suite(
    torch: Path, parameter: str, told: str
) -> None:
    done = subprocess.run(
        [torch, "-I", LAUNCHER, "pytorch_bench", parameter],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode != 0
    assert told in done.stderr
