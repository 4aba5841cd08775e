"""One attempt as a batch job: made ready here, handed to Slurm once, followed to its end."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from matrix.status import Layer, Status
from orchestrator.dispatch import slurm_template, slurm_words
from orchestrator.dispatch.slurm_client import Refused, Seen, Slurm, Unanswered, submitted
from orchestrator.dispatch.slurm_folder import OUTPUT, SCRIPT, Folder
from orchestrator.dispatch.slurm_template import Template
from orchestrator.dispatch.slurm_watch import Watch
from runners.environments.bindings import Bindings
from runners.environments.checkout import check_out
from runners.environments.choice import Choice
from runners.environments.plain import shell
from runners.environments.provider import Unprepared, is_needed
from runners.log import LAST_LINES
from runners.mailbox import put
from runners.voice import Emit
from runners.work import Ended, Phase, Progress, Report, Ticket

EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long we wait, in seconds.

    `pending`: how long a job may be in Slurm's queue; `look`: how often what a job has written is
    read; `settle`: how long the files of an ended job may take to be seen here, and Slurm to say
    how it ended.
    """

    pending: float = 86400.0
    look: float = 0.5
    settle: float = 30.0


@dataclass(frozen=True, slots=True)
class Office:
    """What all attempts of an executor share. `command` is the carrier, without the attempt."""

    slurm: Slurm
    watch: Watch
    template: Template
    home: Path
    command: tuple[str, ...]
    bindings: Bindings
    deadlines: Deadlines


