"""Which cases the operators' suite has, as plain values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.suites.float64.parameters import ParameterError
from runners.suites.pytorch_ops.tasks import DTYPES, EVERY_DTYPE, VARIANTS, Task, asked, tasks

OPS = ("add", "linalg.svd", "nn.functional.max_unpool1d", "nn.functional.max_unpool1d.grad")


def test_without_parameters_everything_is_asked_for() -> None:
    found = asked({})
    assert found.dtypes == ("float32", "bfloat16", "float16")
    assert found.directions == (False, True)
    assert (found.samples, found.sample) == (None, None)
    assert found.selects("add")


@pytest.mark.parametrize(
    ("said", "meant"),
    [("bf16", "bfloat16"), ("fp16", "float16"), ("half", "float16"), ("fp32", "float32")],
)
def test_dtypes_may_be_written_short(said: str, meant: str) -> None:
    assert asked({"dtypes": said}).dtypes == (meant,)


def test_lists_are_parted_by_commas_or_blanks() -> None:
    assert asked({"dtypes": "bf16,fp16"}) == asked({"dtypes": "bf16 fp16"})


def test_numbers_that_yaml_made_of_a_parameter_are_read() -> None:
    assert asked({"samples": 3}).samples == 3  # type: ignore[dict-item] # what JSON may hold


def test_all_samples_is_a_word_too() -> None:
    assert asked({"samples": "all"}).samples is None


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"dtypes": "int8"}, "dtypes: int8 is none of float32, .*, float16, complex64, .*, bool"),
        ({"variants": "odd"}, "variants: odd is none of plain, noncontiguous, empty, .*"),
        ({"directions": "sideways"}, "directions: sideways is neither forward nor backward"),
        ({"samples": "-1"}, "samples: -1 is neither a whole number nor `all`"),
        ({"sample": "x"}, "sample: x is neither a whole number nor `all`"),
        ({"sampels": "3"}, "unknown parameter sampels"),
    ],
)
def test_a_parameter_that_means_nothing_is_refused(
    parameters: dict[str, str], problem: str
) -> None:
    with pytest.raises(ParameterError, match=f"^{problem}$"):
        asked(parameters)


def test_an_id_names_operator_and_direction_and_never_the_dtype() -> None:
    assert Task("add", "float32", "float32", backward=False).id == "add"
    assert Task("add", "float16", "float16", backward=True).id == "add.backward"


def test_cases_stand_operator_by_operator() -> None:
    found = tasks(["add", "mul"], asked({"dtypes": "fp32", "directions": "forward"}), {})
    assert found == [
        Task("add", "float32", "float32", backward=False),
        Task("mul", "float32", "float32", backward=False),
    ]


@pytest.mark.parametrize(
    ("variant", "backward", "id_"),
    [
        ("plain", False, "add"),
        ("plain", True, "add.backward"),
        ("noncontiguous", False, "add.noncontiguous"),
        ("empty", True, "add.empty.backward"),
    ],
)
def test_an_id_names_a_variant_that_is_not_plain(variant: str, backward: bool, id_: str) -> None:
    assert Task("add", "float32", "float32", backward, variant).id == id_


def test_whole_numbers_have_no_gradients() -> None:
    found = tasks(["add"], asked({"dtypes": "int64,complex64"}), {})
    assert [(task.dtype, task.backward) for task in found] == [
        ("int64", False),
        ("complex64", False),
        ("complex64", True),
    ]


def test_a_case_that_stands_among_the_floats_already_is_not_there_twice() -> None:
    wanted = asked({"dtypes": "fp32,int64", "directions": "forward"})
    (case,) = tasks(["gcd"], wanted, {("gcd", "float32"): "int64"})
    assert (case.wanted, case.dtype) == ("float32", "int64")


def test_all_stands_for_every_dtype_and_variant() -> None:
    wanted = asked({"dtypes": "all", "variants": "all"})
    assert wanted.dtypes == EVERY_DTYPE
    assert wanted.variants == VARIANTS
    assert asked({}).variants == ("plain",)


def test_an_operator_without_floats_is_run_in_its_own_dtype() -> None:
    run_in = {("gcd", "float32"): "int64"}
    (case,) = tasks(["gcd"], asked({"dtypes": "fp32", "directions": "forward"}), run_in)
    assert (case.wanted, case.dtype) == ("float32", "int64")


@given(st.sampled_from(["*", "add", "linalg.*", "*unpool*", "add,linalg.*", "nothing"]))
def test_patterns_select_by_the_whole_name(patterns: str) -> None:
    wanted = asked({"ops": patterns})
    chosen = {task.op for task in tasks(OPS, wanted, {})}
    assert chosen == {op for op in OPS if wanted.selects(op)}
    assert ("add" in chosen) == (patterns in {"*", "add", "add,linalg.*"})


@given(
    st.sets(st.sampled_from(DTYPES), min_size=1),
    st.sets(st.sampled_from(["forward", "backward"]), min_size=1),
)
def test_no_two_cases_have_one_id_and_dtype(dtypes: set[str], directions: set[str]) -> None:
    wanted = asked({"dtypes": ",".join(dtypes), "directions": ",".join(directions)})
    found = tasks(OPS, wanted, {})
    assert len(found) == len(OPS) * len(dtypes) * len(directions)
    assert len({(task.id, task.dtype) for task in found}) == len(found)
