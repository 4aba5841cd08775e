"""Each value class of `work.py`, by its own annotations, through JSON and back."""

from __future__ import annotations

import inspect
import json
from dataclasses import is_dataclass
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tickets import ticket

from matrix.status import Evidence, Layer, Status
from runners import work
from runners.wire import (
    WireError,
    from_text,
    happenings_from_text,
    happenings_to_text,
    pack,
    to_text,
    unpack,
)
from runners.work import (
    CaseResult,
    Component,
    Ended,
    Fact,
    Key,
    Lock,
    LogChunk,
    MetricValue,
    Offer,
    Phase,
    Progress,
    Report,
    RunnerCard,
    Ticket,
    Usage,
)

VALUES = sorted(
    (
        kind
        for _, kind in inspect.getmembers(work, inspect.isclass)
        if kind.__module__ == work.__name__
        and (is_dataclass(kind) or hasattr(kind, "_field_defaults"))
    ),
    key=lambda kind: kind.__name__,
)
NASTY = [
    "",
    " ",
    "\0",
    "\x1b[31m",
    "\u2028",
    "\ud800",
    "\U0001f9ea",
    "é",
    "e\u0301",
    "\u202eabc",
    '"\\/\b\f\n\r\t',
    "x" * 50_000,
]
REPORT = Report(Status.PASS, Layer.NONE, "")
KEY = Key(1, 1)


def test_every_value_of_the_seam_is_looked_at() -> None:
    assert {kind.__name__ for kind in VALUES} == {
        "Artifact",
        "CaseResult",
        "Component",
        "Ended",
        "Fact",
        "Key",
        "Lock",
        "LogChunk",
        "MetricValue",
        "Offer",
        "Progress",
        "RankReport",
        "Ready",
        "Rendezvous",
        "Report",
        "RunnerCard",
        "Ticket",
        "Usage",
    }


@pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_a_value_comes_back_or_is_refused_for_a_number_that_json_lacks(
    kind: type[Any], data: st.DataObject
) -> None:
    value = data.draw(st.from_type(kind))
    try:
        text = to_text(value)
    except ValueError:
        assert "nan" in repr(value) or "inf" in repr(value)
        return
    assert from_text(kind, text) == value
    assert text.isascii()


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_any_text_crosses_the_line_unchanged(text: str) -> None:
    case = CaseResult(text, Status.FAIL, message=text, detail=text)
    assert from_text(CaseResult, to_text(case)) == case


@pytest.mark.parametrize("data", [b"", b"\0", bytes(range(256)), b"\xff" * 70_000, b"{", b"a\r\n"])
def test_any_bytes_cross_the_line_unchanged(data: bytes) -> None:
    chunk = LogChunk(KEY, 2**53 + 1, data)
    assert happenings_from_text(happenings_to_text([chunk])) == (chunk,)


@pytest.mark.parametrize(
    "number", [0.0, 5e-324, 1e-7, 0.1, 1 / 3, 2**53 + 0.0, 1e22, 1.7976931348623157e308]
)
def test_a_number_keeps_every_bit(number: float) -> None:
    metric = MetricValue("t", "s", "lower", (number, -number))
    found = from_text(MetricValue, to_text(metric))
    assert [value.hex() for value in found.values] == [number.hex(), (-number).hex()]


