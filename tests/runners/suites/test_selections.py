"""Which cases the suites of modules and optimizers have, as plain values, and what they excuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.suites.float64.faults import Fault, known
from runners.suites.float64.parameters import ParameterError
from runners.suites.pytorch_modules import faults as module_faults
from runners.suites.pytorch_modules import tasks as modules
from runners.suites.pytorch_optimizers import faults as optimizer_faults
from runners.suites.pytorch_optimizers import tasks as optimizers

if TYPE_CHECKING:
    from runners.suites.float64.compare import Mismatch

NAMES = ("nn.Linear", "nn.BatchNorm1d", "nn.Conv2d")
FAULT = Fault(("nn.Linear*",), ("float16",), 0.5, "why")


class Off(NamedTuple):
    """What of a mismatch the tables read; the whole of it wants torch."""

    bad: int
    elements: int


def off(bad: int, elements: int = 100) -> Mismatch:
    return cast("Mismatch", Off(bad, elements))


@pytest.mark.parametrize(
    ("mode", "look", "id_"),
    [
        ("train", "forward", "nn.Linear"),
        ("train", "backward", "nn.Linear.backward"),
        ("eval", "forward", "nn.Linear.eval"),
        ("eval", "backward", "nn.Linear.eval.backward"),
        ("eval", "state", "nn.Linear.state"),
    ],
)
def test_a_modules_id_says_what_differs_from_a_pass_in_training(
    mode: str, look: str, id_: str
) -> None:
    assert modules.Task("nn.Linear", "float32", mode, look).id == id_


@pytest.mark.parametrize(
    ("form", "look", "id_"),
    [
        ("forloop", "steps", "Adam"),
        ("fused", "steps", "Adam.fused"),
        ("forloop", "resume", "Adam.resume"),
        ("foreach", "resume", "Adam.foreach.resume"),
    ],
)
def test_an_optimizers_id_says_what_differs_from_the_plain_loop(
    form: str, look: str, id_: str
) -> None:
    assert optimizers.Task("Adam", "float32", form, look).id == id_


def test_without_parameters_every_case_is_there_once() -> None:
    of_modules = modules.tasks(NAMES, modules.asked({}))
    of_optimizers = optimizers.tasks(("Adam", "SGD"), optimizers.asked({}))
    assert len({(task.id, task.dtype) for task in of_modules}) == len(of_modules) == 3 * 5 * 4
    assert len({(one.id, one.dtype) for one in of_optimizers}) == len(of_optimizers) == 2 * 6 * 4


@given(
    st.sets(st.sampled_from(modules.LOOKS), min_size=1),
    st.sets(st.sampled_from(modules.MODES), min_size=1),
)
def test_looks_and_modes_choose_among_the_cases(looks: set[str], modes: set[str]) -> None:
    said = {"looks": ",".join(looks), "modes": ",".join(modes), "dtypes": "fp32"}
    found = {task.id for task in modules.tasks(NAMES, modules.asked(said))}
    every = {task.id for task in modules.tasks(NAMES, modules.asked({}))}
    assert found <= every
    assert ("nn.Linear.state" in found) == ("state" in looks)
    assert ("nn.Linear.eval" in found) == ("forward" in looks and "eval" in modes)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"looks": "sideways"}, "looks: sideways is none of forward, backward, state"),
        ({"modes": "test"}, "modes: test is none of train, eval"),
        ({"dtypes": "int8"}, "dtypes: int8 is none of .*"),
        ({"module": "nn.Linear"}, "unknown parameter module"),
        ({"sample": "x"}, "sample: x is neither a whole number nor `all`"),
    ],
)
def test_a_parameter_of_modules_that_means_nothing_is_refused(
    said: dict[str, str], problem: str
) -> None:
    with pytest.raises(ParameterError, match=f"^{problem}$"):
        modules.asked(said)


def test_a_parameter_of_optimizers_that_means_nothing_is_refused() -> None:
    with pytest.raises(ParameterError, match="forms: compiled is none of forloop, foreach, fused"):
        optimizers.asked({"forms": "compiled"})


def test_patterns_select_by_the_whole_name() -> None:
    chosen = modules.tasks(NAMES, modules.asked({"modules": "nn.Conv*", "dtypes": "fp32"}))
    assert {task.module for task in chosen} == {"nn.Conv2d"}
    adams = optimizers.tasks(("Adam", "AdamW", "SGD"), optimizers.asked({"optimizers": "Adam*"}))
    assert {task.optimizer for task in adams} == {"Adam", "AdamW"}


@pytest.mark.parametrize(
    ("id_", "dtype", "release", "bad", "excused"),
    [
        ("nn.Linear", "float16", "2.13.0", 1, True),
        ("nn.Linear.eval.backward", "float16", "2.13.1+cu130", 50, True),
        ("nn.Linear", "float16", "2.13.0", 51, False),
        ("nn.Linear", "float32", "2.13.0", 1, False),
        ("nn.Bilinear", "float16", "2.13.0", 1, False),
        ("nn.Linear", "float16", "2.15.0", 1, False),
    ],
)
def test_a_fault_excuses_its_own_cases_in_its_release_up_to_its_share(
    id_: str, dtype: str, release: str, bad: int, excused: bool
) -> None:
    assert known(id_, dtype, off(bad), release, [FAULT]) == ("why" if excused else "")


@pytest.mark.parametrize("fault", [*module_faults.FAULTS, *optimizer_faults.FAULTS])
def test_every_known_fault_says_why_and_leaves_full_precision_alone(fault: Fault) -> None:
    assert len(fault.reason) > 20
    assert not fault.reason.endswith(".")
    assert "float32" not in fault.dtypes
    assert 0 < fault.share <= 1
    assert fault.torch