class _Over(Exception):  # noqa: N818 - a way out, no error
    """The attempt ends before a batch job has told of it."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.reason)
        self.report = report


class BatchAttempt:
    """Implements `runners.turns.Running`. A folder that was found is taken up where it was left."""

    def __init__(self, ticket: Ticket, folder: Folder, office: Office, emit: Emit) -> None:
        self.ticket = ticket
        self._folder, self._box, self._office, self._emit = folder, folder.box, office, emit
        self._watch, self._deadlines = office.watch, office.deadlines
        self._name = office.watch.name(*ticket.key)
        self._stop = asyncio.Event()
        self._told, self._job, self._phase = "", "", Phase.ASSIGNED
        self._over_since = 0.0
        self._has_scancelled = self._is_heard = False

    def cancel(self) -> None:
        """End it, or take it from Slurm's queue; the wish outlives this process."""
        with suppress(OSError):
            self._box.ask_to_end()
        self._stop.set()

    async def carry_out(self) -> Report:
        """Until it has ended, whatever that takes."""
        self._watch.follow(self._name)
        try:
            self._job = await self._handed_over()
            return await self._followed()
        except _Over as way:
            return way.report
        finally:
            self._watch.forget(self._name)

    async def _handed_over(self) -> str:
        """The batch job's number: the journal's, the queue's, or that of a new one."""
        is_new = not self._folder.is_found
        while True:
            async with self._folder.lock() as lock:
                job = "" if is_new else await self._known()
                job = job or await self._submitted(lock)
            if job:
                self._folder.note_job(job)
                return job
            is_new = False  # nobody knows whether Slurm has taken it
            await self._pause(self._deadlines.settle / 10)

    async def _known(self) -> str:
        """The number that it has already, "" where Slurm surely was not given it."""
        with suppress(Unanswered, Refused):
            if job := self._folder.job() or submitted(self._folder.path):
                return job
        if job := self._box.taken_by():
            return job
        seen = await self._watch.fresh(self._name)
        return seen.id if seen else ""

    async def _submitted(self, lock: int) -> str:
        """The number of the batch job; "" where Slurm does not answer."""
        await self._ready()
        office = self._office
        if time.time() - self._folder.asked_at() > self._deadlines.pending:
            raise _Over(slurm_words.waited(self._told, self._deadlines.pending))
        command = self._command()
        values = slurm_template.values(
            self.ticket, command, self._folder.path, self._folder.filed().gres
        )
        put(self._folder.path / SCRIPT, office.template.filled(values))
        try:
            job = await office.slurm.submit(self._folder.path, self._name, lock)
        except Refused as why:
            raise _Over(slurm_words.refused(str(why))) from why
        except Unanswered as why:
            self._tell(Phase.ASSIGNED, f"Slurm does not answer: {why}")
            return ""
        self._tell(Phase.SUBMITTED, f"Slurm job {job}, pending")
        self._watch.soon()
        return job

    def _command(self) -> tuple[str, ...]:
        nodes = self.ticket.nodes
        each = (*self._office.command, str(self._folder.path), str(self._office.home))
        if nodes == 1:
            return each
        several = (f"--nodes={nodes}", f"--ntasks={nodes}", "--ntasks-per-node=1")
        return ("srun", *several, "--wait=60", "--kill-on-bad-exit=0", *each)

    def _refuse_ended(self) -> None:
        if self._stop.is_set() or self._box.is_to_end:
            raise _Over(slurm_words.cancelled())

    async def _followed(self) -> Report:
        """Read what it writes and what Slurm says of it, until one of them knows how it ended."""
        cursor = 0
        while True:
            if self._box.is_to_end and not self._has_scancelled:
                await self._scancel()
            cursor, found = await asyncio.to_thread(self._box.since, cursor)
            for one in found:
                if isinstance(one, Ended):
                    return await self._judged(one.report)
                self._is_heard = True
                self._emit(one)
            report = None if found else self._by_state()
            if report is not None:
                return report
            await self._pause(self._deadlines.look)

    async def _scancel(self) -> None:
        try:
            await self._office.slurm.cancel(self._job)
        except Unanswered:
            return  # it is tried again
        self._has_scancelled = True
        self._watch.soon()

    async def _judged(self, report: Report) -> Report:
        """What it reports; where something has cut it short, with what Slurm says that was."""
        if not report.cancelled:
            return report
        if self._box.is_to_end:
            return self._ended_by_us(report)
        give_up = time.monotonic() + self._deadlines.settle
        while time.monotonic() < give_up:
            self._watch.soon()
            seen = self._seen()
            if seen is not None and slurm_words.is_over(seen):
                return slurm_words.interrupted(report, seen, self.ticket)
            await self._pause(self._deadlines.look)
        return slurm_words.interrupted(report, None, self.ticket)

    def _ended_by_us(self, report: Report) -> Report:
        if self._box.end_reason() == EXPIRED:
            return slurm_words.waited(self._told, self._deadlines.pending)
        return report

    def _by_state(self) -> Report | None:
        """What Slurm's word alone ends: a job that is over and wrote nothing, or waits too long."""
        watch, seen = self._watch, self._seen()
        if watch.trouble:
            self._tell(None, f"Slurm job {self._job}; Slurm does not answer: {watch.trouble}")
            return None
        if seen is None or slurm_words.is_over(seen):
            return self._gone(seen)
        self._over_since = 0.0
        if not slurm_words.is_pending(seen):
            if not self._is_heard:
                self._tell(Phase.PREPARING, slurm_words.note(seen))
            return None
        self._tell(Phase.SUBMITTED, slurm_words.note(seen))
        if time.time() - self._folder.asked_at() > self._deadlines.pending:
            self._box.ask_to_end(EXPIRED)
        return None

    def _seen(self) -> Seen | None:
        """Its batch job as squeue showed it last."""
        seen = self._watch.seen(self._name)
        return seen if seen is not None and seen.id == self._job else None

    def _gone(self, seen: Seen | None) -> Report | None:
        """The end of a job that has left none, once its last words would have been seen here."""
        now = time.monotonic()
        if not self._over_since or self._watch.looked < self._over_since:
            self._over_since = self._over_since or now
            self._watch.soon()
            return None
        is_ours = self._box.is_to_end and not self._box.taken_by()
        if not is_ours and now - self._over_since < self._deadlines.settle:
            return None
        if self._box.is_to_end:
            begun = bool(self._box.taken_by())
            return self._ended_by_us(slurm_words.cancelled(has_begun=begun))
        output = slurm_words.tail_of(self._folder.path / OUTPUT)
        return slurm_words.lost(self._job, seen, output)

    async def _ready(self) -> None:
        """Have all that needs a network here, so that the compute node needs none."""
        seconds = self.ticket.prepare_timeout_seconds
        making = asyncio.ensure_future(self._prepared())
        stopped = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({making, stopped}, timeout=seconds, return_when="FIRST_COMPLETED")
            self._refuse_ended()
            if not making.done():
                raise _Over(_unprepared(f"The environment was not ready within {seconds:g} s."))
            making.result()
        except (Unprepared, OSError) as reason:
            raise _Over(_unprepared(str(reason), getattr(reason, "lines", ()))) from reason
        finally:
            stopped.cancel()
            making.cancel()
            await asyncio.wait({making})

    async def _prepared(self) -> None:
        ticket, home = self.ticket, self._office.home
        provider = Choice(home, self._office.bindings).of(ticket.suite, ticket.image)
        if is_needed(provider, ticket.lock):
            self._say("looking for the environment")
            await provider.prepare(ticket.lock, self._say, shell)
        if checkout := ticket.checkout:
            draft = Path(tempfile.mkdtemp(prefix="coevo-"))
            try:
                await check_out(home, checkout, draft / "tree", self._say, shell)
            finally:
                shutil.rmtree(draft, ignore_errors=True)

    def _say(self, line: str) -> None:
        self._tell(Phase.PREPARING, line[:200])

    def _tell(self, phase: Phase | None, note: str) -> None:
        """A new note, once; without a phase the last one goes on."""
        if note == self._told or (phase is None and self._is_heard):
            return
        self._told, self._phase = note, phase or self._phase
        self._emit(Progress(self.ticket.key, self._phase, 0, 0, note))

    async def _pause(self, seconds: float) -> None:
        """A moment, which a cancellation cuts short once."""
        if self._stop.is_set():
            await asyncio.sleep(seconds)
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)


def _unprepared(reason: str, lines: tuple[str, ...] = ()) -> Report:
    return Report(Status.MISS, Layer.INFRA, reason, last_lines=lines[-LAST_LINES:], retry=True)
