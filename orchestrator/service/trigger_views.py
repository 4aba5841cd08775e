"""What people see of a matrix's triggers: what each waits for, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from matrix.clock import next_at
from matrix.model import Matrix
from matrix.trigger import TriggerRule
from orchestrator.server_views import TriggerView
from orchestrator.store import triggered
from orchestrator.store.store import Store
from orchestrator.store.triggered import Standing


def views(store: Store, matrix: Matrix) -> tuple[TriggerView, ...]:
    """The triggers of a matrix that is served, in the order of its file."""
    if not matrix.triggers:
        return ()
    known = triggered.standings(store, matrix.name)
    runs = triggered.last_runs(store, matrix.name, [rule.name for rule in matrix.triggers])
    now = store.clock.now()
    return tuple(
        _view(rule, known.get(rule.name, {}), runs[rule.name], now) for rule in matrix.triggers
    )


def _view(
    rule: TriggerRule, known: Mapping[str, Standing], run: int | None, now: datetime
) -> TriggerView:
    clock = known.get("") if rule.cron else None
    last = clock or max(known.values(), key=_newest, default=None)
    return TriggerView(
        name=rule.name,
        kind=rule.kind,
        what=_what(rule),
        select=rule.select,
        next_at=next_at(rule.cron, rule.zone, now) if rule.cron else None,
        seen_at=last.seen_at if last else None,
        run=run,
        why=last.why if last else "",
    )


def _newest(one: Standing) -> tuple[datetime, bool]:
    """What a trigger saw last: of one moment what led to a run."""
    return one.seen_at, not one.why


def _what(rule: TriggerRule) -> str:
    if rule.cron:
        at = "".join(f", {name} at {where}" for name, where in rule.at)
        return f"{rule.cron} ({rule.zone}){at}"
    paths = f", touching {' '.join(rule.paths)}" if rule.paths else ""
    if rule.kind == "commits":
        kind = "each commit" if rule.each else "commits"
        return f"{kind} of {rule.repository}, {rule.branch or 'the default branch'}{paths}"
    labels = f", labelled {' or '.join(rule.labels)}" if rule.labels else ""
    paired = f", in {rule.pairs} pairs" if rule.pairs else ""
    return f"pull requests of {rule.repository}{labels}{paths}{paired}"
