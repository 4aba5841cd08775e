"""The small values under the store: columns, documents, flags, months, ids and lanes."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import inspect, text
from sqlalchemy.dialects import sqlite
from worlds import World, matrix_of, offer_of

from matrix.model import Matrix
from matrix.status import Status
from orchestrator.store import caseflags, documents
from orchestrator.store.columns import Instant, storable
from orchestrator.store.documents import Pairs
from orchestrator.store.ids import intern, next_id
from orchestrator.store.lanes import change
from orchestrator.store.months import CASES, LOGS, case_table, ensure, log_table, month_of, months
from orchestrator.store.store import Store
from orchestrator.store.work import Owner
from runners.work import Offer

DIALECT = sqlite.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy's
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone
OWNER = {"leased": 0, "visibility": "public", "visible_until": None}


@given(MOMENTS)
def test_a_moment_survives_its_integer_to_the_microsecond(moment: datetime) -> None:
    kept = Instant().process_bind_param(moment, DIALECT)
    assert isinstance(kept, int)
    assert Instant().process_result_value(kept, DIALECT) == moment


def test_a_moment_of_another_zone_is_kept_as_the_same_moment() -> None:
    there = datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=2)))
    kept = Instant().process_bind_param(there, DIALECT)
    assert Instant().process_result_value(kept, DIALECT) == there.astimezone(UTC)


def test_a_naive_moment_is_a_broken_promise() -> None:
    with pytest.raises(TypeError):
        Instant().process_bind_param(datetime(2026, 1, 1), DIALECT)  # noqa: DTZ001 - that is the point


@given(st.text(st.characters(codec=None)))
def test_whatever_text_is_storable_can_be_encoded_and_holds_no_nul(said: str) -> None:
    kept = storable(said)
    assert "\0" not in kept
    assert kept.encode().decode() == kept
    assert storable(kept) == kept
    assert len(kept) == len(said)


@given(st.text())
def test_text_without_oddities_is_kept_as_it_is(said: str) -> None:
    assert storable(said) == said.replace("\0", "\ufffd")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Matrix, matrix_of()),
        (Offer, offer_of()),
        (Pairs, (("site", "lab"), ("dtype", "⚡"))),
        (Pairs, ()),
    ],
    ids=["matrix", "offer", "pairs", "nothing"],
)
def test_a_document_is_read_as_it_was_written(kind: type[object], value: object) -> None:
    written = documents.dumped(kind, value)
    assert documents.loaded(kind, written) == value
    assert documents.dumped(kind, value) == written


def test_equal_offers_have_one_text_whatever_the_order_of_their_capabilities() -> None:
    words = [f"word{n}" for n in range(50)]
    first, second = frozenset(words), frozenset(reversed(words))
    plain = offer_of()
    offers = [
        Offer(plain.labels, "cpu", 1, 0, 1, 1, capabilities, "p")
        for capabilities in (first, second)
    ]
    assert documents.dumped(Offer, offers[0]) == documents.dumped(Offer, offers[1])


@given(st.frozensets(st.sampled_from(Status)))
def test_the_codes_of_statuses_are_those_of_cases_without_flags(
    statuses: frozenset[Status],
) -> None:
    codes = caseflags.codes_of(statuses)
    assert {caseflags.status_of(code) for code in codes} == statuses
    assert codes == tuple(sorted(codes))


def test_codes_rank_the_worst_first() -> None:
    codes = [caseflags.code(status, expected=False, planted=False) for status in Status]
    assert codes == sorted(codes)


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), 202601),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), 202612),
        (datetime(999, 10, 1, tzinfo=UTC), 99910),
    ],
)
def test_a_month_is_its_year_and_number(moment: datetime, month: int) -> None:
    assert month_of(moment) == month


def test_a_months_table_is_made_once_and_listed_by_kind(store: Store) -> None:
    with store.write() as connection:
        for month in (202612, 202611, 202612):
            ensure(connection, case_table(month))
        ensure(connection, log_table(202611))
    with store.read() as connection:
        assert months(connection, CASES) == (202611, 202612)
        assert months(connection, LOGS) == (202611,)
        assert inspect(connection).has_table("case_result_202612")


def test_interning_gives_known_values_their_ids_and_new_ones_the_next(store: Store) -> None:
    with store.write() as connection:
        rows = [{"name": name} | OWNER for name in ("a", "b", "a")]
        first = intern(connection, Owner, ("name",), rows)
        second = intern(connection, Owner, ("name",), [{"name": "c"} | OWNER, *rows])
        assert first == {("a",): 1, ("b",): 2}
        assert second == {("a",): 1, ("b",): 2, ("c",): 3}
        assert next_id(connection, Owner) == 4


def test_an_empty_table_begins_at_one(store: Store) -> None:
    with store.write() as connection:
        assert next_id(connection, Owner) == 1
        assert intern(connection, Owner, ("name",), []) == {}


def test_a_lane_knows_its_oldest_job_and_that_it_is_empty(small: World) -> None:
    small.start("lab/cpu:wide")
    query = text("SELECT queued, waiting, head FROM lane")
    with small.store.write() as connection:
        assert tuple(connection.execute(query).one()) == (3, True, 1)
        connection.execute(text("UPDATE job SET state = 'ended' WHERE id = 1"))
        change(connection, Counter({1: -1}))
        assert tuple(connection.execute(query).one()) == (2, True, 2)
        connection.execute(text("UPDATE job SET state = 'ended'"))
        change(connection, Counter({1: -2}))
        assert tuple(connection.execute(query).one()) == (0, False, 0)


def test_no_change_of_lanes_costs_nothing(store: Store) -> None:
    with store.write() as connection:
        change(connection, Counter())
        assert connection.execute(text("SELECT count(*) FROM lane")).scalar_one() == 0
