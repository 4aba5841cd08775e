from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from many_cases import FEW, MANY, RANK, SORTED, names, page, recorded
from worlds import World

from matrix.status import BAD, Status
from orchestrator.views import CaseFilter, CasePage
from runners.work import CaseResult


@pytest.mark.parametrize("status", Status)
def test_cases_of_one_status_are_found(small: World, status: Status) -> None:
    job = recorded(small, *MANY)
    wanted = tuple(case for case in MANY if case.status is status)
    assert wanted
    assert page(small, job, CaseFilter(frozenset({status}))) == CasePage(len(wanted), wanted)


def test_statuses_are_alternatives(small: World) -> None:
    found = page(small, recorded(small, *MANY), CaseFilter(BAD))
    assert found.cases == tuple(case for case in SORTED if case.status in BAD)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("add", ["Add.grad", "add", "addmm"]),
        ("ADD", ["Add.grad", "add", "addmm"]),
        (".grad", ["Add.grad"]),
        ("b_", ["sub_"]),
        ("%", ["100%"]),
        ("0%", ["100%"]),
        ("\\", ["back\\slash"]),
        ("k\\s", ["back\\slash"]),
        ("'", ["it's"]),
        ("' OR 1=1 --", []),
        ("nothing", []),
        ("_dd", []),
    ],
)
def test_text_is_found_anywhere_in_an_id_letter_by_letter(
    small: World, text: str, found: list[str]
) -> None:
    shown = page(small, recorded(small, *FEW), CaseFilter(text=text))
    assert (names(shown), shown.total) == (found, len(found))


def test_text_and_status_hold_together(small: World) -> None:
    job = recorded(small, *FEW)
    wanted = CaseFilter(frozenset({Status.PASS, Status.ERROR}), "s")
    assert names(page(small, job, wanted)) == ["sub", "back\\slash"]


def test_an_expected_failure_is_among_the_failures(small: World) -> None:
    found = page(small, recorded(small, *FEW), CaseFilter(frozenset({Status.FAIL})))
    assert [(case.id, case.expected) for case in found.cases] == [
        ("Add.grad", False),
        ("it's", True),
    ]


@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    given_cases=st.lists(
        st.builds(
            CaseResult,
            id=st.text(alphabet="abXY_%.\\", max_size=4),
            status=st.sampled_from(Status),
            seconds=st.none() | st.integers(0, 80).map(lambda eighths: eighths / 8),
            device=st.sampled_from(["cpu", "cuda"]),
            dtype=st.just("float32"),
            detail=st.just(""),
            repeat=st.just(""),
            message=st.text(alphabet="é⚡\n\t' ", max_size=3),
            expected=st.booleans(),
            planted=st.booleans(),
        ),
        max_size=12,
    ),
    wanted=st.builds(
        CaseFilter,
        st.frozensets(st.sampled_from(Status)),
        st.text(alphabet="abXY_%.\\", max_size=2),
    ),
    offset=st.integers(0, 6),
    limit=st.integers(0, 6),
)
def test_a_page_is_what_sorting_and_filtering_the_report_gives(
    small: World,
    given_cases: list[CaseResult],
    wanted: CaseFilter,
    offset: int,
    limit: int,
) -> None:
    job = recorded(small, *given_cases)
    matching = [
        case
        for case in sorted(given_cases, key=lambda case: RANK[case.status])
        if case.status in (wanted.statuses or Status) and wanted.text.lower() in case.id.lower()
    ]
    found = page(small, job, wanted, offset, limit)
    assert found == CasePage(len(matching), tuple(matching[offset : offset + limit]))
