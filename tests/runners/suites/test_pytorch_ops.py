"""The operators' suite as a program: counts, shards, crashes, faults, repeats, devices."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from slots import report_of
from suites_by_hand import Play, Said, said_by
from tickets import ticket
from torch_environment import ROOT

from matrix.status import Layer, Status
from runners.protocol import parse
from runners.work import CaseResult

pytestmark = [
    pytest.mark.torch,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("pytorch-ops"),  # its long run is made once, for one worker
]
INSIDE = Path(__file__).parent / "inside"
HEALTHY = {Status.PASS, Status.SKIP}


@pytest.fixture(scope="module")
def whole(torch: Path) -> list[Said]:
    """Every operator in two shards as in the default matrix, with the first sample of each.

    The default matrix takes three; tests/docs/test_readme.py carries it out, and wants it green.
    """
    start = [str(torch), "-I", str(ROOT / "runners/suites/__main__.py"), "pytorch_ops"]
    shards = [[*start, "--shard", f"{shard}/2", "samples=1"] for shard in (1, 2)]
    with ThreadPoolExecutor() as pool:
        return list(pool.map(said_by, shards))


def broken(torch: Path, how: str, op: str, *arguments: str) -> Said:
    return said_by([str(torch), "-I", str(INSIDE / "drive.py"), how, op, *arguments])


def test_a_healthy_machine_is_green_on_a_sample_of_everything(whole: list[Said]) -> None:
    assert all(shard.code == 0 and shard.is_complete for shard in whole)
    assert {case.status for shard in whole for case in shard.cases.values()} == HEALTHY


def test_every_operator_is_there_in_every_dtype_and_direction_once(whole: list[Said]) -> None:
    ends = [key for shard in whole for key in shard.cases]
    ops = {id_.removesuffix(".backward") for id_, _ in ends}
    assert len(ops) == 702
    assert len(ends) == len(set(ends)) == 702 * 6


def test_hello_promises_as_many_cases_as_come(whole: list[Said]) -> None:
    for shard in whole:
        assert shard.hello.total == len(shard.cases)
        assert shard.hello.resume


def test_float32_counts_are_those_of_this_release(whole: list[Said]) -> None:
    passed = Counter(
        id_.endswith(".backward")
        for shard in whole
        for (id_, dtype), case in shard.cases.items()
        if case.status is Status.PASS and dtype == "float32"
    )
    assert passed[False] > 630
    assert passed[True] > 520


def test_a_skip_says_why(whole: list[Said]) -> None:
    skipped = [c for s in whole for c in s.cases.values() if c.status is Status.SKIP]
    assert skipped
    assert all(case.message for case in skipped)


def test_a_pass_says_its_tolerance_and_how_many_samples(whole: list[Said]) -> None:
    cases = {key: case for shard in whole for key, case in shard.cases.items()}
    detail = json.loads(cases["add", "bfloat16"].detail)
    assert detail["samples"] == 1
    assert "bfloat16" in detail["tolerance"]


def test_a_segfault_costs_one_case_and_the_rest_is_run_behind_it(
    torch: Path, tmp_path: Path
) -> None:
    """Through a real slot: the ledger, the second process and COEVO_DONE are those of every day."""
    drive = (str(torch), "-I", str(INSIDE / "drive.py"), "segfault", "floor")
    what = ("ops=exp,floor,mul", "dtypes=float32", "directions=forward", "samples=2")
    asked = replace(ticket(), command=(*drive, *what), timeout_seconds=150.0)
    report = report_of(tmp_path, asked)
    assert {case.id: case.status for case in report.cases} == {
        "exp": Status.PASS,
        "floor": Status.FAIL,
        "mul": Status.PASS,
    }
    assert (report.status, report.layer, report.retry) == (Status.FAIL, Layer.CODE, False)
    assert report.reason.startswith("1 of 3 cases failed: floor: it was ended by SIGSEGV")
    assert "COEVO_CASE=floor" in next(case.repeat for case in report.cases if case.id == "floor")


@pytest.fixture(scope="module")
def doubled(torch: Path) -> Said:
    """What is said where `exp` answers twice what is right."""
    ops = "ops=exp,expm1,mul,as_strided.partial_views"
    return broken(torch, "double", "exp", ops, "dtypes=fp32,bf16", "samples=2")


def test_exactly_the_broken_operator_fails_with_everything_about_it(doubled: Said) -> None:
    failed = {key for key, case in doubled.cases.items() if case.status is Status.FAIL}
    assert failed == {
        (id_, dtype) for id_ in ("exp", "exp.backward") for dtype in ("float32", "bfloat16")
    }
    detail = json.loads(doubled.cases["exp", "float32"].detail)
    assert {"sample", "input", "expected", "actual", "allowed", "tolerance"} <= detail.keys()
    assert float(detail["actual"]) == pytest.approx(2 * float(detail["expected"]), rel=1e-5)


def test_the_known_fault_of_the_reference_is_expected_and_skipped(doubled: Said) -> None:
    case = doubled.cases["as_strided.partial_views", "float32"]
    assert (case.status, case.expected) == (Status.SKIP, True)
    assert "larger storage" in case.message


def test_the_command_of_a_failure_repeats_just_that_sample_wherever_a_person_is(
    torch: Path, doubled: Said, tmp_path: Path
) -> None:
    """In a shell that knows nothing of Coevo, and by itself, where nothing is broken."""
    command = doubled.cases["exp", "float32"].repeat
    assert command.startswith(f"{torch} -I ")
    ran = subprocess.run(
        ["env", "-i", "/bin/sh", "-c", command], cwd=tmp_path, capture_output=True, check=True
    )
    said = [parse(line) for line in ran.stdout.splitlines()]
    again = [one for one in said if isinstance(one, CaseResult)]
    assert [(one.id, one.dtype, one.status) for one in again] == [("exp", "float32", Status.PASS)]
    assert json.loads(again[0].detail)["samples"] == 1
    assert list(tmp_path.iterdir()) == []


def test_another_device_is_held_against_references_of_a_clean_process(
    torch: Path, play: Play
) -> None:
    said = play(
        "pytorch_ops",
        "--device",
        "lazy",
        "ops=add,nn.functional.pixel_shuffle,tensor_split",
        "dtypes=float32",
        "samples=3",
        "directions=forward",
        python=torch,
    )
    told = {case.id: (case.status, case.device) for case in said.cases.values()}
    # LazyTensor's pixel_shuffle is wrong, and so it is here.
    assert told == {
        "add": (Status.PASS, "lazy"),
        "tensor_split": (Status.PASS, "lazy"),
        "nn.functional.pixel_shuffle": (Status.FAIL, "lazy"),
    }


def test_variants_and_whole_numbers_are_cases_of_their_own_where_they_are_asked_for(
    torch: Path, play: Play
) -> None:
    chosen = ("ops=add", "dtypes=float32,int64", "variants=all", "samples=3")
    said = play("pytorch_ops", *chosen, python=torch)
    names = {f"add{variant}" for variant in ("", ".noncontiguous", ".empty", ".deterministic")}
    whole = {(name, "int64") for name in names}
    floating = {(name + way, "float32") for name in names for way in ("", ".backward")}
    assert said.cases.keys() == whole | floating
    assert {case.status for case in said.cases.values()} == {Status.PASS}


def test_a_device_that_is_not_there_fails_and_nothing_else_is_said(torch: Path, play: Play) -> None:
    said = play("pytorch_ops", "--device", "cuda", "ops=add", python=torch)
    (case,) = said.cases.values()
    assert (case.id, case.status, case.device) == ("device", Status.FAIL, "cuda")


def test_a_parameter_that_means_nothing_ends_the_suite_with_its_name(torch: Path) -> None:
    launcher = ROOT / "runners/suites/__main__.py"
    done = subprocess.run(
        [torch, "-I", launcher, "pytorch_ops", "dtypes=float31"],
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode != 0
    assert "float31 is none of float32, bfloat16, float16" in done.stderr


def test_the_checks_inside_the_environment_pass(torch: Path) -> None:
    done = subprocess.run(
        [
            *(torch, "-m", "pytest", "-q", "--noconftest", "-p", "no:cacheprovider"),
            *("-c", "/dev/null", "--rootdir", INSIDE, "-W", "ignore", "--import-mode=importlib"),
            *("-o", "python_files=check_*.py", "-o", f"pythonpath={INSIDE}", INSIDE),
        ],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:]
