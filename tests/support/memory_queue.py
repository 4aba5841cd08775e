"""A queue in memory: what the dispatcher needs of the store, without one."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import replace

from orchestrator.dispatch.port import Renewal, Room
from runners.artifacts import Brought
from runners.work import Ended, Key, LogChunk, Progress, Report, RunnerCard, Ticket

RUNNER = 7


class MemoryQueue:
    """Implements Queue. Each ticket given to `add` is a job; its key's fence rises by claim.

    `fail` makes the next so many calls raise, as a database that is away would.
    """

    def __init__(self, *tickets: Ticket) -> None:
        self.waiting: list[Ticket] = list(tickets)
        self.leased: dict[Key, Ticket] = {}
        self.reports: dict[int, list[Report]] = {}
        self.progress: list[Progress] = []
        self.chunks: dict[Key, dict[int, bytes]] = {}
        self.cards: list[RunnerCard] = []
        self.claims: list[int] = []
        self.released: list[Key] = []
        self.refused: list[Key] = []
        self.cancelled: set[int] = set()
        self.lost: set[Key] = set()
        self.files: dict[str, bytes] = {}
        self.drafts: dict[str, bytearray] = {}
        self.fail = 0
        self.poison: set[int] = set()
        self._fences: dict[int, int] = {}
        self._recorded_before: dict[Key, Report] = {}
        self._lock = threading.Lock()

    def announce(self, card: RunnerCard) -> int:
        self._answer(RUNNER)
        self.cards.append(card)
        return RUNNER

    def claim(self, runner: int, rooms: Sequence[Room]) -> tuple[Ticket, ...]:
        self._answer(runner)
        with self._lock:
            found = [one for room in rooms for one in self._claimed(room)]
            self.claims.append(len(found))
            return tuple(found)

    def held(self, runner: int) -> tuple[Key, ...]:
        self._answer(runner)
        return tuple(self.leased)

    def renew(self, runner: int, keys: Sequence[Key]) -> Renewal:
        self._answer(runner)
        cancelled = frozenset(key for key in keys if key.job in self.cancelled)
        gone = {key for key in keys if key in self.lost or key not in self.leased}
        return Renewal(cancelled - gone, frozenset(gone))

    def note(self, runner: int, progress: Sequence[Progress], chunks: Sequence[LogChunk]) -> None:
        self._answer(runner)
        self.progress += progress
        for chunk in chunks:
            self.chunks.setdefault(chunk.key, {})[chunk.offset] = chunk.data

    def record(self, runner: int, ended: Sequence[Ended]) -> frozenset[Key]:
        self._answer(runner)
        bad = [one.key.job for one in ended if one.key.job in self.poison and one.report.cases]
        if bad:
            raise ValueError(f"job {bad[0]} holds what cannot be stored")
        with self._lock:
            return frozenset(one.key for one in ended if not self._recorded(one))

    def release(self, runner: int, keys: Sequence[Key]) -> None:
        self._answer(runner)
        with self._lock:
            for key in keys:
                self.released.append(key)
                if key in self.leased:
                    self.waiting.insert(0, self.leased.pop(key))

    def add(self, *tickets: Ticket) -> None:
        """Queue more jobs."""
        with self._lock:
            self.waiting += tickets

    def log(self, key: Key) -> bytes:
        """The attempt's log as far as it was stored."""
        return b"".join(data for _, data in sorted(self.chunks.get(key, {}).items()))

    @property
    def ended(self) -> int:
        """How many jobs have a report."""
        return len(self.reports)

    def report(self, job: int) -> Report:
        """The one report of a job."""
        (report,) = self.reports[job]
        return report

    def _claimed(self, room: Room) -> list[Ticket]:
        cell = dict(room.offer.labels)
        fits = [one for one in self.waiting if all(cell.get(k) == v for k, v in one.cell)]
        taken = fits[: room.free]
        self.waiting = [one for one in self.waiting if one not in taken]
        return [self._leased(ticket) for ticket in taken]

    def _leased(self, ticket: Ticket) -> Ticket:
        job = ticket.key.job
        self._fences[job] = self._fences.get(job, 0) + 1
        leased = replace(ticket, key=Key(job, self._fences[job]))
        self.leased[leased.key] = leased
        return leased

    def _recorded(self, ended: Ended) -> bool:
        ticket = self.leased.pop(ended.key, None)
        if ticket is None and self._recorded_before.get(ended.key) == ended.report:
            return True
        if ticket is None:
            self.refused.append(ended.key)
            return False
        self._recorded_before[ended.key] = ended.report
        if ended.report.retry and ended.key.fence < 3:
            self.waiting.append(ticket)
        else:
            self.reports.setdefault(ended.key.job, []).append(ended.report)
        return True

    def artifact(self, digest: str, offset: int, length: int) -> bytes:
        return bytes(self.files.get(digest, b"")[offset : offset + length])

    def keep(self, digest: str, size: int, offset: int, data: bytes) -> Brought:
        with self._lock:
            draft = self.drafts.setdefault(digest, bytearray())
            if digest in self.files:
                return Brought(len(self.files[digest]))
            if offset <= len(draft):
                draft += data[len(draft) - offset :]
            if len(draft) < size:
                return Brought(len(draft))
            del self.drafts[digest]
            if len(draft) > size or hashlib.sha256(draft).hexdigest() != digest:
                return Brought(0, "What arrived is not what was sent.")
            self.files[digest] = bytes(draft)
            return Brought(size)

    def doubt(self, digest: str) -> None:
        if hashlib.sha256(self.files.get(digest, b"")).hexdigest() != digest:
            self.files.pop(digest, None)

    def _answer(self, runner: int) -> None:
        assert runner == RUNNER
        if self.fail:
            self.fail -= 1
            raise OSError("the database is locked")
