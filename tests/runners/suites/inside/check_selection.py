"""Which operators, samples and shards make up a run, by the real op_db."""

from __future__ import annotations

import pytest

from runners.suites.pytorch_ops import catalog
from runners.suites.pytorch_ops.session import all_tasks
from runners.suites.pytorch_ops.tasks import Task, asked


def share(names: list[str], shard: int, shards: int) -> list[str]:
    """As the harness parts them; tests/runners/suites/test_harness_edges.py holds it to that."""
    return names[shard - 1 :: shards]


def ids(names: list[str]) -> set[tuple[str, str]]:
    return {(task.id, task.dtype) for task in all_tasks(names, asked({}), "cpu")}


@pytest.mark.parametrize("shards", [1, 2, 3, 7, 16])
def test_shards_are_disjoint_and_together_the_whole(shards: int) -> None:
    every = list(catalog.operators())
    parts = [ids(share(every, n + 1, shards)) for n in range(shards)]
    assert sum(map(len, parts)) == len(set().union(*parts))
    assert set().union(*parts) == ids(every)


def test_no_case_stands_twice_in_the_whole() -> None:
    every = all_tasks(list(catalog.operators()), asked({}), "cpu")
    assert len(every) == len({(task.id, task.dtype) for task in every}) == 6 * 702


def test_an_operator_without_floats_is_run_once_in_its_own_dtype() -> None:
    found = all_tasks(["bitwise_and"], asked({"dtypes": "fp32", "directions": "forward"}), "cpu")
    assert [task.dtype for task in found] == ["int64"]


@pytest.mark.parametrize("limit", [0, 1, 3, 7])
def test_a_selection_of_samples_is_the_beginning_of_all(limit: int) -> None:
    task = Task("add", "float32", "float32", backward=False)
    some, every = catalog.samples(task, limit), catalog.samples(task, None)
    assert [one.summary() for one in some] == [one.summary() for one in every[:limit]]
    assert len(some) == limit < len(every)


def test_samples_are_the_same_numbers_every_time() -> None:
    task = Task("mul", "float32", "float32", backward=False)
    first, second = (catalog.samples(task, 5) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert (one.input == other.input).all()


@pytest.mark.parametrize(
    ("op", "dtype", "backward", "why"),
    [
        ("jiterator_unary", "float32", False, "jiterator is CUDA's alone"),
        ("empty", "float32", False, "uninitialised"),
        ("bitwise_and", "float32", False, "takes no float32"),
        ("argmax", "float32", True, "no gradient in float32"),
        ("add", "float32", True, ""),
    ],
)
def test_what_cannot_be_compared_says_why(op: str, dtype: str, backward: bool, why: str) -> None:
    said = catalog.unsupported(Task(op, dtype, dtype, backward), "cpu")
    assert why in said
    assert bool(said) == bool(why)


@pytest.mark.parametrize(("device", "kind"), [("cuda:1", "cuda"), ("cpu", "cpu"), ("xpu:0", "xpu")])
def test_a_devices_number_is_no_part_of_its_kind(device: str, kind: str) -> None:
    assert catalog.device_type(device) == kind
