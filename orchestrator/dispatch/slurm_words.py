"""What Slurm says of a batch job: notes for people, and reports that nobody else can write."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from matrix.status import Layer, Status
from orchestrator.dispatch.slurm_client import Seen
from runners.log import LAST_LINES
from runners.wording import counted
from runners.work import Report, Ticket

_PENDING = frozenset(
    {"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD"}
)
_OVER = {
    "BOOT_FAIL": "was ended: its node did not boot",
    "CANCELLED": "was cancelled outside Coevo",
    "COMPLETED": "ended",
    "DEADLINE": "was ended at its deadline",
    "FAILED": "failed",
    "NODE_FAIL": "was ended: its node failed",
    "OUT_OF_MEMORY": "was ended: it took more memory than it may have",
    "PREEMPTED": "was preempted",
    "REVOKED": "was revoked",
    "TIMEOUT": "reached its time limit",
}
# What another try may cure; the rest was somebody's decision, or would come about again.
_AGAIN = frozenset({"BOOT_FAIL", "NODE_FAIL", "PREEMPTED", "REVOKED", "FAILED", "COMPLETED"})


def is_pending(seen: Seen) -> bool:
    """Whether it waits in Slurm's queue."""
    return seen.state in _PENDING


def is_over(seen: Seen) -> bool:
    """Whether Slurm is done with it."""
    return seen.state in _OVER


def note(seen: Seen) -> str:
    """Where it is, for people."""
    if not is_pending(seen):
        where = f" on {seen.nodes}" if seen.nodes else ""
        return f"Slurm job {seen.id}, {seen.state.lower()}{where}"
    why = f": {seen.reason}" if seen.reason not in ("", "None") else ""
    return f"Slurm job {seen.id}, {seen.state.lower()}{why}"


def refused(why: str) -> Report:
    """The report of an attempt that Slurm did not take."""
    return Report(Status.MISS, Layer.INFRA, f"Slurm refused the job: {why}.")


def waited(what: str, seconds: float) -> Report:
    """The report of an attempt that was in the queue too long; `what` is its last note."""
    reason = f"It waited for longer than {hours(seconds)} to be started ({what})."
    return Report(Status.MISS, Layer.INFRA, reason)


def cancelled(*, has_begun: bool = False) -> Report:
    """The report of an attempt that was cancelled, where the compute node has written none."""
    reason = "Cancelled." if has_begun else "Cancelled before it began."
    return Report(Status.SKIP, Layer.NONE, reason, cancelled=True)


def lost(job: str, seen: Seen | None, output: str) -> Report:
    """The report of an attempt whose batch job has ended and has left none."""
    lines = tuple(line for line in output.splitlines() if line.strip())[-LAST_LINES:]
    if seen is None:
        reason = f"Slurm knows nothing of job {job} any more, and it has left no report."
        return Report(Status.MISS, Layer.INFRA, reason, last_lines=lines, retry=True)
    how = _how(seen, allowed="")
    silent = seen.state in {"FAILED", "COMPLETED"}
    tail = ", and has left no report" if silent else ""
    told = f": {lines[-1].strip().rstrip('.')}" if silent and lines else ""
    reason = f"Slurm job {seen.id} {how}{tail}{told}."
    again = seen.state in _AGAIN
    return Report(Status.MISS, Layer.INFRA, reason, last_lines=lines, retry=again, node=seen.nodes)


def interrupted(report: Report, seen: Seen | None, ticket: Ticket) -> Report:
    """What a suite handed back that something outside Coevo had ended, with what that was.

    Where it had used up its own time by then, it is to blame, whoever was quicker.
    """
    allowed = ticket.timeout_seconds
    if report.usage.run_seconds >= allowed:
        reason = f"It did not end within {allowed:g} s; {counted(len(report.cases))}."
        return replace(
            report, status=Status.ERROR, layer=Layer.TEST, reason=reason, cancelled=False
        )
    if seen is None or not is_over(seen):
        how, again = "The batch job was ended from outside", True
    else:
        own = f", before the suite's own {allowed:g} s were over"
        how = f"Slurm job {seen.id} {_how(seen, own)}"
        again = seen.state in _AGAIN
    reason = f"{how}; {counted(len(report.cases))}."
    return replace(
        report,
        status=Status.MISS,
        layer=Layer.INFRA,
        reason=reason,
        cancelled=False,
        retry=again,
    )


def hours(seconds: float) -> str:
    """A length of time in the largest unit that it is whole in."""
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {name}"
    return f"{seconds:g} s"


def tail_of(file: Path) -> str:
    """The end of a batch job's own output, "" where there is none."""
    try:
        with file.open("rb") as output:
            output.seek(0, 2)
            output.seek(max(0, output.tell() - 4096))
            return output.read().decode(errors="replace")
    except OSError:
        return ""


def _how(seen: Seen, allowed: str) -> str:
    if seen.state == "TIMEOUT":
        return f"{_OVER['TIMEOUT']} of {seen.limit}{allowed}"
    return _OVER[seen.state]
