"""The suite of vLLM's accuracy: what is stored, and the program with faults in vLLM."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from suites_by_hand import Said, said_by
from torch_environment import LAUNCHER
from vllm_environment import vllm_python

from matrix.status import Status
from runners.suites.tiny_models.architectures import ARCHITECTURES
from runners.suites.vllm_accuracy.stored import Reference, reference, store
from runners.suites.vllm_accuracy.texts import TEXTS

DRIVE = Path(__file__).parent / "inside" / "drive_vllm.py"
run_in_vllm = [
    pytest.mark.suites,
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.xdist_group("vllm"),
]


@pytest.mark.parametrize("name", [one.id for one in ARCHITECTURES])
def test_each_architecture_has_a_reference_of_every_place(name: str) -> None:
    found = reference(name)
    assert len(found.fingerprint) == 64
    assert found.made_with.keys() == {"transformers", "torch"}
    assert [len(row) for row in found.rows] == [len(text) - 1 for text in TEXTS]
    assert all(-40 < one < 0 and math.isfinite(one) for row in found.rows for one in row)


def test_no_reference_is_of_nothing() -> None:
    folder = Path(reference.__code__.co_filename).parent / "references"
    names = {path.stem for path in folder.glob("*.json")}
    assert names == {one.id for one in ARCHITECTURES} | {"copying"}


def test_what_is_stored_is_what_was_made(tmp_path: Path) -> None:
    made = Reference("f" * 64, {"torch": "2"}, [[-1.5, -0.25], [-3.0]])
    store("toy", made, tmp_path)
    assert Reference(**json.loads((tmp_path / "toy.json").read_text())) == made


@pytest.fixture(scope="module")
def vllm() -> Path:
    return vllm_python("0.32.0")


@pytest.fixture(scope="module")
def healthy(vllm: Path) -> Said:
    cases = "cases=llama.logprobs,opt.logprobs,copying"
    return said_by([str(vllm), "-I", str(LAUNCHER), "vllm_accuracy", cases])


class TestInVllm:
    """What needs engines."""

    pytestmark = run_in_vllm

    def test_a_healthy_vllm_is_green(self, healthy: Said) -> None:
        assert healthy.is_complete
        assert healthy.hello.total == len(healthy.cases) == 7
        assert {case.status for case in healthy.cases.values()} == {Status.PASS}

    def test_the_share_of_copied_words_is_measured(self, healthy: Said) -> None:
        assert {one.name: one.unit for one in healthy.metrics} == {
            "copied_words_float32": "%",
            "copied_words_bfloat16": "%",
        }

    def test_a_wrong_rotary_embedding_is_seen_where_there_is_one(self, vllm: Path) -> None:
        cases = "cases=llama.logprobs,gemma3.logprobs,opt.logprobs,gpt2.logprobs"
        said = said_by([str(vllm), "-I", str(DRIVE), "skewed", "vllm_accuracy", cases])
        found = {key: case.status for key, case in said.cases.items() if key[1] == "float32"}
        assert found == {
            ("llama.logprobs", "float32"): Status.FAIL,
            ("gemma3.logprobs", "float32"): Status.FAIL,
            ("opt.logprobs", "float32"): Status.PASS,
            ("gpt2.logprobs", "float32"): Status.PASS,
        }

    def test_other_weights_than_the_references_are_no_fault_of_vllm(self, vllm: Path) -> None:
        argv = [str(vllm), "-I", str(DRIVE), "forged", "vllm_accuracy", "cases=opt.logprobs"]
        cases = said_by(argv).cases
        for dtype in ("float32", "bfloat16"):
            assert cases["opt.logprobs", dtype].status is Status.ERROR
            assert "the weights' sha256 is" in cases["opt.logprobs", dtype].message
