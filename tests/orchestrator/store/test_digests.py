from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.status import Evidence, Layer, Status
from orchestrator.store.digests import digest_of
from runners.wire import from_text, to_text
from runners.work import CaseResult, Component, Fact, MetricValue, Report, Usage

CASE = CaseResult("add", Status.PASS, 0.5, "cpu", "float32")
PLAIN = Report(Status.PASS, Layer.NONE, "", (CASE, CaseResult("mul", Status.PASS, 0.5)))
WORDS = st.text(max_size=8)
CASES = st.lists(
    st.builds(
        CaseResult,
        id=WORDS,
        status=st.sampled_from(Status),
        seconds=st.none() | st.floats(0, 1e6),
        device=WORDS,
        message=WORDS,
        expected=st.booleans(),
    ),
    max_size=5,
).map(tuple)
REPORTS = st.builds(
    Report,
    status=st.sampled_from(Status),
    layer=st.sampled_from(Layer),
    reason=WORDS,
    cases=CASES,
    last_lines=st.lists(WORDS, max_size=3).map(tuple),
    exit_code=st.none() | st.integers(0, 255),
)


@given(REPORTS)
def test_a_report_that_went_over_the_wire_has_the_same_digest(report: Report) -> None:
    assert digest_of(from_text(Report, to_text(report))) == digest_of(report)


@given(REPORTS, REPORTS)
def test_digests_are_equal_exactly_where_reports_are(one: Report, other: Report) -> None:
    assert (digest_of(one) == digest_of(other)) == (one == other)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": Status.FAIL},
        {"layer": Layer.CODE},
        {"reason": "why"},
        {"cases": ()},
        {"cases": (CASE,)},
        {"cases": tuple(reversed(PLAIN.cases))},
        {"cases": (CASE, CASE)},
        {"cases": (CASE, replace_id := CASE._replace(id="mul"))},
        {"cases": (CASE, replace_id._replace(planted=True))},
        {"metrics": (MetricValue("step", "s", "lower", (1.0,)),)},
        {"metrics": (MetricValue("step", "s", "lower", (1.0, 1.0)),)},
        {"facts": (Fact("cpu", "x86", "platform"),)},
        {"observed": (Component("torch", "2.13.0"),)},
        {"usage": Usage(cpu_seconds=1.0)},
        {"exit_code": 0},
        {"signal": 9},
        {"last_lines": ("bye",)},
        {"last_lines": ("",)},
        {"log_bytes": 1},
        {"log_lost_bytes": 1},
        {"evidence": Evidence.SIGNED},
        {"contended": True},
        {"cancelled": True},
        {"retry": True},
        {"repeat": "coevo suite run"},
        {"node": "n1"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_each_word_of_a_report_enters_its_digest(changes: dict[str, object]) -> None:
    other = replace(PLAIN, **changes)  # type: ignore[arg-type] # each names a field
    assert digest_of(other) != digest_of(PLAIN)


@pytest.mark.parametrize("words", ["nul\0", "lone \ud800", "⚡", "tab\t", '"', "\\"])
def test_whatever_a_suite_prints_has_a_digest(words: str) -> None:
    case = CaseResult(words, Status.FAIL, message=words)
    told = digest_of(replace(PLAIN, cases=(case,), reason=words))
    assert len(told) == 64
    assert told != digest_of(replace(PLAIN, cases=(case._replace(message=""),), reason=words))


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), 0.0, 1e-300])
def test_odd_durations_have_a_digest(seconds: float) -> None:
    case = CASE._replace(seconds=seconds)
    assert digest_of(replace(PLAIN, cases=(case,))) == digest_of(replace(PLAIN, cases=(case,)))
