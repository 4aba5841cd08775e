"""Carries out one ticket: environment, suite under its guard, deadline, log, and the report."""

from __future__ import annotations

import asyncio
import errno
import json
import platform
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from runners import inputs, invocation, products
from runners.artifacts import Artifacts
from runners.ending import Exit, Way
from runners.environments.provider import Provider, Unprepared
from runners.guarded import Fate, Guard, GuardLost, Spec
from runners.ledger import RESTARTS, Ledger
from runners.lines import Lines
from runners.log import LAST_LINES
from runners.protocol import Garbage, parse
from runners.sampling import Sampler
from runners.surroundings import Cancelled, Surroundings
from runners.voice import Emit, Voice
from runners.withheld import honest
from runners.witness import Witness
from runners.wording import has_failed
from runners.work import CaseResult, Phase, Ready, Rendezvous, Report, Ticket, Usage
from runners.workplace import emptied

_MACHINE_LACKS = {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ENOSPC}


@dataclass(slots=True)
class _Spent:
    """What the suite's processes have taken so far."""

    run_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_bytes: int = 0

    def add(self, fate: Fate, seconds: float) -> None:
        self.run_seconds += seconds
        self.cpu_seconds += fate.cpu_seconds
        self.peak_bytes = max(self.peak_bytes, fate.peak_bytes)

    def usage(self, prepare_seconds: float) -> Usage:
        return Usage(prepare_seconds, self.run_seconds, self.cpu_seconds, self.peak_bytes)


