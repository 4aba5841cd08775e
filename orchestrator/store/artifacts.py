"""Files that jobs made for others: noted with the report, handed on by ticket, forgotten by use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, insert, select, update

from orchestrator.store.columns import BIG, JobState
from orchestrator.store.ids import Row, next_id
from orchestrator.store.recorded import ArtifactRow
from orchestrator.store.store import Store
from orchestrator.store.work import DependencyRow, JobRow
from runners.work import Artifact


def note(connection: Connection, made: Mapping[int, Iterable[Artifact]], now: datetime) -> None:
    """Write what jobs have made, by job."""
    rows: list[Row] = [
        {"job_id": job, **one._asdict(), "made_at": now, "used_at": now, "kept": True}
        for job, artifacts in made.items()
        for one in artifacts
    ]
    if rows:
        first = next_id(connection, ArtifactRow)
        numbered = [{"id": first + number} | row for number, row in enumerate(rows)]
        connection.execute(insert(ArtifactRow), numbered)


def inputs(
    connection: Connection, jobs: Sequence[int], now: datetime
) -> dict[int, tuple[Artifact, ...]]:
    """What jobs that are given out now use of others, by job; this is a use of it."""
    found: dict[int, list[Artifact]] = defaultdict(list)
    used = set()
    for row in connection.execute(_INPUTS, {"jobs": list(jobs)}):
        found[row.job_id].append(Artifact(row.kind, row.name, row.digest, row.bytes))
        used.add(row.id)
    if used:
        connection.execute(_USED, {"rows": sorted(used), "now": now})
    return {job: tuple(artifacts) for job, artifacts in found.items()}


def due(store: Store, before: datetime) -> frozenset[str]:
    """Digests of files that nobody has made or used since."""
    with store.read() as connection:
        return _due(connection, before)


def forget(store: Store, before: datetime) -> frozenset[str]:
    """Write that what is due is not kept any longer; the digests whose files are to go."""
    with store.write() as connection:
        gone = _due(connection, before)
        if gone:
            connection.execute(_GONE, {"digests": sorted(gone)})
    return gone


def lose(store: Store, job: int, is_there: Callable[[str], bool]) -> None:
    """Write that what a job uses is not kept where its file is gone from the disk, by digest."""
    with store.read() as connection:
        used = connection.scalars(_FED_TO, {"job": job}).all()
    gone = [digest for digest in used if not is_there(digest)]
    if gone:
        with store.write() as connection:
            connection.execute(_GONE, {"digests": gone})


def needed(store: Store) -> frozenset[str]:
    """Digests of all files that are still to be kept."""
    with store.read() as connection:
        return frozenset(connection.scalars(_DIGESTS))


def _due(connection: Connection, before: datetime) -> frozenset[str]:
    young = {
        *connection.scalars(_DIGESTS.where(ArtifactRow.used_at >= before)),
        *connection.scalars(_AWAITED),
    }
    old = set(connection.scalars(_DIGESTS.where(ArtifactRow.used_at < before)))
    return frozenset(old - young)


_INPUTS = (
    select(
        DependencyRow.job_id,
        ArtifactRow.id,
        ArtifactRow.kind,
        ArtifactRow.name,
        ArtifactRow.digest,
        ArtifactRow.bytes,
    )
    .join(
        ArtifactRow,
        and_(
            ArtifactRow.job_id == DependencyRow.producer_id, ArtifactRow.kind == DependencyRow.kind
        ),
    )
    .where(DependencyRow.job_id.in_(bindparam("jobs", expanding=True, type_=BIG)))
    .order_by(DependencyRow.job_id, ArtifactRow.kind, ArtifactRow.name)
)
_USED = (
    update(ArtifactRow)
    .where(ArtifactRow.id.in_(bindparam("rows", expanding=True, type_=BIG)))
    .values(used_at=bindparam("now"))
)
_DIGESTS = select(ArtifactRow.digest).distinct().where(ArtifactRow.kept.is_(True))
_FED_TO = _DIGESTS.join(
    DependencyRow,
    and_(DependencyRow.producer_id == ArtifactRow.job_id, DependencyRow.kind == ArtifactRow.kind),
).where(DependencyRow.job_id == bindparam("job"))
_AWAITED = (
    _DIGESTS.join(DependencyRow, DependencyRow.producer_id == ArtifactRow.job_id)
    .join(JobRow, JobRow.id == DependencyRow.job_id)
    .where(JobRow.state != JobState.ENDED)
)
_GONE = (
    update(ArtifactRow)
    .where(ArtifactRow.digest.in_(bindparam("digests", expanding=True)))
    .values(kept=False)
)
