"""The health of a server in memory: busy, with room on its disk."""

from __future__ import annotations

from datetime import timedelta

from lively_grid import NOW

from matrix.status import Status
from orchestrator.server_views import Growth, Health, Queue, Runners, StoreHealth, Totals

MIB, GIB = 2**20, 2**30
STORE = StoreHealth(
    queue=Queue(12, 3, 2, 1, 4, NOW - timedelta(minutes=7)),
    claims=40,
    window=timedelta(minutes=5),
    totals=Totals(runs=31, jobs=1234, attempts=1300, reports=1250, events=98_765),
    runners=Runners(ready=3, gone=1, slots=9),
    states=((Status.FAIL, 2), (Status.ERROR, 0), (Status.PASS, 17), (None, 4)),
    last_event_at=NOW - timedelta(seconds=90),
    database="sqlite",
    database_bytes=300 * MIB,
)
HEALTH = Health(
    started_at=NOW - timedelta(hours=5),
    store=STORE,
    disk_bytes=100 * GIB,
    free_bytes=40 * GIB,
    growth=Growth(bytes_per_day=20.0 * MIB, days=12.0, full_in_days=2048.0),
)
