"""ExecuTorch's suites as programs: healthy, with faults, and without torch on what was made."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from executorch_environment import executorch_python
from suites_by_hand import Said, said_by
from torch_environment import LAUNCHER

from matrix.status import Status

pytestmark = [
    pytest.mark.suites,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("executorch"),
]
INSIDE = Path(__file__).parent / "inside"
P, F, D = Status.PASS, Status.FAIL, Status.DONE


@pytest.fixture(scope="module")
def python() -> Path:
    return executorch_python()


@pytest.fixture(scope="module")
def rounding(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library with a wrong `relu`, for whoever loads it first."""
    (wheel,) = python.parents[1].glob("lib/python*/site-packages/executorch")
    made = tmp_path_factory.mktemp("rounding") / "librounding.so"
    headers = wheel / "include"
    flags = ["-std=c++17", "-O1", "-w", "-fPIC", "-shared", "-DC10_USING_CUSTOM_GENERATED_MACROS"]
    places = [f"-I{headers}", f"-I{headers}/executorch/runtime/core/portable_type/c10"]
    subprocess.run(
        ["c++", *flags, *places, str(INSIDE / "rounding.cpp"), "-o", str(made), "-Wl,-z,lazy"],
        check=True,
    )
    return made


def edge(python: Path, folder: Path, cases: str, faults: str = "", **env: str) -> Said:
    """The suite with torch, whose files are left in the folder."""
    start = ["env", "-C", str(folder), str(python), "-I", str(INSIDE / "drive_executorch.py")]
    return said_by([*start, faults, f"cases={cases}"], env)


def pte(made: Path, cases: str, **env: str) -> Said:
    """The suite without, on copies of such files, by the bare standard library."""
    given = made / "given"
    shutil.rmtree(given, ignore_errors=True)
    for kind, folder in (("pte", "edge"), ("runtime", "runtime")):
        shutil.copytree(made / folder, given / kind, copy_function=shutil.copyfile)
    return pte_of(given, cases, **env)


def pte_of(given: Path, cases: str, **env: str) -> Said:
    start = ["python3", "-I", "-S", str(LAUNCHER), "executorch_pte", f"cases={cases}"]
    return said_by(start, {"COEVO_ARTIFACTS": str(given), **env})


def told(said: Said) -> dict[str, Status]:
    assert said.is_complete
    return {case.id: case.status for case in said.cases.values()}


