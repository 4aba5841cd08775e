"""Messages of git hosts, each taken once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from orchestrator.store.store import Store
from orchestrator.store.work import DeliveryRow

KEPT = timedelta(days=30)  # GitHub delivers again at a click for three


def received(store: Store, delivery: str, event: str) -> bool:
    """Remember a message; False where it was here before, which changes nothing."""
    now = store.clock.now()
    try:
        with store.write() as connection:
            known = select(DeliveryRow.id).where(DeliveryRow.id == delivery)
            if connection.scalar(known) is not None:
                return False
            connection.execute(delete(DeliveryRow).where(DeliveryRow.received_at < now - KEPT))
            row = {"id": delivery, "event": event, "received_at": now}
            connection.execute(insert(DeliveryRow), [row])
    except IntegrityError:  # the same one, at the same moment
        return False
    return True