@dataclass(slots=True)
class Attempt:
    """One try of a job in a slot. `work` is the suite's own folder, found empty and left empty.

    `marker` is unlike any other attempt's on this machine and ends with a slash. `emit` gets
    progress and log; the end is what `carry_out` returns. `home` holds what attempts share.
    """

    ticket: Ticket
    guard: Guard
    provider: Provider
    base: Mapping[str, str]
    work: Path
    marker: str
    emit: Emit
    home: Path
    _way: Way = Way.ENDED
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _start: asyncio.Event = field(default_factory=asyncio.Event)
    _ledger: Ledger = field(init=False)
    _voice: Voice = field(init=False)
    _around: Surroundings = field(init=False)
    _spent: _Spent = field(default_factory=_Spent)
    _sampler: Sampler = field(init=False)

    def __post_init__(self) -> None:
        ticket = self.ticket
        self._sampler = Sampler(lambda: self.guard.child)
        # A rank that starts again would find the others gone.
        restarts = RESTARTS if ticket.nodes == 1 else 0
        locked = inputs.expected(ticket)
        self._ledger = Ledger(locked, ticket.device, restarts=restarts, known=ticket.known)
        spool = self.work / ".coevo-log"
        self._voice = Voice(ticket.key, ticket.log_limit_bytes, spool, self.emit)
        self._around = Surroundings(
            ticket,
            self.guard,
            self.provider,
            self.base,
            self.work,
            self.marker,
            self._voice,
            self.home,
        )

    async def carry_out(self) -> Report:
        """Run the ticket to its end, whatever that is; machines' failures are reports too."""
        witness = Witness.now()
        try:
            await emptied(self.work)
            await self._around.prepare(self._stop)
            if self.ticket.nodes > 1:
                await self._met()
            end = await self._run()
            if self._ledger.observed is None and self._way is not Way.CANCELLED:
                self._ledger.installed = await self._around.installed()
        except Cancelled:
            end = self._cut_short(Exit(Way.CANCELLED, None))
        except Unprepared as reason:
            end = self._cut_short(Exit(code=None, trouble=str(reason), last_lines=reason.lines))
        except inputs.Unfit as reason:
            wrong = Exit(Way.REFUSED, None, refusal=str(reason), last_lines=reason.lines)
            end = self._cut_short(wrong)
        except (GuardLost, OSError) as reason:
            end = self._cut_short(Exit(code=None, trouble=f"The runner failed: {reason}."))
        self._voice.close()
        report = self._report(end, witness)
        if self.ticket.produces:
            folder = invocation.folder(self.ticket)
            store = Artifacts(self.home)
            report = await products.kept(report, self.ticket, self.work, folder, store)
        with suppress(OSError):
            await emptied(self.work)
        return report

    def go(self, meeting: Rendezvous) -> None:
        """Start: all ranks are ready."""
        self._around.meeting = meeting
        self._start.set()

    def cancel(self) -> None:
        """End it; the report arrives by `carry_out` when nothing of it is left."""
        self._way = Way.CANCELLED
        self._stop.set()
        self._start.set()
        self.guard.end()

    async def _met(self) -> None:
        """Wait for the other ranks. Nobody's time runs meanwhile: each prepares within its own."""
        self._voice.phase(Phase.PREPARING, "waiting for the other ranks")
        self.emit(Ready(self.ticket.key))
        await self._start.wait()

    def _cut_short(self, end: Exit) -> Exit:
        """Take in an end that no process of the suite has had."""
        last = end.last_lines or self._voice.log.last_lines()
        end = replace(end, last_lines=last[-LAST_LINES:])
        self._close(end)
        return end

    async def _run(self) -> Exit:
        """The suite, started again behind a crashed case as long as that helps."""
        self._voice.phase(Phase.RUNNING)
        seconds = self.ticket.timeout_seconds
        deadline = time.monotonic() + seconds
        sampling = asyncio.ensure_future(self._sampler.run())
        try:
            while True:
                end = await self._run_once(deadline)
                self._close(end)
                if end.way is Way.DEADLINE:
                    deadline = time.monotonic() + seconds
                if not self._ledger.starts_again():
                    return end
                self._voice.line("coevo: starting again behind it")
        finally:
            sampling.cancel()

    async def _run_once(self, deadline: float) -> Exit:
        if self._way is Way.CANCELLED:
            raise Cancelled
        self._way = Way.ENDED
        witness, start = Witness.now(), time.monotonic()
        output = Lines(self._heard, self._voice.write)
        timer = asyncio.get_running_loop().call_later(deadline - start, self._time_is_up)
        try:
            fate = await self.guard.run(self._spec(), output.feed, self._voice.write)
        finally:
            timer.cancel()
        output.close()
        self._spent.add(fate, time.monotonic() - start)
        fate = await self._around.ended(fate, by_itself=self._way is Way.ENDED)
        return self._exit(fate, witness)

    def _time_is_up(self) -> None:
        if self._way is Way.ENDED:
            self._way = Way.DEADLINE
            self.guard.end()

    def _exit(self, fate: Fate, witness: Witness) -> Exit:
        lines = self._voice.log.last_lines()
        trouble = ""
        if fate.errno in _MACHINE_LACKS:
            trouble = f"The runner could not start a process: {fate.refused}."
        elif self._way is Way.ENDED and not self._ledger.has_said_bye:
            trouble = witness.trouble(fate, self.work, lines) or self._around.trouble(fate, lines)
        return Exit(
            way=Way.REFUSED if fate.refused else self._way,
            code=fate.code if fate.signal is None else None,
            signal=fate.signal,
            trouble=trouble,
            refusal=fate.refused,
            last_lines=lines,
            allowed_seconds=self.ticket.timeout_seconds,
            memory_bytes=self.ticket.memory_bytes,
        )

    def _spec(self) -> Spec:
        done = self._ledger.done()
        if not done:
            return self._around.spec({})
        path = self.work / ".coevo-done"
        path.write_text("".join(f"{json.dumps([one.id, one.dtype])}\n" for one in done))
        return self._around.spec({"COEVO_DONE": str(path)})

    def _heard(self, line: bytes) -> None:
        """A line of the suite's that claims to be a message."""
        said = parse(line)
        if said is None or isinstance(said, Garbage):
            self._voice.write(line + b"\n")
        if said is None:
            return
        case = self._ledger.hear(said)
        if case is not None:
            self._tell(case)

    def _close(self, end: Exit) -> None:
        for case in self._ledger.close(end):
            self._tell(case)

    def _tell(self, case: CaseResult) -> None:
        self._voice.counted(len(self._ledger.cases), self._ledger.total)
        if has_failed(case):
            dtype = f" [{case.dtype}]" if case.dtype else ""
            first = case.message.partition("\n")[0]
            self._voice.line(f"{case.status} {case.id}{dtype}: {first}")

    def _report(self, end: Exit, witness: Witness) -> Report:
        report = honest(self._ledger.report(end), self.ticket.device)
        ticket, prepared, log = self.ticket, self._around.prepared, self._voice.log
        return replace(
            report,
            facts=(*report.facts, *self._around.facts(report)),
            cases=tuple(self._repeatable(case) for case in report.cases),
            usage=self._spent.usage(self._around.seconds),
            log_bytes=log.bytes,
            log_lost_bytes=log.lost_bytes,
            contended=witness.is_contended(self._spent.cpu_seconds),
            repeat=invocation.repeat(ticket, prepared, home=self.home),
            node=platform.node(),
            course=self._sampler.course(),
        )

    def _repeatable(self, case: CaseResult) -> CaseResult:
        if case.repeat or not has_failed(case):
            return case
        again = invocation.repeat(self.ticket, self._around.prepared, case, self.home)
        return case._replace(repeat=again)
