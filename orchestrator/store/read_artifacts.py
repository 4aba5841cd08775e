"""Files that jobs hand to each other, as readers see them."""

from __future__ import annotations

from sqlalchemy import bindparam, case, or_, select

from orchestrator.artifact_views import Fed, File, Handed
from orchestrator.store.recorded import ArtifactRow
from orchestrator.store.store import Store
from orchestrator.store.work import DependencyRow, JobRow

_MOST = 500  # jobs that are fed by one


def handed(store: Store, job: int) -> Handed:
    """Who feeds a job, whom it feeds, and with what: two queries."""
    with store.read() as connection:
        ends: dict[bool, list[Fed]] = {True: [], False: []}
        for row in connection.execute(_BOUND, {"job": job}):
            ends[row.feeds].append(Fed(row.kind, row.id, row.name, row.state.value, row.status))
        files = tuple(File(*row) for row in connection.execute(_FILES, {"job": job}))
    return Handed(tuple(ends[True]), tuple(ends[False]), files)


_IS_FED = DependencyRow.job_id == bindparam("job")
_OTHER = case((_IS_FED, DependencyRow.producer_id), else_=DependencyRow.job_id)
_BOUND = (
    select(
        DependencyRow.kind,
        JobRow.id,
        JobRow.name,
        JobRow.state,
        JobRow.status,
        _IS_FED.label("feeds"),
    )
    .join(JobRow, JobRow.id == _OTHER)
    .where(or_(_IS_FED, DependencyRow.producer_id == bindparam("job")))
    .order_by(DependencyRow.kind, JobRow.id)
    .limit(_MOST)
)
_FILES = (
    select(
        ArtifactRow.kind,
        ArtifactRow.name,
        ArtifactRow.digest,
        ArtifactRow.bytes,
        ArtifactRow.made_at,
        ArtifactRow.used_at,
        ArtifactRow.kept,
    )
    .where(ArtifactRow.job_id == bindparam("job"))
    .order_by(ArtifactRow.kind, ArtifactRow.name)
)
