"""The architectures' suite as a program: healthy, with faults planted, on two releases."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from slots import report_of
from suites_by_hand import Said, said_by
from tickets import ticket
from torch_environment import LAUNCHER, ROOT
from transformers_environment import transformers_python

from matrix.status import Status

MINUTES = 60
pytestmark = [pytest.mark.suites, pytest.mark.slow, pytest.mark.timeout(30 * MINUTES)]
DRIVE = ROOT / "tests/runners/suites/inside/drive_architectures.py"
NOW, BEFORE = "5.23.0", "4.57.6"
FEW = "architectures=bert,llama,llava,mistral,t5,vit,whisper"
CHECKS = {"forward", "backward", "generate", "save-load"}


@pytest.fixture(scope="module", params=[NOW, BEFORE])
def python(request: pytest.FixtureRequest) -> Path:
    return transformers_python(request.param)


@pytest.fixture(scope="module")
def now() -> Path:
    return transformers_python(NOW)


def played(python: Path, *arguments: str) -> Said:
    start = [str(python), "-I", str(LAUNCHER), "transformers_architectures"]
    return said_by([*start, *arguments])


def broken(python: Path, how: str) -> dict[str, Status]:
    """How each case of two architectures ends with a fault in one of them, in float32."""
    chosen = ("architectures=llama,mistral", "dtypes=float32")
    said = said_by([str(python), "-I", str(DRIVE), how, *chosen])
    assert said.is_complete, said.log[-2000:]
    return {case.id: case.status for case in said.cases.values()}


def only(*failing: str) -> dict[str, Status]:
    """Every case of both passes but for those of Llama that are named."""
    return {
        f"{name}.{check}": Status.FAIL if name == "llama" and check in failing else Status.PASS
        for name in ("llama", "mistral")
        for check in CHECKS
    }


def test_healthy_architectures_of_every_kind_pass(python: Path) -> None:
    said = played(python, FEW)
    assert said.is_complete
    assert said.hello.total == len(said.cases) == 2 * (3 * 3 + 4 * 4)
    assert said.hello.resume
    bad = {key: case.message for key, case in said.cases.items() if case.status is not Status.PASS}
    assert bad == {}


def test_a_result_says_its_tolerance_reference_and_inputs(now: Path) -> None:
    said = played(now, "--case", "llama.forward", "architectures=llama", "dtypes=bfloat16")
    (case,) = said.cases.values()
    detail = json.loads(case.detail)
    assert detail["reference"] == "float64"
    assert "bfloat16" in detail["tolerance"]
    assert detail["inputs"] == {"input_ids": [2, 12]}
    assert 0 < detail["used"] < 1
    assert said.facts["seed"].value == "0"


def test_an_image_stands_among_the_tokens_of_a_multimodal_model(now: Path) -> None:
    said = played(now, "--case", "llava.forward", "architectures=llava", "dtypes=float32")
    (case,) = said.cases.values()
    assert json.loads(case.detail)["inputs"]["pixel_values"] == [2, 3, 64, 64]


@pytest.mark.parametrize(
    ("how", "failing"),
    [
        ("rotary", ("forward", "backward", "generate")),
        ("cache", ("generate",)),
        ("corrupt", ("save-load",)),
        ("truncate", ("save-load",)),
        ("pickle", ("save-load",)),
    ],
)
def test_a_fault_in_one_architecture_fails_exactly_its_cases(
    now: Path, how: str, failing: tuple[str, ...]
) -> None:
    assert broken(now, how) == only(*failing)


def test_an_architecture_that_kills_the_process_costs_only_itself(
    now: Path, tmp_path: Path
) -> None:
    """Through a real slot: the ledger and the processes behind the crashes are those of a day."""
    what = ("architectures=bert,llama,mistral", "dtypes=float32")
    drive = (str(now), "-I", str(DRIVE), "segfault")
    report = report_of(tmp_path, replace(ticket(), command=(*drive, *what), timeout_seconds=600.0))
    bad = {case.id for case in report.cases if case.status is Status.FAIL}
    assert bad == {"llama.forward", "llama.backward", "llama.generate"}
    assert len(report.cases) == 3 + 4 + 4


def test_what_is_left_out_says_why(now: Path) -> None:
    said = played(now, "architectures=detr,timesfm,sam", "dtypes=float32")
    told = {case.id: case.message for case in said.cases.values()}
    assert {case.status for case in said.cases.values()} == {Status.SKIP}
    assert told["timesfm.forward"] == "it wants a time series"
    assert told["sam.backward"] == "it wants marks in the image beside it"
    assert told["detr.forward"].startswith("needs a package: ")


def test_a_device_that_is_not_there_fails_and_nothing_else_is_said(now: Path) -> None:
    said = played(now, "--device", "cuda", "architectures=llama")
    (case,) = said.cases.values()
    assert (case.id, case.status, case.device) == ("device", Status.FAIL, "cuda")


def test_shards_are_disjoint_and_together_the_whole(now: Path) -> None:
    """Of architectures that are left out, which takes no time."""
    what = ("architectures=timesfm*,sam*,bros,pi0", "dtypes=float32")
    whole = set(played(now, *what).cases)
    parts = [set(played(now, "--shard", f"{n}/2", *what).cases) for n in (1, 2)]
    assert parts[0] | parts[1] == whole
    assert not parts[0] & parts[1]
    assert all(parts)


def test_a_newer_release_brings_its_architectures_by_itself(now: Path) -> None:
    before = transformers_python(BEFORE)
    counts = [
        int(played(one, "architectures=timesfm").facts["architectures.known"].value)
        for one in (before, now)
    ]
    assert counts[0] > 300
    assert counts[1] > counts[0] + 100
