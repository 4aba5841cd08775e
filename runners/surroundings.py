"""An attempt's environment: made within its deadline, looked into, and cleaned up behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runners import inputs, invocation
from runners.environments.checkout import check_out
from runners.environments.provider import (
    Note,
    Prepared,
    Provider,
    Ran,
    Unprepared,
    fingerprint,
    is_needed,
)
from runners.guarded import Fate, Guard, Spec
from runners.lines import Lines
from runners.voice import Voice
from runners.work import Component, Fact, Phase, Rendezvous, Report, Ticket

_TOOL_LINES = 200


class Cancelled(Exception):  # noqa: N818 - a way out, no error
    """The attempt was cancelled before its suite ran."""


@dataclass(slots=True)
class Surroundings:
    """What a ticket's suite runs in. `base` are the runner's variables, `work` its own folder.

    `home` is where the machine keeps environments, copies of repositories and files of jobs.

    `prepared` is None where the suite needs no environment; `seconds` is how long it took.
    `meeting` is where several ranks find each other.
    """

    ticket: Ticket
    guard: Guard
    provider: Provider
    base: Mapping[str, str]
    work: Path
    marker: str
    voice: Voice
    home: Path
    prepared: Prepared | None = None
    meeting: Rendezvous | None = None
    seconds: float = 0.0
    _undo: tuple[str, ...] = ()

    async def prepare(self, stop: asyncio.Event) -> None:
        """Make it, within its own deadline. Raises Unprepared, Unfit; Cancelled where `stop` is."""
        seconds = self.ticket.prepare_timeout_seconds
        if not (self._wants_environment() or self.ticket.checkout or self.ticket.inputs):
            return
        start = time.monotonic()
        self.voice.phase(Phase.PREPARING, "looking for the environment")
        building = asyncio.ensure_future(self._made())
        stopped = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait(
                {building, stopped}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if not building.done():
                await self._given_up(building, stop)
                raise Unprepared(f"The environment was not ready within {seconds:g} s.")
            self.prepared = building.result()
        finally:
            stopped.cancel()
            self.seconds = time.monotonic() - start

    def spec(self, more: Mapping[str, str]) -> Spec:
        """The suite as it is started in it; `more` are variables besides the ticket's."""
        started = invocation.launch(
            self.ticket, self.prepared, self.base, self.work, more, self.meeting
        )
        self._undo = started.undo
        return Spec(started.argv, started.env, self.work, self.marker, started.limits)

    async def ended(self, fate: Fate, *, by_itself: bool) -> Fate:
        """What became of the program itself, where that ran in a container; none of it is left."""
        if self.prepared is None or self.prepared.container is None:
            return fate
        if self._undo and (fate.signal is not None or fate.code or not by_itself):
            await self._tool(self._undo, {}, _unheard)
        inner = self.prepared.container.signal(fate.code)
        return fate if inner is None else fate._replace(code=None, signal=inner)

    def trouble(self, fate: Fate, lines: tuple[str, ...]) -> str:
        """What kept the suite from being run in it at all, as a sentence; "" where nothing did."""
        container = self.prepared.container if self.prepared else None
        return container.trouble(fate.code, lines) if container else ""

    async def installed(self) -> tuple[Component, ...]:
        """What is in it, for a suite that has not said what it found itself with."""
        if self.prepared is None:
            return ()
        try:
            found = await self.provider.observe(self.prepared, self._tool)
            return inputs.installed(self.ticket.inputs, self.work, found)
        except Unprepared as reason:
            self.voice.line(f"coevo: {reason}")
            return ()

    def facts(self, report: Report) -> tuple[Fact, ...]:
        """Which it was; and a name for all that was installed, where no lock had told it."""
        if self.prepared is None:
            return ()
        named = fingerprint(report.observed) if self.provider.is_brought else ""
        installed = (Fact("environment.installed", named, "runner"),) if named else ()
        return (*self.prepared.facts, *installed)

    async def _made(self) -> Prepared | None:
        """The checkout in its folder, the files of other jobs, and the environment."""
        if checkout := self.ticket.checkout:
            tree = self.work / invocation.SOURCE
            await check_out(self.home, checkout, tree, self._note, self._tool)
        given, prepared = self.ticket.inputs, None
        if given:
            await inputs.put(given, self.home, self.work, self._note)
        if self._wants_environment():
            prepared = await self.provider.prepare(self.ticket.lock, self._note, self._tool)
            if given:
                await inputs.install(given, prepared, self.work, self._note, self._tool)
        return prepared

    def _wants_environment(self) -> bool:
        return is_needed(self.provider, self.ticket.lock)

    async def _given_up(
        self, building: asyncio.Future[Prepared | None], stop: asyncio.Event
    ) -> None:
        """End a build, and all it has started. Raises Cancelled where that was the reason."""
        self.guard.end()
        building.cancel()
        await asyncio.wait({building})
        if stop.is_set():
            raise Cancelled

    def _note(self, line: str) -> None:
        self.voice.phase(Phase.PREPARING, line[:200])
        self.voice.line(line)

    async def _tool(self, argv: tuple[str, ...], env: Mapping[str, str], note: Note) -> Ran:
        """Run a tool of the environment's builder under the guard, so that nothing of it stays."""
        lines: list[str] = []

        def take(line: bytes) -> None:
            lines.append(line.decode(errors="replace"))
            del lines[:-_TOOL_LINES]
            note(lines[-1])

        output, errors = Lines(take), Lines(take)
        spec = Spec(argv, {**self.base, **env}, self.work, self.marker)
        fate = await self.guard.run(spec, output.feed, errors.feed)
        output.close()
        errors.close()
        if fate.refused:
            raise Unprepared(f"{argv[0]} could not be started: {fate.refused}.")
        return Ran(128 + fate.signal if fate.signal else fate.code or 0, tuple(lines))


def _unheard(_line: str) -> None:
    """A tool of ours that is no news for the log."""
