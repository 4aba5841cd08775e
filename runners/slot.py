"""A slot: carries out tickets one after another and keeps what happened until it is collected."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from runners import invocation
from runners.artifacts import Artifacts, Brought, Gone
from runners.attempt import Attempt
from runners.environments.bindings import Bindings
from runners.environments.choice import Choice
from runners.environments.provider import Provider
from runners.guarded import Guard, sweep
from runners.turns import Turns
from runners.work import Happening, Key, Rendezvous, Ticket


class Slot:
    """A place where attempts run, one at a time. Its methods belong to one event loop.

    `home` holds environments and artifacts, shared by all slots of a machine, and this slot's own
    folders.
    `environ` is what suites get of the runner's variables (default: this process's own);
    `bindings` what the runner brings of its own. A `provider` stands in for all others.
    `scratch` is where its own folders lie instead, where `home` is a slow or distant one.
    """

    def __init__(  # noqa: PLR0913 - each is one decision of whoever makes a slot
        self,
        name: str,
        home: Path,
        *,
        provider: Provider | None = None,
        environ: Mapping[str, str] | None = None,
        bindings: Bindings | None = None,
        scratch: Path | None = None,
    ) -> None:
        self.name = name
        self._home = home.absolute()
        work = scratch.absolute() if scratch else home.absolute() / "work"
        self._folder = work / name.replace("/", "_")
        self._artifacts = Artifacts(self._home)
        self._provider = provider
        self._choice = Choice(home.absolute(), bindings or Bindings())
        base = os.environ if environ is None else environ
        self._base = invocation.base_environment(base)
        self._guard: Guard | None = None
        self._turns = Turns(self._begun)

    async def assign(self, tickets: Sequence[Ticket]) -> None:
        """Queue tickets; those that are here already are not queued twice."""
        await self._turns.assign(tickets)

    async def collect(self, cursor: int, wait_seconds: float) -> tuple[int, tuple[Happening, ...]]:
        """What happened after `cursor`, as `Turns.collect` says."""
        return await self._turns.collect(cursor, wait_seconds)

    async def go(self, key: Key, meeting: Rendezvous) -> None:
        """Let a rank start that has said it is ready."""
        running = self._turns.running
        if isinstance(running, Attempt) and running.ticket.key == key:
            running.go(meeting)

    async def cancel(self, key: Key) -> None:
        """End an attempt, or drop it if it has not begun; either way its report arrives."""
        await self._turns.cancel(key)

    async def lacks(self, digests: Sequence[str]) -> tuple[str, ...]:
        """Which artifacts are not on this machine."""
        return await asyncio.to_thread(self._artifacts.lacks, digests)

    async def bring(self, digest: str, size: int, offset: int, data: bytes) -> Brought:
        """Take a piece of an artifact in; how much of it is there, or what is wrong."""
        try:
            return await asyncio.to_thread(self._artifacts.bring, digest, size, offset, data)
        except OSError as error:
            return Brought(0, f"The runner cannot store artifacts: {error.strerror}.")

    async def read(self, digest: str, offset: int, length: int) -> bytes:
        """A piece of an artifact; nothing where it is not there."""
        try:
            return await asyncio.to_thread(self._artifacts.read, digest, offset, length)
        except (Gone, OSError):
            return b""

    def held(self) -> tuple[Key, ...]:
        """The attempts that are here and whose end was not collected; the first may be running."""
        return self._turns.held()

    async def close(self) -> None:
        """End everything here: drop what waits, end what runs, let the guard go."""
        await self._turns.close()
        if self._guard is not None:
            self._guard.close()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _begun(self, ticket: Ticket) -> Attempt:
        return Attempt(
            ticket=ticket,
            guard=await self._ready_guard(),
            provider=self._provider or self._choice.of(ticket.suite, ticket.image),
            base=self._base,
            work=self._folder / "w",  # short, since sockets' paths may have 107 characters
            marker=f"{self._folder}/{ticket.key.job}-{ticket.key.fence}/",
            emit=self._turns.add,
            home=self._home,
        )

    async def _ready_guard(self) -> Guard:
        """The warm guard; a new one at first, and after the last was killed."""
        if self._guard is None or self._guard.lost:
            if self._guard is not None:
                self._guard.close()
            # A slot of this name may have been killed together with its guard.
            await asyncio.to_thread(sweep, f"{self._folder}/")
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
            self._guard = await Guard.start(self._folder / "guard.log")
        return self._guard
