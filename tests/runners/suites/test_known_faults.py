"""Which mismatches are foreseen, read from the table as it is: without torch."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.suites.pytorch_ops.faults import FAULTS, Fault, deadly, known
from runners.suites.pytorch_ops.tasks import DTYPES, EMPTY, EVERY_DTYPE, Task

if TYPE_CHECKING:
    from runners.suites.float64.compare import Mismatch

TORCH = "2.13.0+cpu"
FAULT = Fault(("add",), ("float16",), (False,), 0.5, "why")


class Off(NamedTuple):
    """What of a mismatch the table reads; the whole of it wants torch."""

    bad: int
    elements: int


def off(bad: int, elements: int = 100) -> Mismatch:
    return cast("Mismatch", Off(bad, elements))


def task(op: str = "add", dtype: str = "float16", *, backward: bool = False) -> Task:
    return Task(op, dtype, dtype, backward)


@pytest.mark.parametrize(
    ("changes", "excused"),
    [
        ({}, True),
        ({"op": "mul"}, False),
        ({"op": "add_"}, False),
        ({"dtype": "float32"}, False),
        ({"dtype": "bfloat16"}, False),
        ({"backward": True}, False),
    ],
)
def test_an_entry_excuses_its_own_case_and_no_other(changes: dict[str, Any], excused: bool) -> None:
    assert known(task(**changes), off(1), TORCH, [FAULT]) == ("why" if excused else "")


@pytest.mark.parametrize(
    ("release", "excused"),
    [
        ("2.13.0", True),
        ("2.13.0+cu130", True),
        ("2.13.1", True),
        ("2.12.1", True),
        ("2.14.1+cu130", True),
        ("2.11.0", False),
        ("2.15.0", False),
        ("2.130.0", False),
    ],
)
def test_an_entry_holds_for_the_release_it_was_read_from(release: str, excused: bool) -> None:
    assert bool(known(task(), off(1), release, [FAULT])) == excused


@pytest.mark.parametrize(
    ("bad", "elements", "excused"),
    [(50, 100, True), (51, 100, False), (1, 2, True), (1, 1, False), (0, 0, True)],
)
def test_an_entry_excuses_no_more_than_its_share(bad: int, elements: int, excused: bool) -> None:
    assert bool(known(task(), off(bad, elements), TORCH, [FAULT])) == excused


@given(st.integers(0, 1000), st.integers(0, 1000), st.floats(0, 1))
def test_more_wrong_elements_are_never_excused_where_fewer_are_not(
    fewer: int, more: int, share: float
) -> None:
    fewer, more = sorted((fewer, more))
    fault = [FAULT._replace(share=share)]
    if known(task(), off(more, 1000), TORCH, fault):
        assert known(task(), off(fewer, 1000), TORCH, fault)


def test_the_first_entry_that_covers_a_case_says_why() -> None:
    narrow, wide = FAULT._replace(share=0.1, reason="narrow"), FAULT._replace(reason="wide")
    assert known(task(), off(5), TORCH, [narrow, wide]) == "narrow"
    assert known(task(), off(40), TORCH, [narrow, wide]) == "wide"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.ops[0])
def test_every_entry_says_what_it_excuses_and_why(fault: Fault) -> None:
    assert fault.ops
    assert set(fault.dtypes) <= set(EVERY_DTYPE)
    assert set(fault.backward) <= {True, False}
    assert 0 < fault.share <= 1
    assert len(fault.reason) > 20
    assert not fault.reason.endswith(".")
    assert fault.torch


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.ops[0])
def test_every_entry_is_reached_by_a_case_of_its_own(fault: Fault) -> None:
    one = Task(fault.ops[0], fault.dtypes[0], fault.dtypes[0], fault.backward[0])
    assert known(one, off(0), TORCH) == fault.reason


def test_no_case_is_covered_by_two_entries() -> None:
    covered = Counter(
        (op, dtype, backward)
        for fault in FAULTS
        for op in fault.ops
        for dtype in fault.dtypes
        for backward in fault.backward
    )
    assert [case for case, count in covered.items() if count > 1] == []


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("backward", [False, True])
def test_an_operator_without_an_entry_is_never_excused(dtype: str, backward: bool) -> None:
    assert known(Task("mm", dtype, dtype, backward), off(0), TORCH) == ""


def test_in_full_precision_only_what_cannot_be_computed_is_excused_altogether() -> None:
    whole = {op for one in FAULTS if "float32" in one.dtypes and one.share == 1 for op in one.ops}
    assert whole == {"as_strided.partial_views"}


@pytest.mark.parametrize(
    ("asked", "release", "is_deadly"),
    [
        (Task("native_batch_norm", "float32", "float32", True, EMPTY), TORCH, True),
        (Task("native_batch_norm", "float32", "float32", False, EMPTY), TORCH, False),
        (Task("native_batch_norm", "float32", "float32", True), TORCH, False),
        (Task("native_batch_norm", "float32", "float32", True, EMPTY), "2.15.0", False),
    ],
)
def test_what_kills_is_not_asked_for_nothing_in_its_release(
    asked: Task, release: str, is_deadly: bool
) -> None:
    assert bool(deadly(asked, release)) == is_deadly
