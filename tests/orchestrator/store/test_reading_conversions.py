from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite
from worlds import TEXT, matrix_of, offer_of

from matrix.model import Matrix, Overrides
from matrix.policies import Policies
from matrix.status import BAD, WORST_FIRST, Role, Status
from matrix.verdict import Recent
from orchestrator.store import caseflags, documents
from orchestrator.store.columns import EPOCH, Instant, storable
from orchestrator.store.documents import Pairs
from orchestrator.store.months import CASES, LOGS, case_table, log_table, month_of
from runners.work import Fact, Offer

DIALECT = sqlite.dialect()
ANY_TEXT = st.text(st.characters(), max_size=8)  # lone surrogates and NUL among them
PAIRS = st.lists(st.tuples(ANY_TEXT, ANY_TEXT), max_size=4).map(tuple)


@given(
    st.datetimes(
        datetime(1, 1, 3),  # noqa: DTZ001 - Hypothesis adds the zone
        datetime(9999, 12, 29),  # noqa: DTZ001 - Hypothesis adds the zone
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))]),
    )
)
def test_a_moment_survives_its_column_to_the_microsecond(moment: datetime) -> None:
    number = Instant().process_bind_param(moment, DIALECT)
    found = Instant().process_result_value(number, DIALECT)
    assert found == moment
    assert found is not None
    assert found.tzinfo is UTC


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_moments_are_ordered_as_their_numbers(one: datetime, other: datetime) -> None:
    first, second = (Instant().process_bind_param(moment, DIALECT) for moment in (one, other))
    assert first is not None
    assert second is not None
    assert (first < second) == (one < other)


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        (EPOCH, 0),
        (EPOCH - timedelta(microseconds=1), -1),
        (EPOCH + timedelta(days=1), 86_400_000_000),
        (None, None),
    ],
)
def test_a_moment_is_microseconds_since_1970(moment: datetime | None, number: int | None) -> None:
    assert Instant().process_bind_param(moment, DIALECT) == number
    assert Instant().process_result_value(number, DIALECT) == moment


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        Instant().process_bind_param(datetime(2026, 11, 23), DIALECT)  # noqa: DTZ001 - that is the point


@given(ANY_TEXT)
def test_any_text_becomes_one_that_both_stores_keep_and_stays_it(words: str) -> None:
    kept = storable(words)
    assert "\0" not in kept
    assert kept.encode("utf-8").decode() == kept
    assert storable(kept) == kept
    assert len(kept) == len(words)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20))
def test_ordinary_text_is_kept_as_it_is(words: str) -> None:
    assert storable(words) == words


@given(PAIRS)
def test_pairs_come_back_in_their_order_whatever_they_say(pairs: Pairs) -> None:
    found = documents.pairs(documents.dumped(Pairs, pairs))
    assert len(found) == len(pairs)
    assert [storable(name) for name, _ in found] == [storable(name) for name, _ in pairs]


@given(st.lists(st.builds(Fact, st.text(), st.text(), st.text()), max_size=4).map(tuple))
def test_facts_come_back_exactly(facts: tuple[Fact, ...]) -> None:
    assert documents.facts(documents.dumped(tuple[Fact, ...], facts)) == facts


@given(
    timeout=st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=300)),
    shards=st.none() | st.integers(1, 99),
    role=st.none() | st.sampled_from(Role),
    priority=st.none() | st.integers(-9, 9),
)
def test_overrides_come_back_exactly(
    timeout: timedelta | None, shards: int | None, role: Role | None, priority: int | None
) -> None:
    given_overrides = Overrides(timeout, None, shards, (("A", "1"),), role, priority)
    text = documents.dumped(Overrides, given_overrides)
    assert documents.overrides(text) == given_overrides


@given(st.frozensets(st.text(alphabet="abcxyz", min_size=1, max_size=3), max_size=5))
def test_an_offer_is_one_text_in_whatever_order_its_capabilities_come(
    names: frozenset[str],
) -> None:
    plain = offer_of()
    offers = [
        Offer(plain.labels, "cpu", 1, 0, 2**40, 0, frozenset(sorted(names, reverse=back)), "linux")
        for back in (False, True)
    ]
    first, second = (documents.dumped(Offer, offer) for offer in offers)
    assert first == second
    assert documents.offer(first) == offers[0]
    assert json.loads(first)["capabilities"] == sorted(names)


@pytest.mark.parametrize(
    "more",
    [
        "",
        "policies: {freshness: 6h, priority: 3, max_queue: 2d}\n",
        "keep: {logs: 5d}\n",
        "exclude: [{site: edge, accelerator: gpu, reason: none there}]\n",
        "include: [{site: farm, accelerator: cpu, suite: quick, priority: 7}]\n",
    ],
)
def test_a_declaration_comes_back_exactly(more: str) -> None:
    matrix = matrix_of(TEXT + more)
    text = documents.dumped(Matrix, matrix)
    assert documents.matrix(text) == matrix
    assert documents.policies(documents.dumped(Policies, matrix.policies)) == matrix.policies
    assert [documents.suite(documents.dumped(type(s), s)) for s in matrix.suites] == list(
        matrix.suites
    )


@given(
    st.builds(
        Recent,
        name=st.text(max_size=3),
        case=st.text(max_size=3),
        better=st.sampled_from(["lower", "higher"]),
        values=st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=4).map(tuple),
        contended=st.booleans(),
    )
)
def test_medians_come_back_to_the_last_bit(recent: Recent) -> None:
    text = documents.dumped(tuple[Recent, ...], (recent,))
    assert documents.loaded(tuple[Recent, ...], text) == (recent,)


def test_equal_values_have_equal_digests_and_others_do_not() -> None:
    texts = [documents.dumped(Pairs, (("torch", version),)) for version in ("1", "2", "1")]
    first, second, third = map(documents.digest, texts)
    assert first == third != second
    assert documents.digest("") == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


def test_a_text_that_is_no_such_value_is_refused() -> None:
    with pytest.raises(ValueError, match="validation error for Offer"):
        documents.offer('["no", "offer"]')


def test_codes_rise_from_the_worst_status_to_the_best() -> None:
    codes = [caseflags.code(status, expected=False, planted=False) for status in WORST_FIRST]
    assert codes == sorted(codes) == list(range(len(Status)))


@given(st.frozensets(st.sampled_from(Status)))
def test_the_codes_of_statuses_are_theirs_and_no_others(statuses: frozenset[Status]) -> None:
    codes = caseflags.codes_of(statuses)
    assert {caseflags.status_of(code) for code in codes} == statuses
    assert len(codes) == len(statuses)


def test_the_codes_of_what_is_bad_come_before_all_others() -> None:
    assert caseflags.codes_of(BAD) == (0, 1, 2)


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        (datetime(2026, 11, 30, 23, 59, 59, 999_999, UTC), 202611),
        (datetime(2026, 12, 1, tzinfo=UTC), 202612),
        (datetime(2027, 1, 1, tzinfo=UTC), 202701),
        (datetime(1999, 9, 9, tzinfo=UTC), 199909),
    ],
)
def test_a_month_is_its_year_and_number(moment: datetime, month: int) -> None:
    assert month_of(moment) == month


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_later_moments_are_never_of_an_earlier_month(one: datetime, other: datetime) -> None:
    assert (one <= other) <= (month_of(one) <= month_of(other))


def test_tables_of_a_month_are_named_after_it_and_made_once() -> None:
    assert case_table(202611).name == f"{CASES}_202611"
    assert log_table(202612).name == f"{LOGS}_202612"
    assert case_table(202611) is case_table(202611) is not case_table(202612)