@pytest.mark.parametrize("number", [nan, inf, -inf])
def test_a_number_that_json_lacks_is_never_written_as_a_value(number: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        to_text(MetricValue("t", "s", "lower", (number,)))


@pytest.mark.parametrize("said", ["NaN", "Infinity", "-Infinity", "1e400", "1" + "0" * 400])
def test_a_number_that_is_none_is_never_read_as_one(said: str) -> None:
    text = f'{{"name":"t","unit":"s","better":"","values":[1,{said}]}}'
    with pytest.raises(WireError, match=r"values: 1: .*finite number"):
        from_text(MetricValue, text)


@pytest.mark.parametrize("number", [0, -1, 2**31, 2**63, 2**64 + 1, 10**300])
def test_whole_numbers_have_no_limit_of_ours(number: int) -> None:
    assert from_text(Key, to_text(Key(number, -number))) == Key(number, -number)


@pytest.mark.parametrize("code", [None, 0, 1, -9, 255])
def test_an_exit_code_of_zero_is_told_from_none(code: int | None) -> None:
    report = Report(Status.PASS, Layer.NONE, "", exit_code=code)
    found = from_text(Report, to_text(report)).exit_code
    assert (found, type(found)) == (code, type(code))


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("evidence", list(Evidence))
def test_enumerations_come_back_as_themselves(status: Status, evidence: Evidence) -> None:
    report = Report(status, Layer.INFRA, "r", evidence=evidence)
    found = from_text(Report, to_text(report))
    assert found.status is status
    assert found.evidence is evidence


@pytest.mark.parametrize("phase", list(Phase))
def test_progress_comes_back_in_its_phase(phase: Phase) -> None:
    progress = Progress(KEY, phase, 1, 2, "note")
    assert happenings_from_text(happenings_to_text([progress])) == (progress,)


def test_capabilities_are_written_in_one_order() -> None:
    offers = [
        Offer((), "cpu", 1, 0, 1, 1, frozenset(names), "p")
        for names in (("b", "a", "c"), ("c", "b", "a"))
    ]
    assert to_text(offers[0]) == to_text(offers[1])
    assert json.loads(to_text(offers[0]))["capabilities"] == ["a", "b", "c"]


def test_nested_values_leave_their_defaults_out_too() -> None:
    report = Report(
        Status.PASS,
        Layer.NONE,
        "",
        cases=(CaseResult("a", Status.PASS),),
        usage=Usage(run_seconds=2.0),
        observed=(Component("torch", "2"),),
    )
    said = pack(Ended(KEY, report))
    assert said == {
        "key": {"job": 1, "fence": 1},
        "report": {
            "status": "PASS",
            "layer": "none",
            "reason": "",
            "cases": [{"id": "a", "status": "PASS"}],
            "observed": [{"name": "torch", "version": "2"}],
            "usage": {"run_seconds": 2.0},
        },
    }


def test_a_report_of_fifty_thousand_cases_crosses_whole() -> None:
    cases = tuple(CaseResult(f"c{i}", Status.PASS, i / 7) for i in range(50_000))
    report = Report(Status.PASS, Layer.NONE, "", cases=cases)
    assert from_text(Report, to_text(report)).cases == cases


def test_the_order_of_pairs_is_kept() -> None:
    cell = (("site", "lab"), ("accelerator", "cpu"), ("dtype", "bf16"), ("a", "1"))
    assert from_text(Ticket, to_text(ticket(cell=cell))).cell == cell


@pytest.mark.parametrize("lock", [None, Lock("d", "torch==2\n", "linux-x86_64-cp311-cpu")])
def test_a_ticket_may_have_a_lock_or_none(lock: Lock | None) -> None:
    assert from_text(Ticket, to_text(ticket(lock=lock))).lock == lock


def test_a_whole_number_is_read_where_seconds_are_wanted() -> None:
    found = from_text(CaseResult, '{"id":"a","status":"PASS","seconds":3}')
    assert found.seconds == 3.0
    assert isinstance(found.seconds, float)


@pytest.mark.parametrize(
    ("kind", "said", "where"),
    [
        (Report, {"cases": [{}]}, "Report: without ['status', 'layer', 'reason']"),
        (CaseResult, {"id": "a", "status": "pass"}, "status: 'pass' is none of FAIL"),
        (CaseResult, {"id": "a", "status": []}, "status: [] is none of FAIL"),
        (CaseResult, {"id": None, "status": "PASS"}, "id: None is no str"),
        (CaseResult, {"id": "a", "status": "PASS", "seconds": True}, "seconds: True is no finite"),
        (CaseResult, {"id": "a", "status": "PASS", "seconds": "1"}, "seconds: '1' is no finite"),
        (CaseResult, {"id": "a", "status": "PASS", "planted": 1}, "planted: 1 is no bool"),
        (CaseResult, ["a", "PASS"], "['a', 'PASS'] is no dict"),
        (Key, {"job": 1.0, "fence": 1}, "job: 1.0 is no int"),
        (Key, {"job": None, "fence": 1}, "job: None is no int"),
        (MetricValue, {"name": "", "unit": "", "better": "", "values": 1}, "values: 1 is no list"),
        (
            LogChunk,
            {"key": {"job": 1, "fence": 1}, "offset": 0, "data": 1},
            "data: no base64: 1 is no str",
        ),
        (Ended, {"key": {"job": 1}, "report": {}}, "key: Key: without ['fence']"),
        (RunnerCard, {"offers": {}}, "RunnerCard: without"),
        (Fact, {"name": "a", "value": "b"}, "Fact: without ['source']"),
        (Fact, {"name": "a", "value": "b", "source": "c", "is": "Fact"}, "Fact: unknown ['is']"),
    ],
)
def test_a_wrong_value_names_the_field_and_what_stood_there(
    kind: type[Any], said: object, where: str
) -> None:
    with pytest.raises(WireError) as raised:
        unpack(kind, said)
    assert where in str(raised.value)


@pytest.mark.parametrize("tag", ["", "Report", "progress", "Key", None, 1, ["Ended"], {}])
def test_a_happening_without_a_name_of_ours_is_refused(tag: object) -> None:
    said = {**json.loads(to_text(Ended(KEY, REPORT))), "is": tag}
    with pytest.raises(WireError, match=r"0: `is` must be one of Progress, LogChunk, Ended"):
        happenings_from_text(json.dumps([said]))


def test_the_place_of_a_wrong_happening_in_a_batch_is_told() -> None:
    good = Progress(KEY, Phase.RUNNING, 0, 0, "")
    batch = json.loads(happenings_to_text([good, good, good]))
    batch[2]["phase"] = "asleep"
    with pytest.raises(WireError, match=r"^2: phase: 'asleep' is none of assigned"):
        happenings_from_text(json.dumps(batch))


def test_what_is_quoted_from_a_wrong_value_is_short() -> None:
    with pytest.raises(WireError) as raised:
        unpack(Key, {"job": "x" * 10_000, "fence": 1})
    assert len(str(raised.value)) < 100


@given(st.binary(max_size=60))
def test_no_bytes_of_the_other_side_raise_anything_else(text: bytes) -> None:
    for kind in (Key, Report, LogChunk):
        with pytest.raises(WireError):
            from_text(kind, text)
