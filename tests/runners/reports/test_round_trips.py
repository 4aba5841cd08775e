"""What Coevo writes for other tools, it reads again: a round trip loses nothing that counts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matrix.errors import CoevoError
from matrix.status import Status
from runners.reports.told import Told
from runners.reports.writing import FORMATS, checked, written
from runners.suites.results.boundary import read
from runners.suites.results.said import Case, Metric
from runners.work import CaseResult, Component, MetricValue

TRIES = json.dumps(
    {
        "k": "v",
        "attempts": [
            {"status": "FAIL", "seconds": 0.25, "message": "first"},
            {"status": "ERROR", "seconds": None, "message": "second"},
        ],
    }
)
CASES = (
    CaseResult("m.C::good", Status.PASS, 0.5),
    CaseResult("m.C::bad", Status.FAIL, 1.25, message="1 != 2"),
    CaseResult("m.C::wrong", Status.ERROR, message="no such file"),
    CaseResult("m.C::away", Status.MISS, message="the disk is full"),
    CaseResult("m.C::left", Status.SKIP, message="no device"),
    CaseResult("m.C::known", Status.FAIL, message="upstream", expected=True),
    CaseResult("m.C::measured", Status.DONE, 2.0),
    CaseResult("m.C::cast", Status.PASS, 0.125, device="cuda", dtype="float16"),
    CaseResult("m.C::cast", Status.FAIL, 0.125, device="cuda", dtype="float64", message="off"),
    CaseResult("m.C::flaky", Status.PASS, 1.0, message="at last", detail=TRIES, flaky=True),
    CaseResult("alone", Status.PASS),
    CaseResult("odd <&\"'> name::with [brackets]", Status.FAIL, message="<&\"'> and ünïcode"),
)
METRICS = (
    MetricValue("tokens", "tokens/s", "higher", (1.5, 2.5, 3.5), "opt"),
    MetricValue("latency", "ms", "lower", (7.0,)),
)
TOLD = Told(
    job="lab/cpu:own@stable",
    suite="own",
    runner="box",
    device="cpu",
    ended_at=datetime(2026, 11, 26, 20, 0, tzinfo=UTC),
    seconds=4.5,
    status=Status.FAIL,
    reason="2 of 12 cases failed",
    cases=CASES,
    metrics=METRICS,
    observed=(Component("torch", "2.13.0", "cpu"),),
)


def again(kind: str, told: Told = TOLD) -> list[Case]:
    """The cases that are read from what was written, tries left out."""
    found = read(kind, written(kind, told).encode(), "again")
    return [one for one in found if isinstance(one, Case) and not one.again]


def keys(cases: list[Case]) -> dict[tuple[str, str], Case]:
    return {(case.id, case.dtype): case for case in cases}


@pytest.mark.parametrize("kind", ["junit", "ctrf"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.id}{case.dtype}")
def test_a_case_comes_back_as_it_was(kind: str, case: CaseResult) -> None:
    found = keys(again(kind))[case.id, case.dtype]

    assert found.status == case.status.value
    assert found.expected == case.expected
    assert found.device == case.device
    assert found.seconds == case.seconds
    if case.status not in {Status.PASS, Status.DONE}:
        assert found.message == case.message


@pytest.mark.parametrize(
    ("kind", "seconds"),
    [
        ("junit", [None, None]),  # it has no place for how long an earlier try took
        ("ctrf", [0.25, None]),
    ],
)
def test_earlier_tries_come_back(kind: str, seconds: list[float | None]) -> None:
    found = [one for one in read(kind, written(kind, TOLD).encode()) if isinstance(one, Case)]
    tries = [one for one in found if one.again]

    assert [one.message for one in tries] == ["first", "second"]
    assert [one.seconds for one in tries] == seconds
    assert {one.id for one in tries} == {"m.C::flaky"}


def test_a_detail_comes_back_from_ctrf() -> None:
    assert keys(again("ctrf"))["m.C::flaky", ""].detail == {"k": "v"}


def test_metrics_come_back_with_unit_and_direction() -> None:
    found = read("pytorch-benchmark-v3", written("pytorch-benchmark-v3", TOLD).encode())

    assert [one for one in found if isinstance(one, Metric)] == [
        Metric("tokens", (1.5, 2.5, 3.5), "tokens/s", "higher", "opt"),
        Metric("latency", (7.0,), "ms", "lower", ""),
    ]


def test_benchmark_records_tell_the_stack() -> None:
    (first, _) = json.loads(written("pytorch-benchmark-v3", TOLD))

    assert first["dependencies"]["torch"]["version"] == "2.13.0"
    assert first["runners"] == [{"name": "box", "type": "cpu"}]
    assert first["model"] == {"name": "opt"}


def test_junit_counts_what_it_holds() -> None:
    (suite,) = ET.fromstring(written("junit", TOLD))

    assert suite.attrib["tests"] == str(len(CASES))
    assert suite.attrib["failures"] == str(len(suite.findall("testcase/failure")))
    assert suite.attrib["errors"] == str(len(suite.findall("testcase/error")))
    assert suite.attrib["skipped"] == str(len(suite.findall("testcase/skipped")))


def test_junit_of_a_job_that_died_says_so_in_a_case_of_its_own() -> None:
    told = replace(TOLD, cases=CASES[:1], status=Status.MISS, reason="The disk is full.")
    found = again("junit", told)

    assert [(one.id, one.status) for one in found] == [
        ("m.C::good", "PASS"),
        ("coevo.job", "MISS"),
    ]
    assert found[1].message == "The disk is full."


def test_what_no_xml_may_hold_is_replaced() -> None:
    case = CaseResult("a", Status.FAIL, message="\x00\x1b[31m\ud800 red")
    (found,) = again("junit", replace(TOLD, cases=(case,)))

    assert found.message == "\ufffd\ufffd[31m\ufffd red"


def test_ctrf_has_what_its_schema_requires() -> None:
    report = json.loads(written("ctrf", TOLD))
    results = report["results"]

    assert (report["reportFormat"], report["specVersion"]) == ("CTRF", "0.0.0")
    assert set(results["summary"]) >= {
        "tests",
        "passed",
        "failed",
        "skipped",
        "pending",
        "other",
        "start",
        "stop",
    }
    assert results["summary"]["tests"] == len(CASES)
    assert results["summary"]["flaky"] == 1
    for test in results["tests"]:
        assert set(test) >= {"name", "status", "duration"}
        assert isinstance(test["duration"], int)
        assert test["status"] in {"passed", "failed", "skipped", "pending", "other"}


def test_a_job_without_anything_is_still_a_report() -> None:
    empty = replace(TOLD, cases=(), metrics=(), observed=(), status=Status.DONE, reason="")

    assert ET.fromstring(written("junit", empty))[0].attrib["tests"] == "0"
    assert json.loads(written("ctrf", empty))["results"]["tests"] == []
    assert json.loads(written("pytorch-benchmark-v3", empty)) == []


def test_an_unknown_format_is_a_mistake_with_a_hint() -> None:
    with pytest.raises(CoevoError) as caught:
        checked("junitt")

    assert "there is no report format `junitt`" in str(caught.value)
    assert "did you mean `junit`?" in str(caught.value)


def test_every_format_says_what_it_is_on_the_web() -> None:
    assert {name: form.media_type for name, form in FORMATS.items()} == {
        "junit": "application/xml",
        "ctrf": "application/json",
        "pytorch-benchmark-v3": "application/json",
    }


# A few examples in every run, all of them in `make fuzz`.
MANY = settings().max_examples
FEW = settings(max_examples=MANY if MANY >= 1000 else max(MANY // 4, 10))
NAMES = st.text(
    st.characters(
        exclude_categories=("C", "Z"),
    ),
    min_size=1,
    max_size=12,
)
RESULTS = st.builds(
    CaseResult,
    id=NAMES,
    status=st.sampled_from(Status),
    seconds=st.none() | st.integers(0, 10**6).map(lambda micros: micros / 1_000_000),
    device=st.sampled_from(["", "cpu", "cuda:1"]),
    dtype=st.sampled_from(["", "float32"]),
    message=NAMES,
    detail=st.just(""),
    repeat=st.just(""),
    expected=st.just(False),
    planted=st.just(False),
    flaky=st.just(False),
)


@pytest.mark.parametrize("kind", ["junit", "ctrf"])
@FEW
@given(st.lists(RESULTS, max_size=5, unique_by=lambda case: (case.id, case.device, case.dtype)))
def test_any_cases_come_back(kind: str, cases: list[CaseResult]) -> None:
    told = replace(TOLD, cases=tuple(cases), status=Status.PASS)
    found = {(one.id, one.device, one.dtype): one for one in again(kind, told)}

    for case in cases:
        one = found.pop((case.id, case.device, case.dtype))
        assert one.status == case.status.value
        assert one.seconds == case.seconds
    assert {one.id for one in found.values()} <= {"coevo.results"}


@FEW
@given(
    st.lists(
        st.builds(
            MetricValue,
            name=NAMES,
            unit=NAMES,
            better=st.sampled_from(["higher", "lower"]),
            values=st.lists(
                st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=4
            ).map(tuple),
            case=st.just("") | NAMES,
        ),
        max_size=4,
        unique_by=lambda metric: (metric.name, metric.case),
    )
)
def test_any_metrics_come_back(metrics: list[MetricValue]) -> None:
    text = written("pytorch-benchmark-v3", replace(TOLD, metrics=tuple(metrics)))
    found = [one for one in read("pytorch-benchmark-v3", text.encode()) if isinstance(one, Metric)]

    assert [(m.name, m.unit, m.better, m.values, m.case) for m in found] == [
        (m.name, m.unit, m.better, m.values, m.case) for m in metrics
    ]
