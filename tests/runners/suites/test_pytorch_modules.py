"""The modules' suite as a program: counts, planted faults, repeats, another device."""

from __future__ import annotations

import json
import subprocess
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
MODULES = 114
LOOKS = ("", ".backward", ".eval", ".eval.backward", ".state")


@pytest.fixture(scope="module")
def one_each(torch: Path, request: pytest.FixtureRequest) -> Said:
    """Every module with its first input, in float32."""
    play = [str(torch), "-I", str(request.config.rootpath / "runners/suites/__main__.py")]
    return said_by([*play, "pytorch_modules", "dtypes=float32", "samples=1"])


def failed(said: Said) -> set[str]:
    return {case.id for case in said.cases.values() if case.status is Status.FAIL}


def test_a_healthy_machine_is_green_on_one_input_of_everything(one_each: Said) -> None:
    assert one_each.code == 0
    assert one_each.is_complete
    assert {case.status for case in one_each.cases.values()} == {Status.PASS, Status.SKIP}


def test_every_module_is_there_in_both_modes_both_ways_and_saved(one_each: Said) -> None:
    assert one_each.hello.total == len(one_each.cases) == MODULES * len(LOOKS)
    assert {(f"nn.Linear{look}", "float32") for look in LOOKS} <= one_each.cases.keys()


def test_what_passes_says_its_tolerance_and_what_is_skipped_its_reason(one_each: Said) -> None:
    detail = json.loads(one_each.cases["nn.LSTM.backward", "float32"].detail)
    assert detail["samples"] == 1
    assert "float32" in detail["tolerance"]
    reasons = {c.message for c in one_each.cases.values() if c.status is Status.SKIP}
    assert reasons == {"nothing to save: it has no parameters and no buffers"}
    assert one_each.facts["seed"].value == "0"


def test_a_dropped_term_fails_its_own_cases_and_its_command_repeats_one(
    torch: Path, tmp_path: Path
) -> None:
    """The repeated one passes, since by itself nothing is broken."""
    start = [str(torch), "-I", str(DRIVE), "pytorch_modules", "drops_a_term", "nn.Linear"]
    said = said_by([*start, "modules=nn.Linear,nn.Bilinear", "dtypes=fp32,bf16"])
    assert said.is_complete
    assert failed(said) == {"nn.Linear.backward", "nn.Linear.eval.backward"}
    command = said.cases["nn.Linear.backward", "bfloat16"].repeat
    ran = subprocess.run(
        ["env", "-i", "/bin/sh", "-c", command], cwd=tmp_path, capture_output=True, check=True
    )
    again = [one for one in map(parse, ran.stdout.splitlines()) if isinstance(one, CaseResult)]
    assert [(one.id, one.status) for one in again] == [("nn.Linear.backward", Status.PASS)]
    assert json.loads(again[0].detail)["samples"] == 1


@pytest.mark.suites
def test_another_device_is_held_against_references_of_a_clean_process(
    torch: Path, play: Play
) -> None:
    chosen = ("modules=nn.Linear,nn.BatchNorm1d", "looks=forward,backward", "dtypes=float32")
    said = play("pytorch_modules", "--device", "lazy", "samples=2", *chosen, python=torch)
    assert {case.device for case in said.cases.values()} == {"lazy"}
    assert {case.status for case in said.cases.values()} == {Status.PASS}
