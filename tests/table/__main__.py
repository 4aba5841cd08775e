"""Carries every built-in suite out on this machine, through Coevo, and prints what came of each.

An interrupted one goes on where it stood; a finished one begins anew, in the environments that are
there. The last line says how many suites did what their page says.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from matrix.load import load
from matrix.model import Matrix
from orchestrator.clock import SystemClock
from orchestrator.service.folder import DATABASE_FILE
from orchestrator.store.open import open_store
from orchestrator.store.read_jobs import job, jobs
from orchestrator.store.read_reports import report
from orchestrator.store.read_runs import runs
from orchestrator.store.store import Store
from orchestrator.views import JobFilter, JobView
from tests.table.rows import Part, Row, figures, row, table

HERE = Path(__file__).parent
MATRIX = HERE / "matrix.yaml"
DATA = HERE.parents[1] / ".coevo-test" / "table"
COEVO = Path(sys.executable).with_name("coevo")
_MANY = 10_000


def main(*options: str) -> int:
    """Run and tell: 0 where every suite did what its page says. `options` are `coevo up`'s."""
    words = ["--matrix", str(MATRIX), "--data", str(DATA), "--port", "0", "--simulate", "asic"]
    subprocess.run([COEVO, "up", "--once", *words, *options], check=False)
    found = rows(load(MATRIX))
    print("\n".join(figures(found)), end="\n\n")
    print("\n".join(table(found)))
    met = sum(not one.amiss for one in found)
    print(f"{met} of {len(found)} suites did what their page says")
    return 0 if found and met == len(found) else 1


def rows(matrix: Matrix) -> list[Row]:
    """What the newest run came to."""
    store = open_store(f"sqlite:///{DATA / DATABASE_FILE}", SystemClock())
    try:
        return _rows(store, matrix)
    finally:
        store.close()


def _rows(store: Store, matrix: Matrix) -> list[Row]:
    (latest,) = runs(store, matrix.name, 0, 1) or (None,)
    if latest is None:
        return []
    page = jobs(store, matrix.name, JobFilter(run=latest.id), 0, _MANY)
    return [
        row(matrix.suite(suite), [_part(store, one) for one in sorted(group, key=_shard)])
        for suite, group in _by_suite(matrix, page.jobs if page else ())
    ]


def _by_suite(matrix: Matrix, found: Iterable[JobView]) -> list[tuple[str, list[JobView]]]:
    order = [suite.name for suite in matrix.suites]

    def key(one: JobView) -> tuple[int, object]:
        return order.index(one.suite), one.cell

    return [(order[at], list(group)) for (at, _), group in groupby(sorted(found, key=key), key=key)]


def _shard(one: JobView) -> int:
    return one.shard


def _part(store: Store, one: JobView) -> Part:
    whole = job(store, one.matrix, one.id)
    assert whole is not None
    return Part(whole, report(store, one.id))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
