"""Carries files that jobs hand to each other: from the queue to slots, and from slots to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from matrix.status import Layer, Status
from orchestrator.dispatch.patient import Patient
from orchestrator.dispatch.port import Executor, Queue
from runners.artifacts import is_sound
from runners.work import Artifact, Ended, Report, Ticket

PIECE_BYTES = 4 << 20
TRIES = 2  # what has arrived wrong may have been a draft that somebody else has left


class _UndeliveredError(Exception):
    """A file cannot be had: a sentence."""


class Courier:
    """Piece by piece, so that nothing is held in memory whole and what is there is not sent again.

    `patient` has threads of its own: a file may take long, and leases are renewed meanwhile.
    """

    def __init__(self, executor: Executor, queue: Queue, patient: Patient) -> None:
        self._executor, self._queue, self._patient = executor, queue, patient

    async def supply(self, slot: str, ticket: Ticket, is_wanted: Callable[[], bool]) -> str:
        """Have all that a ticket is given where a slot is; why it cannot be, "" where it is.

        It ends early once the ticket is no longer wanted. Raises SlotLost.
        """
        given = {one.digest: one for one in ticket.inputs}
        if strange := next((one for one in given.values() if not is_sound(one)), None):
            return f"There can be no artifact called {strange.kind}/{strange.name}."
        try:
            for digest in await self._executor.lacks(slot, tuple(given)) if given else ():
                await self._brought(slot, given[digest], is_wanted)
        except _UndeliveredError as why:
            return str(why)
        return ""

    async def fetched(self, slot: str, ended: Ended) -> Ended:
        """The end, once the queue has every file that its report names. Raises SlotLost.

        Where that cannot be, the machine is to blame, and another attempt may cure it.
        """
        try:
            for one in ended.report.artifacts:
                await self._fetched(slot, one)
        except _UndeliveredError as why:
            return Ended(ended.key, _unfetched(ended.report, str(why)))
        return ended

    async def _brought(self, slot: str, one: Artifact, is_wanted: Callable[[], bool]) -> None:
        there, tries = 0, 0
        while is_wanted():
            ask = self._patient.ask
            data = await ask(self._queue.artifact, one.digest, there, PIECE_BYTES)
            if not data and there < one.bytes:
                raise _UndeliveredError(f"The artifact {_named(one)} is gone.")
            said = await self._executor.bring(slot, one.digest, one.bytes, there, data)
            there, tries = said.there, tries + bool(said.trouble)
            if tries == TRIES:
                await ask(self._queue.doubt, one.digest)
                raise _UndeliveredError(said.trouble)
            if there >= one.bytes and not said.trouble:
                return

    async def _fetched(self, slot: str, one: Artifact) -> None:
        if not is_sound(one):
            raise _UndeliveredError(f"There can be no artifact called {one.kind}/{one.name}.")
        data, there, tries = b"", 0, 0
        while True:
            ask = self._patient.ask
            said = await ask(self._queue.keep, one.digest, one.bytes, there, data)
            there, tries = said.there, tries + bool(said.trouble)
            if tries == TRIES or there > one.bytes:
                raise _UndeliveredError(
                    said.trouble or f"{_named(one)} is not as long as was said."
                )
            if there == one.bytes and not said.trouble:
                return
            data = await self._executor.read(slot, one.digest, there, PIECE_BYTES)
            if not data and one.bytes:
                raise _UndeliveredError(f"The artifact {_named(one)} is gone from its runner.")


def _unfetched(report: Report, reason: str) -> Report:
    missed = replace(report, status=Status.MISS, layer=Layer.INFRA, reason=reason, retry=True)
    return replace(missed, artifacts=())


def _named(one: Artifact) -> str:
    return f"{one.kind}/{one.name} ({one.digest[:12]})"
