"""Models that vllm-models is given: from a folder, a seed and a hub, and those that it refuses."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from loopback_hub import COMMIT, NAME, hub
from suites_by_hand import Said, said_by
from torch_environment import LAUNCHER
from vllm_environment import vllm_python

from matrix.library import builtin_models
from matrix.load import parse
from matrix.status import Status
from runners.work import CaseResult

pytestmark = [
    pytest.mark.suites,
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.xdist_group("vllm"),
]
NOWHERE = "http://127.0.0.1:9"  # the port of discard, which nobody serves
INSIDE = Path(__file__).parent / "inside"
MADE = (
    "architecture: Qwen3ForCausalLM, dtype: [float32, bfloat16], settings: {vocab_size: 300, "
    "hidden_size: 32, intermediate_size: 64, num_hidden_layers: 3, num_attention_heads: 1, "
    "num_key_value_heads: 1, head_dim: 32, max_position_embeddings: 512}"
)


@pytest.fixture(scope="module")
def vllm() -> Path:
    return vllm_python("0.32.0")


@pytest.fixture(scope="module")
def weights(vllm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as somebody might have it who has weights."""
    folder = tmp_path_factory.mktemp("weights") / "mine"
    subprocess.run([vllm, "-I", INSIDE / "tiny_checkpoints.py", folder], check=True)
    return folder


def parameters(models: Mapping[str, str], more: str = "") -> str:
    """The parameters that a matrix makes of models, each a YAML mapping without its licence."""
    lines = "".join(f"  {name}: {{{one}, licence: MIT}}\n" for name, one in models.items())
    cases = ", ".join(f"{name}.*" for name in models)
    matrix = (
        "name: x\naxes: {site: [lab], accelerator: [cpu]}\n"
        f"models:\n{lines}suites:\n  vllm-models:\n    models: [{', '.join(models)}]\n"
        f'    parameters: {{cases: "{cases}"{more}}}\n'
    )
    return json.dumps(dict(parse(matrix, "m.yaml").suite("vllm-models").parameters))


def ran(program: list[Path | str], asked: str, home: Path, endpoint: str = NOWHERE) -> Said:
    env = {"COEVO_PARAMETERS": asked, "HF_HOME": str(home), "HF_ENDPOINT": endpoint}
    return said_by(list(map(str, program)), env)


@pytest.fixture(scope="module")
def alone(vllm: Path, weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Said:
    """Without leave to use the network, and nothing of a hub on this machine."""
    home = tmp_path_factory.mktemp("home")
    pickled = shutil.copytree(weights, home / "pickled")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    digest = "ab" * 32
    models = {
        "mine": f"path: {weights}, architecture: LlamaForCausalLM, parameters: 139584",
        "made": f"random: 7, {MADE}",
        "pickled": f"path: {pickled}",
        "gone": f"path: {home / 'gone'}",
        "other": f'path: {weights}, files: {{model.safetensors: "{digest}"}}',
        "far": f"hub: {NAME}@{COMMIT}",
    }
    return ran([vllm, "-I", LAUNCHER, "vllm_models"], parameters(models), home / "hub")


def case(said: Said, model: str, dtype: str = "float32") -> CaseResult:
    return said.cases[f"{model}.generate", dtype]


def test_all_sizes_are_true(vllm: Path) -> None:
    done = subprocess.run(
        [vllm, "-I", INSIDE / "tiny_checkpoints.py"], check=True, capture_output=True, text=True
    )
    counted = {name: int(count) for name, count in map(str.split, done.stdout.splitlines())}

    assert counted == {name: one.parameters for name, one in builtin_models().items()}


def test_weights_in_a_folder_are_run_and_held_against_transformers(alone: Said) -> None:
    found = case(alone, "mine")
    detail = json.loads(found.detail)

    assert alone.is_complete
    assert found.status is Status.PASS, found.message
    assert (detail["steps"], detail["parameters"], detail["licence"]) == (64, 139584, "MIT")
    assert len(detail["texts"]) == 4


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_model_of_another_seed_and_size_is_made(alone: Said, dtype: str) -> None:
    assert case(alone, "made", dtype).status is Status.PASS


def test_a_pickle_is_refused_by_its_name(alone: Said) -> None:
    found = case(alone, "pickled")

    assert found.status is Status.ERROR
    assert "pickled/pytorch_model.bin is a pickle" in found.message


def test_weights_that_this_machine_does_not_have_are_skipped(alone: Said) -> None:
    assert case(alone, "gone").status is Status.SKIP
    assert "there is no folder" in case(alone, "gone").message


def test_other_weights_than_those_told_are_an_error(alone: Said) -> None:
    assert case(alone, "other").status is Status.ERROR
    assert "the sha256 of" in case(alone, "other").message


def test_a_hub_is_refused_without_leave_with_what_to_do(alone: Said) -> None:
    found = case(alone, "far")

    assert found.status is Status.ERROR
    assert "this suite may not use the network" in found.message
    assert f"hf download {NAME} --revision {COMMIT}" in found.message
    assert "`path: FOLDER`" in found.message
    assert "`parameters: {hub: fetch}`" in found.message


def test_with_leave_a_hub_is_asked_once_and_for_no_pickle(
    vllm: Path, weights: Path, tmp_path: Path
) -> None:
    program: list[Path | str] = [vllm, "-I", LAUNCHER, "vllm_models"]
    models = {"far": f"hub: {NAME}@{COMMIT}"}
    there = shutil.copytree(weights, tmp_path / "there")
    (there / "pytorch_model.bin").write_bytes(b"a pickle")
    (there / "modeling.py").write_text("raise SystemExit")
    with hub(there) as (address, read):
        first = ran(program, parameters(models, ", hub: fetch"), tmp_path / "hub", address)
        asked = sorted(read)
    again = ran(program, parameters(models), tmp_path / "hub")

    assert case(first, "far").status is Status.PASS, case(first, "far").message
    assert "model.safetensors" in asked
    assert not {"pytorch_model.bin", "modeling.py"} & set(asked)
    assert case(again, "far").status is Status.PASS, "what was brought is there without leave"


def test_a_hub_that_does_not_answer_is_the_machines_fault(vllm: Path, tmp_path: Path) -> None:
    models = {"far": f"hub: {NAME}@{COMMIT}"}
    with hub(tmp_path) as (address, _):
        pass
    program: list[Path | str] = [vllm, "-I", LAUNCHER, "vllm_models"]
    said = ran(program, parameters(models, ", hub: fetch"), tmp_path / "hub", address)

    assert case(said, "far").status is Status.MISS
    assert f"{NAME}@{COMMIT} was not to be had" in case(said, "far").message


def test_a_fault_of_vllm_is_seen_in_given_weights(
    vllm: Path, weights: Path, tmp_path: Path
) -> None:
    program: list[Path | str] = [vllm, "-I", INSIDE / "drive_vllm.py", "skewed", "vllm_models"]
    said = ran(program, parameters({"mine": f"path: {weights}"}), tmp_path / "hub")

    assert case(said, "mine").status is Status.FAIL
    assert "log-probability off by" in case(said, "mine").message
