"""Interns the names that reports bring: cases, variants and metrics, before the recording."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, insert, select

from orchestrator.store.bulk import chunks
from orchestrator.store.columns import storable
from orchestrator.store.ids import Row, next_id
from orchestrator.store.recorded import CaseName, MetricName, Variant
from orchestrator.store.store import Store
from runners.work import Report


def learn(store: Store, reports: Sequence[tuple[int, Report]]) -> None:
    """Make sure that all names of these (suite id, report) are interned and remembered.

    Names are harmless without the report that brought them, so they have a transaction of their
    own, which is only begun where there is something new.
    """
    cases = _unknown_cases(store, reports)
    variants = _unknown_variants(store, reports)
    metrics = _unknown_metrics(store, reports)
    if not (cases or variants or metrics):
        return
    with store.write() as connection:
        learned = {suite: _cases(connection, suite, names) for suite, names in cases.items()}
        new_variants = _variants(connection, variants)
        new_metrics = _metrics(connection, metrics)
    for suite, ids in learned.items():
        store.names.cases.setdefault(suite, {}).update(ids)
    store.names.variants.update(new_variants)
    store.names.metrics.update(new_metrics)


def _unknown_cases(
    store: Store, reports: Sequence[tuple[int, Report]]
) -> dict[int, tuple[str, ...]]:
    unknown: dict[int, dict[str, None]] = {}
    for suite, report in reports:
        known = store.names.cases.get(suite, {})
        fresh = {case.id: None for case in report.cases if case.id not in known}
        unknown.setdefault(suite, {}).update(fresh)
    return {suite: tuple(names) for suite, names in unknown.items() if names}


def _unknown_variants(
    store: Store, reports: Sequence[tuple[int, Report]]
) -> tuple[tuple[str, str], ...]:
    found = {(case.device, case.dtype) for _, report in reports for case in report.cases}
    return tuple(sorted(found - store.names.variants.keys()))


def _unknown_metrics(
    store: Store, reports: Sequence[tuple[int, Report]]
) -> tuple[tuple[int, str, str, str], ...]:
    found = {
        (suite, metric.name, metric.unit, metric.better)
        for suite, report in reports
        for metric in report.metrics
    }
    return tuple(sorted(found - store.names.metrics.keys()))


def _cases(connection: Connection, suite: int, names: Sequence[str]) -> Mapping[str, int]:
    plain = {name: storable(name) for name in names}
    ids = _stored_cases(connection, suite, tuple(dict.fromkeys(plain.values())))
    return {name: ids[text] for name, text in plain.items()}


def _stored_cases(connection: Connection, suite: int, names: Sequence[str]) -> dict[str, int]:
    known: dict[str, int] = {}
    for chunk in chunks(names):
        rows = connection.execute(_CASES, {"suite": suite, "names": chunk})
        known.update((row[0], row[1]) for row in rows)
    fresh = [name for name in names if name not in known]
    first = next_id(connection, CaseName)
    ids = {name: first + n for n, name in enumerate(fresh)}
    _insert(connection, CaseName, ({"id": i, "suite_id": suite, "name": n} for n, i in ids.items()))
    return known | ids


def _variants(
    connection: Connection, wanted: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    rows = connection.execute(select(Variant.device, Variant.dtype, Variant.id))
    known = {(device, dtype): row for device, dtype, row in rows}
    first = next_id(connection, Variant)
    fresh = [pair for pair in wanted if pair not in known]
    ids = {pair: first + n for n, pair in enumerate(fresh)}
    _insert(connection, Variant, ({"id": i, "device": p[0], "dtype": p[1]} for p, i in ids.items()))
    return known | ids


def _metrics(
    connection: Connection, wanted: Sequence[tuple[int, str, str, str]]
) -> dict[tuple[int, str, str, str], int]:
    suites = {key[0] for key in wanted}
    columns = (MetricName.suite_id, MetricName.name, MetricName.unit, MetricName.better)
    rows = connection.execute(
        select(*columns, MetricName.id).where(MetricName.suite_id.in_(suites))
    )
    known = {(row[0], row[1], row[2], row[3]): row[4] for row in rows}
    first = next_id(connection, MetricName)
    ids = {key: first + n for n, key in enumerate(key for key in wanted if key not in known)}
    _insert(
        connection,
        MetricName,
        (
            {"id": i, "suite_id": key[0], "name": key[1], "unit": key[2], "better": key[3]}
            for key, i in ids.items()
        ),
    )
    return known | ids


def _insert(
    connection: Connection,
    declared: type[CaseName | Variant | MetricName],
    rows: Iterable[Row],
) -> None:
    listed = list(rows)
    if listed:
        connection.execute(insert(declared), listed)


_CASES = select(CaseName.name, CaseName.id).where(
    CaseName.suite_id == bindparam("suite"), CaseName.name.in_(bindparam("names", expanding=True))
)
