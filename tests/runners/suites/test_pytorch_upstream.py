"""PyTorch's own tests as a program: healthy, with faults in torch, of a checkout, elsewhere."""

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
    pytest.mark.xdist_group("pytorch-upstream"),
]
DRIVE = Path(__file__).parent / "inside" / "drive_upstream.py"
OPERATORS = ("expm1", "erf", "sign", "trunc", "frac", "ceil")
CASES = "cases=" + ",".join(f"*_{name}" for name in OPERATORS)


def driven(torch: Path, faults: str, *more: str) -> Said:
    return said_by([str(torch), "-I", str(DRIVE), faults, "samples=2", *(more or (CASES,))])


def failed(said: Said) -> set[str]:
    return {id_ for (id_, _), case in said.cases.items() if case.status is Status.FAIL}


def test_each_fault_ends_in_its_own_case(torch: Path) -> None:
    said = driven(torch, "steep,mixing,careless")
    assert said.is_complete
    assert said.hello.total == len(said.cases)
    assert failed(said) == {
        "TestBwdGradients.test_fn_grad_expm1",
        "TestVmapOperatorsOpInfo.test_vmap_exhaustive_erf",
        "TestSchemaCheckModeOpInfo.test_schema_correctness_sign",
    }
    assert said.cases["TestFakeTensor.test_fake_trunc", "float32"].status is Status.PASS


@pytest.mark.parametrize(("fault", "operator"), [("deadly", "trunc"), ("endless", "frac")])
def test_a_crash_and_a_hang_are_one_test_s_and_the_rest_goes_on(
    torch: Path, tmp_path: Path, fault: str, operator: str
) -> None:
    """Started again behind it, as the runner does."""
    cases = f"cases=TestFakeTensor.*_{operator},TestCommon.test_dtypes_*{operator},TestVmap*_ceil"
    first = driven(torch, fault, cases, "seconds=10")
    assert first.code != 0
    assert [one.id for one in first.open] == [f"TestFakeTensor.test_fake_{operator}"]
    ended = [(one.id, one.dtype) for one in (*first.cases.values(), *first.open)]
    done = tmp_path / "done"
    done.write_text("".join(json.dumps(pair) + "\n" for pair in ended))
    argv = [str(torch), "-I", str(DRIVE), fault, "samples=2", cases]
    rest = said_by(argv, {"COEVO_DONE": str(done)})
    assert rest.is_complete
    assert {case.status for case in rest.cases.values()} == {Status.PASS}
    assert len(rest.cases) + len(ended) == rest.hello.total


def test_tests_of_a_checkout_bear_ids_without_device_and_dtype(torch: Path, tmp_path: Path) -> None:
    folder = tmp_path / "test"
    folder.mkdir()
    (folder / "test_small.py").write_text(CHECKOUT)
    disabled = tmp_path / "disabled.json"
    disabled.write_text(json.dumps({"test_flaky_cpu (__main__.TestSmallCPU)": ["an issue", []]}))
    said = said_by(
        [
            *(str(torch), "-I", str(LAUNCHER), "pytorch_upstream"),
            *(f"source={tmp_path}", "files=test_small.py", f"disabled={disabled}"),
        ]
    )
    told = {
        f"{id_}/{dtype}": (case.status, case.expected) for (id_, dtype), case in said.cases.items()
    }
    assert told == {
        "device/": (Status.PASS, False),
        "test_small.TestPlain.test_sum/": (Status.PASS, False),
        "test_small.TestSmall.test_flaky/": (Status.SKIP, False),
        "test_small.TestSmall.test_known/": (Status.FAIL, True),
        "test_small.TestSmall.test_twice/float32": (Status.PASS, False),
        "test_small.TestSmall.test_twice/int64": (Status.FAIL, False),
    }
    assert "an issue" in said.cases["test_small.TestSmall.test_flaky", ""].message


def test_a_device_that_is_not_there_fails_and_nothing_else_is_said(torch: Path, play: Play) -> None:
    said = play("pytorch_upstream", "--device", "cuda", python=torch)
    (case,) = said.cases.values()
    assert (case.id, case.status, case.device) == ("device", Status.FAIL, "cuda")


@pytest.mark.suites
def test_another_device_is_tried(torch: Path, play: Play) -> None:
    cases = "cases=TestCommon.test_dtypes_ceil,TestFakeTensor.test_fake_add"
    said = play("pytorch_upstream", "--device", "lazy", cases, "samples=1", python=torch)
    assert said.is_complete
    assert {case.device for case in said.cases.values()} == {"lazy"}
    assert len(said.cases) == 3


def test_files_without_a_checkout_end_the_suite(torch: Path) -> None:
    done = subprocess.run(
        [torch, "-I", LAUNCHER, "pytorch_upstream", "files=test_torch.py"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode != 0
    assert "say both `source` and `files`" in done.stderr


CHECKOUT = """
import unittest
import torch
from torch.testing._internal.common_device_type import dtypes, instantiate_device_type_tests
from torch.testing._internal.common_utils import TestCase, run_tests


class TestSmall(TestCase):
    @dtypes(torch.float32, torch.int64)
    def test_twice(self, device, dtype):
        self.assertEqual(torch.ones(2, device=device, dtype=dtype) / 2, torch.full((2,), 0.5))
        self.assertIs(dtype, torch.float32)

    @unittest.expectedFailure
    def test_known(self, device):
        self.assertEqual(torch.ones(1, device=device), torch.zeros(1))

    def test_flaky(self, device):
        raise AssertionError("it is disabled")


class TestPlain(TestCase):
    def test_sum(self):
        self.assertEqual(torch.ones(3).sum(), 3)


instantiate_device_type_tests(TestSmall, globals())

if __name__ == "__main__":
    run_tests()
"""
