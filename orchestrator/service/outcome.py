"""What came of a run: its jobs with their shards merged, as one document and one exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from matrix.status import BAD, WORST_FIRST, Status, rolled_up
from orchestrator.views import JobView

ENDED = "ended"
NOTHING_TESTED = 6  # a gate that waits for a verdict has none
BLOCKED = "blocked"
NOT_OFFERED = "no runner offers it"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One job as people see it: all of its shards. `jobs` are the shards' own ids."""

    id: str
    status: Status
    reason: str
    shards: int
    jobs: tuple[int, ...]


def outcomes(jobs: Iterable[JobView]) -> tuple[Outcome, ...]:
    """The jobs of a run by name, shards merged; what nobody offers is SKIP with its reason."""
    by_name = sorted(jobs, key=lambda job: (merged_name(job), job.shard, job.id))
    return tuple(_merged(name, tuple(shards)) for name, shards in groupby(by_name, key=merged_name))


def merged_name(job: JobView) -> str:
    """A job's id without its shard."""
    return job.name.removesuffix(f"#{job.shard}/{job.shards}")


def is_open(job: JobView) -> bool:
    """Whether something is still to come: it has not ended, and some runner can take it.

    A blocked one goes on only where a job that feeds it does, which is open itself.
    """
    return job.state not in {ENDED, BLOCKED} and not _is_unoffered(job)


def document(run: int, found: Sequence[Outcome]) -> dict[str, object]:
    """The one JSON document of `coevo up --once --json` and `coevo run --wait --json`."""
    jobs = [
        {
            "id": outcome.id,
            "status": outcome.status.value,
            "reason": outcome.reason,
            "shards": outcome.shards,
            "jobs": list(outcome.jobs),
        }
        for outcome in found
    ]
    return {"run": run, "jobs": jobs}


def summary(run: int, found: Sequence[Outcome]) -> str:
    """One line: "run 3: 2 FAIL, 5 PASS, 12 SKIP"."""
    tally = Counter(outcome.status for outcome in found)
    counts = ", ".join(f"{tally[status]} {status}" for status in WORST_FIRST if tally[status])
    return f"run {run}: {counts or 'no jobs'}"


def exit_code(found: Iterable[Outcome]) -> int:
    """1 where something failed, 6 where there were jobs and all were skipped, else 0."""
    statuses = {outcome.status for outcome in found}
    if statuses & BAD:
        return 1
    return NOTHING_TESTED if statuses == {Status.SKIP} else 0


def _merged(name: str, shards: tuple[JobView, ...]) -> Outcome:
    status = rolled_up(map(_status, shards))
    reason = next((_reason(job) for job in shards if _status(job) == status and _reason(job)), "")
    return Outcome(name, status, reason, len(shards), tuple(job.id for job in shards))


def _is_unoffered(job: JobView) -> bool:
    return job.state == "queued" and bool(job.waiting_for)


def _status(job: JobView) -> Status:
    return job.status or Status.SKIP


def _reason(job: JobView) -> str:
    if job.state == ENDED:
        return job.reason or ("cancelled" if job.end == "cancelled" else "")
    return job.waiting_for or "not carried out yet"
