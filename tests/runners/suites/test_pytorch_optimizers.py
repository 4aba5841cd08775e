"""The optimizers' suite as a program: counts, real defects, planted faults, repeats, devices."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from suites_by_hand import Play, Said, said_by

from matrix.status import Status
from runners.protocol import parse
from runners.work import CaseResult

pytestmark = [
    pytest.mark.torch,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("pytorch-ops"),
]
DRIVE = Path(__file__).parent / "inside" / "drive_faulty.py"
OPTIMIZERS = 15


@pytest.fixture(scope="module")
def whole(torch: Path, request: pytest.FixtureRequest) -> Said:
    """Every optimizer, form and configuration in float32."""
    play = [str(torch), "-I", str(request.config.rootpath / "runners/suites/__main__.py")]
    return said_by([*play, "pytorch_optimizers", "dtypes=float32"])


def failed(said: Said) -> set[str]:
    return {case.id for case in said.cases.values() if case.status is Status.FAIL}


def test_a_healthy_machine_is_green_in_full_precision(whole: Said) -> None:
    assert whole.code == 0
    assert whole.is_complete
    assert {case.status for case in whole.cases.values()} == {Status.PASS, Status.SKIP}


def test_every_optimizer_is_there_in_each_form_stepping_and_resumed(whole: Said) -> None:
    assert whole.hello.total == len(whole.cases) == OPTIMIZERS * 3 * 2
    assert Counter(id_.partition(".")[0] for id_, _ in whole.cases) == dict.fromkeys(
        {id_.partition(".")[0] for id_, _ in whole.cases}, 6
    )
    assert {("Adam", "float32"), ("Adam.fused.resume", "float32")} <= whole.cases.keys()


def test_what_passes_says_its_tolerance_and_what_is_skipped_its_reason(whole: Said) -> None:
    detail = json.loads(whole.cases["Adam.fused", "float32"].detail)
    assert detail["samples"] == 5
    assert "float32" in detail["tolerance"]
    assert json.loads(whole.cases["Adam.resume", "float32"].detail)["tolerance"] == "bit for bit"
    skipped = [case for case in whole.cases.values() if case.status is Status.SKIP]
    assert all(case.message.startswith("capability: ") for case in skipped)


def test_the_seed_is_a_fact(whole: Said) -> None:
    assert whole.facts["seed"].value == "0"


def test_one_that_forgets_weight_decay_fails_its_own_cases_and_its_command_repeats_one(
    torch: Path, tmp_path: Path
) -> None:
    """The repeated one passes, since by itself nothing is broken."""
    start = [str(torch), "-I", str(DRIVE), "pytorch_optimizers", "forgets_decay", "AdamW"]
    said = said_by([*start, "optimizers=Adam*", "dtypes=float32", "forms=forloop,fused"])
    assert said.is_complete
    assert failed(said) == {"AdamW", "AdamW.fused"}
    case = said.cases["AdamW.fused", "float32"]
    assert {"sample", "input", "expected", "actual", "allowed"} <= json.loads(case.detail).keys()
    ran = subprocess.run(
        ["env", "-i", "/bin/sh", "-c", case.repeat], cwd=tmp_path, capture_output=True, check=True
    )
    again = [one for one in map(parse, ran.stdout.splitlines()) if isinstance(one, CaseResult)]
    assert [(one.id, one.status) for one in again] == [("AdamW.fused", Status.PASS)]


@pytest.mark.suites
def test_the_fused_sgd_of_this_release_does_not_step_in_half_precision(
    torch: Path, play: Play
) -> None:
    """A defect of torch 2.13.0 on CPUs, which docs/suites/pytorch-optimizers.md tells of."""
    chosen = ("optimizers=SGD", "dtypes=bf16", "looks=steps", "samples=1")
    said = play("pytorch_optimizers", *chosen, python=torch)
    assert failed(said) == {"SGD.fused"}


@pytest.mark.suites
def test_another_device_is_held_against_references_of_a_clean_process(
    torch: Path, play: Play
) -> None:
    chosen = ("optimizers=AdamW", "dtypes=float32", "samples=2", "forms=forloop")
    said = play("pytorch_optimizers", "--device", "lazy", *chosen, python=torch)
    assert {case.device for case in said.cases.values()} == {"lazy"}
    assert said.cases["AdamW", "float32"].status is Status.PASS
