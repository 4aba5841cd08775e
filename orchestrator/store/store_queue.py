"""The store as the dispatcher's queue."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.dispatch.port import Renewal, Room
from orchestrator.store.announcing import announce
from orchestrator.store.claiming import claim
from orchestrator.store.leases import held, note, release, renew
from orchestrator.store.recording import record
from orchestrator.store.store import Store
from runners.artifacts import Artifacts, Brought, Gone
from runners.work import Ended, Key, LogChunk, Progress, RunnerCard, Ticket


class StoreQueue:
    """`orchestrator.dispatch.port.Queue`, each call one transaction; files lie beside the store.

    Without `artifacts` it keeps none.
    """

    def __init__(self, store: Store, artifacts: Artifacts | None = None) -> None:
        self._store, self._artifacts = store, artifacts

    def announce(self, card: RunnerCard) -> int:
        """Register or update a runner; its jobs' feasibility is judged anew."""
        return announce(self._store, card)

    def claim(self, runner: int, rooms: Sequence[Room]) -> tuple[Ticket, ...]:
        """Lease at most `free` jobs for each room, in the queue's order."""
        return claim(self._store, runner, rooms)

    def held(self, runner: int) -> tuple[Key, ...]:
        """The attempts this runner holds by the store's word."""
        return held(self._store, runner)

    def renew(self, runner: int, keys: Sequence[Key]) -> Renewal:
        """Prolong leases, and hear what was cancelled or lost."""
        return renew(self._store, runner, keys)

    def note(self, runner: int, progress: Sequence[Progress], chunks: Sequence[LogChunk]) -> None:
        """Store progress and log bytes; repeats change nothing."""
        note(self._store, runner, progress, chunks)

    def record(self, runner: int, ended: Sequence[Ended]) -> frozenset[Key]:
        """Record reports in one transaction; the keys that were refused."""
        return record(self._store, runner, ended)

    def release(self, runner: int, keys: Sequence[Key]) -> None:
        """Give jobs back without counting an attempt."""
        release(self._store, runner, keys)

    def artifact(self, digest: str, offset: int, length: int) -> bytes:
        """A piece of a file that a job is to be given; nothing where it is gone."""
        try:
            return self._artifacts.read(digest, offset, length) if self._artifacts else b""
        except Gone:
            return b""

    def keep(self, digest: str, size: int, offset: int, data: bytes) -> Brought:
        """Take in a piece of a file that a job has made."""
        if self._artifacts is None:
            return Brought(0, "This server keeps no artifacts.")
        return self._artifacts.bring(digest, size, offset, data)

    def doubt(self, digest: str) -> None:
        """Look at a file, and let a bad one go."""
        if self._artifacts is not None:
            self._artifacts.check(digest)
