"""What happens to jobs, runs and runners, told to the server's log as it is told to pages."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping

from orchestrator.store import events
from orchestrator.store.read_chronicle import Teller, tellers
from orchestrator.store.store import Store
from orchestrator.views import Event

logger = logging.getLogger("coevo.events")
KINDS = frozenset({"job", "run", "runner", "server"})
BATCH = 500
Field = str | int | float | bool | None


class Chronicle:
    """Tells each event once, from its making on; progress and the looks of cells are left out."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cursor = events.latest(store)

    def tell(self) -> int:
        """Log what is new; how many events were looked at."""
        looked_at = 0
        while batch := events.since(self._store, self._cursor, BATCH):
            self._cursor = batch[-1].id
            looked_at += len(batch)
            self._log([one for one in batch if one.kind in KINDS])
        return looked_at

    def _log(self, batch: list[Event]) -> None:
        jobs = [int(one.subject) for one in batch if one.kind == "job"]
        known = tellers(self._store, jobs) if jobs else {}
        for one in batch:
            told = known.get(int(one.subject)) if one.kind == "job" else None
            name, fields = told_of(one, told)
            logger.info(sentence(one, told), extra={"event": name, "fields": fields})


def told_of(event: Event, told: Teller | None) -> tuple[str, Mapping[str, Field]]:
    """The name of an event ("job.ended") and its fields."""
    data: dict[str, Field] = json.loads(event.data or "{}")
    state = data.pop("state", None)
    fields: dict[str, Field] = {"at": event.at.isoformat(), "matrix": event.matrix}
    match event.kind:
        case "job":
            fields |= {"job": int(event.subject)} | (_of_job(told) if told else {})
            fields["status"] = data.get("status")
        case "run":
            fields |= {"run": int(event.subject), **data}
        case "runner":
            fields["runner"] = event.subject
        case _:
            fields |= {"subject": event.subject, **data}
    return f"{event.kind}.{state or 'changed'}", {
        k: v for k, v in fields.items() if v not in {None, ""}
    }


def sentence(event: Event, told: Teller | None) -> str:
    """The same for people: "job 7 lab/cpu:smoke@stable ended FAIL"."""
    data = json.loads(event.data or "{}")
    words = (
        event.kind,
        event.subject,
        told.name if told else "",
        data.get("state"),
        data.get("status"),
    )
    return " ".join(str(word) for word in words if word)


def _of_job(told: Teller) -> dict[str, Field]:
    return {
        "name": told.name,
        "run": told.run,
        "attempt": told.attempt or None,
        "runner": told.runner,
        "reason": told.reason,
    }