@pytest.fixture(scope="module")
def made(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a healthy suite leaves behind of two programs, and of the runner."""
    folder = tmp_path_factory.mktemp("made")
    said = edge(python, folder, "mlp.*,stateful.xnnpack.*,int8.*,dynamic.*,runner.build")
    judged = [case for case in said.cases.values() if case.status is P and case.id != "device"]
    assert set(told(said).values()) == {P, D}
    assert all(json.loads(case.detail)["tolerance"] for case in judged)
    speeds = [metric for metric in said.metrics if metric.name == "latency"]
    assert len(speeds) == 7
    assert all(len(metric.values) == 7 for metric in speeds)
    return folder


def test_what_is_made_is_right_without_torch(made: Path) -> None:
    said = pte(made, "*")
    found = told(said)
    assert len(found) == said.hello.total == 2 + 7 * 4
    assert set(found.values()) == {P, D}
    assert {metric.name for metric in said.metrics} == {"latency", "peak_memory"}


def test_a_delegate_that_takes_nothing_fails_where_it_is_asked_what_it_took(
    python: Path, tmp_path: Path
) -> None:
    found = told(edge(python, tmp_path, "mlp.xnnpack.*,mlp.portable.parity", "nothing"))
    assert found == {
        "device": P,
        "mlp.portable.parity": P,
        "mlp.xnnpack.delegated": F,
        "mlp.xnnpack.parity": P,
        "mlp.xnnpack.repeats": P,
        "mlp.xnnpack.refused": P,
        "mlp.xnnpack.latency": D,
    }


def test_a_portable_kernel_that_rounds_is_off_with_torch_and_without(
    python: Path, rounding: Path, tmp_path: Path
) -> None:
    cases = "mlp.*.parity,mlp.*.repeats,embedding.*.parity"
    right = {
        "mlp.portable.repeats": P,
        "mlp.xnnpack.parity": P,
        "mlp.xnnpack.repeats": P,
        "embedding.portable.parity": P,
        "embedding.xnnpack.parity": P,
    }
    preload = {"LD_PRELOAD": str(rounding)}
    found = told(edge(python, tmp_path, f"{cases},runner.build", **preload))
    assert found == {**right, "device": P, "runner.build": P, "mlp.portable.parity": F}
    assert told(pte(tmp_path, cases)) == {**right, "mlp.portable.parity": P}
    assert told(pte(tmp_path, cases, **preload)) == {**right, "mlp.portable.parity": F}


def test_a_program_that_is_never_written_twice_alike_is_seen(python: Path, tmp_path: Path) -> None:
    found = told(edge(python, tmp_path, "mlp.portable.repeats,mlp.portable.parity", "restless"))
    assert found == {"device": P, "mlp.portable.parity": P, "mlp.portable.repeats": F}


def test_a_runtime_that_takes_damaged_files_is_seen(python: Path, tmp_path: Path) -> None:
    found = told(edge(python, tmp_path, "mlp.portable.*", "trusting"))
    assert found.pop("mlp.portable.refused") is F
    assert F not in found.values()


def test_a_damaged_program_fails_where_it_is_run_and_nowhere_else(
    made: Path, tmp_path: Path
) -> None:
    shutil.copytree(made / "edge", tmp_path / "edge")
    shutil.copytree(made / "runtime", tmp_path / "runtime")
    path = tmp_path / "edge" / "mlp.xnnpack.pte"
    path.write_bytes(path.read_bytes()[:-100])
    said = pte(tmp_path, "mlp.*.parity")
    assert told(said) == {"mlp.portable.parity": P, "mlp.xnnpack.parity": F}
    message = said.cases["mlp.xnnpack.parity", "float32"].message
    assert message == "it was refused at load: Error::InvalidProgram"


def test_a_right_answer_that_is_off_fails_where_it_is_compared(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "edge", tmp_path / "edge")
    shutil.copytree(made / "runtime", tmp_path / "runtime")
    path = tmp_path / "edge" / "stateful.xnnpack.safetensors"
    whole = bytearray(path.read_bytes())
    end = 8 + int.from_bytes(whole[:8], "little")
    first = json.loads(whole[8:end])["2.output.0"]["data_offsets"][0]
    whole[end + first + 6] ^= 1  # a bit of the upper mantissa of one float64
    path.write_bytes(whole)
    found = told(pte(tmp_path, "stateful.*,mlp.portable.parity"))
    assert found == {
        "mlp.portable.parity": P,
        "stateful.xnnpack.parity": F,
        "stateful.xnnpack.repeats": P,
        "stateful.xnnpack.refused": P,
        "stateful.xnnpack.latency": D,
    }


def test_without_a_compiler_the_runner_is_skipped_and_so_is_what_needs_it(
    python: Path, tmp_path: Path
) -> None:
    said = edge(python, tmp_path, "mlp.portable.parity,runner.build", CXX="no-such-compiler")
    assert told(said)["runner.build"] is Status.SKIP
    said = pte(tmp_path, "runner,mlp.*")
    assert set(told(said).values()) == {Status.SKIP}
    assert "no C++ compiler" in said.cases["runner", ""].message


def test_a_device_that_is_not_there_fails_and_nothing_else_is_said(
    python: Path, tmp_path: Path
) -> None:
    start = ["env", "-C", str(tmp_path), str(python), "-I", str(LAUNCHER), "executorch_edge"]
    (case,) = said_by([*start, "--device", "cuda"]).cases.values()
    assert (case.id, case.status, case.device) == ("device", F, "cuda")


def test_a_parameter_that_means_nothing_ends_the_suite_with_its_name(python: Path) -> None:
    done = subprocess.run(
        [python, "-I", LAUNCHER, "executorch_edge", "models=mlp"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode != 0
    assert "unknown parameter models; there is `cases`" in done.stderr
