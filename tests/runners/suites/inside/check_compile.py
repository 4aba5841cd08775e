"""The parts of the compiler's suite: programs, tolerance, capabilities, and its cases."""

from __future__ import annotations

import pytest
import torch
from torch._inductor import exc

from runners.suites.harness import Skipped
from runners.suites.pytorch_compile import capability, compare, execute
from runners.suites.pytorch_compile.execute import Place
from runners.suites.pytorch_compile.programs import PROGRAMS, Program
from runners.suites.pytorch_compile.tasks import tasks

CPU = Place("cpu", torch.float32)
ONE = [torch.tensor([1.0, 100.0])]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_program_says_the_same_twice_and_in_other_sizes(program: Program) -> None:
    for size in (8, 13):
        one, other = (
            execute.answers(execute.module(program, CPU), execute.inputs(program, CPU, size))
            for _ in range(2)
        )
        assert all(map(torch.equal, one, other))


@pytest.mark.parametrize("program", [p for p in PROGRAMS if p.learns], ids=lambda p: p.name)
def test_gradients_come_for_every_weight_and_input(program: Program) -> None:
    module = execute.module(program, CPU)
    found = execute.gradients(module, module, execute.inputs(program, CPU))
    assert len(found) >= 2
    assert all(one.abs().max() > 0 for one in found)


def test_what_is_as_far_off_as_eager_passes_and_ten_times_as_far_fails() -> None:
    exact = [torch.tensor([1.0, 100.0], dtype=torch.float64)]
    eager = [torch.tensor([1.0, 100.001])]
    near, far = [torch.tensor([1.001, 100.0])], [torch.tensor([1.01, 100.0])]
    assert compare.verdict(near, eager, exact, torch.float32).problem == ""
    found = compare.verdict(far, eager, exact, torch.float32)
    assert found.problem.startswith("result 0 is off by ")


@pytest.mark.parametrize(
    ("got", "why"),
    [
        ([torch.ones(3)], "result 0 is (3,) float32 instead of eager's (2,) float32"),
        ([torch.ones(2).double()], "result 0 is (2,) float64 instead of eager's (2,) float32"),
        ([torch.tensor([1.0, torch.nan])], "result 0 is off by inf tolerances"),
        ([], "0 results instead of 1"),
    ],
)
def test_another_shape_dtype_number_or_count_is_told(got: list[torch.Tensor], why: str) -> None:
    assert compare.verdict(got, ONE, ONE, torch.float32).problem == why


def test_whole_numbers_are_exact() -> None:
    one, other = [torch.tensor([1, 2])], [torch.tensor([1, 3])]
    assert compare.verdict(one, one, one, torch.float32).problem == ""
    assert compare.verdict(other, one, one, torch.float32).problem


def test_a_device_that_inductor_does_not_know_is_skipped() -> None:
    with (
        pytest.raises(Skipped, match="Device lazy not supported by inductor, which knows cpu"),
        capability.compiling("lazy"),
    ):
        pytest.fail("it went on")


def test_a_missing_compiler_is_skipped_in_torchs_own_words() -> None:
    with pytest.raises(Skipped, match=r"capability: No working C\+\+ compiler"):
        _raised(exc.InvalidCxxCompiler())


def test_everything_else_that_a_compiler_raises_fails() -> None:
    with pytest.raises(ValueError, match="wrong"):
        _raised(ValueError("wrong"))


def test_each_case_is_there_once() -> None:
    keys = [(task.id, task.dtype) for task in tasks()]
    assert len(keys) == len(set(keys)) == 32


def _raised(error: Exception) -> None:
    with capability.compiling("cpu"):
        raise error
