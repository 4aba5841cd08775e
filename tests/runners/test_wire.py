"""What crosses the line arrives as it left, and what is not ours is refused with a path."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tickets import ticket

from matrix.status import Evidence, Layer, Status
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
    Artifact,
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

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple)
FLOATS = st.floats(0, 1e12)
COUNTS = st.integers(0, 2**40)
KEYS = st.builds(Key, COUNTS, COUNTS)
ARTIFACTS = st.lists(st.builds(Artifact, TEXT, TEXT, TEXT, COUNTS), max_size=2).map(tuple)
CASES = st.builds(
    CaseResult,
    TEXT,
    st.sampled_from(Status),
    st.none() | FLOATS,
    TEXT,
    TEXT,
    TEXT,
    TEXT,
    TEXT,
    st.booleans(),
    st.booleans(),
)
METRICS = st.builds(MetricValue, TEXT, TEXT, TEXT, st.lists(FLOATS, max_size=3).map(tuple), TEXT)
REPORTS = st.builds(
    Report,
    status=st.sampled_from(Status),
    layer=st.sampled_from(Layer),
    reason=TEXT,
    cases=st.lists(CASES, max_size=3).map(tuple),
    metrics=st.lists(METRICS, max_size=2).map(tuple),
    facts=st.lists(st.builds(Fact, TEXT, TEXT, TEXT), max_size=2).map(tuple),
    observed=st.lists(st.builds(Component, TEXT, TEXT, TEXT, TEXT), max_size=2).map(tuple),
    usage=st.builds(Usage, FLOATS, FLOATS, FLOATS, COUNTS),
    exit_code=st.none() | st.integers(0, 255),
    signal=st.none() | st.integers(1, 64),
    last_lines=st.lists(TEXT, max_size=3).map(tuple),
    log_bytes=COUNTS,
    evidence=st.sampled_from(Evidence),
    contended=st.booleans(),
    retry=st.booleans(),
    artifacts=ARTIFACTS,
)
LOCKS = st.none() | st.builds(Lock, TEXT, TEXT, TEXT)
TICKETS = st.builds(
    Ticket,
    key=KEYS,
    name=TEXT,
    matrix=TEXT,
    suite=TEXT,
    stack=TEXT,
    cell=PAIRS,
    parameters=PAIRS,
    device=TEXT,
    devices=COUNTS,
    shard=COUNTS,
    shards=COUNTS,
    program=st.none() | TEXT,
    command=st.lists(TEXT, max_size=3).map(tuple),
    env=PAIRS,
    lock=LOCKS,
    expected=PAIRS,
    timeout_seconds=FLOATS,
    prepare_timeout_seconds=FLOATS,
    memory_bytes=COUNTS,
    log_limit_bytes=COUNTS,
    produces=PAIRS,
    inputs=ARTIFACTS,
    artifact_limit_bytes=COUNTS,
)
OFFERS = st.builds(
    Offer, PAIRS, TEXT, COUNTS, COUNTS, COUNTS, COUNTS, st.frozensets(TEXT, max_size=3), TEXT
)
CARDS = st.builds(
    RunnerCard,
    name=TEXT,
    label=TEXT,
    owner=TEXT,
    kind=TEXT,
    offers=st.lists(OFFERS, max_size=2).map(tuple),
    facts=st.just(()),
    simulated=st.booleans(),
)
HAPPENINGS = (
    st.builds(Progress, KEYS, st.sampled_from(Phase), COUNTS, COUNTS, TEXT)
    | st.builds(LogChunk, KEYS, COUNTS, st.binary(max_size=30))
    | st.builds(Ended, KEYS, REPORTS)
)


@given(TICKETS | REPORTS | OFFERS | CARDS)
def test_every_value_comes_out_as_it_went_in(value: Ticket | Report | Offer | RunnerCard) -> None:
    assert from_text(type(value), to_text(value)) == value


@given(st.lists(HAPPENINGS, max_size=5).map(tuple))
def test_happenings_keep_their_kind_and_order(happenings: tuple[Any, ...]) -> None:
    found = happenings_from_text(happenings_to_text(happenings))
    assert found == happenings
    assert [type(one) for one in found] == [type(one) for one in happenings]


@given(st.recursive(st.none() | st.booleans() | st.text(), st.lists) | st.dictionaries(TEXT, TEXT))
def test_no_json_makes_the_reader_raise_anything_but_its_own_error(said: object) -> None:
    for kind in (Ticket, Report, Offer):
        with pytest.raises(WireError):
            unpack(kind, said)


def test_defaults_are_left_out() -> None:
    report = Report(Status.PASS, Layer.NONE, "")
    assert pack(report) == {"status": "PASS", "layer": "none", "reason": ""}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"key": {"job": "1", "fence": 1}}, "key: job: '1' is no int"),
        ({"key": {"job": True, "fence": 1}}, "key: job: True is no int"),
        ({"cell": [["site"]]}, "cell: 0: 1 values where 2 belong"),
        ({"timeout_seconds": "soon"}, "timeout_seconds: 'soon' is no finite number"),
        ({"timeout_seconds": 10**400}, "no finite number"),
        ({"colour": "red"}, "unknown ['colour']"),
    ],
)
def test_a_wrong_value_is_refused_with_its_path(change: dict[str, object], where: str) -> None:
    said = {**json.loads(to_text(ticket())), **change}
    with pytest.raises(WireError) as raised:
        unpack(Ticket, said)
    assert where in str(raised.value)


def test_a_missing_field_is_named() -> None:
    with pytest.raises(WireError, match="without"):
        from_text(Key, '{"job": 1}')


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "nan", '{"is": []}'])
def test_what_is_no_json_of_ours_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        from_text(Report, text)
    with pytest.raises(WireError):
        happenings_from_text(f"[1, {text}]")


def test_bytes_that_are_no_base64_are_refused() -> None:
    with pytest.raises(WireError, match="base64"):
        from_text(LogChunk, '{"key": {"job": 1, "fence": 1}, "offset": 0, "data": "*"}')
