"""Carries out one suite on this machine, with no server, no store and no Ray."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from matrix.errors import CoevoError
from matrix.model import Overrides, Stack, Suite
from matrix.needs import first_unmet, needs_of
from matrix.policies import Policies
from matrix.sources import source
from orchestrator.plan import lock_request
from orchestrator.ticketing import Circumstances, general, known
from runners import machine
from runners.environments.bindings import Bindings
from runners.environments.lock import resolve
from runners.environments.repositories import Repositories
from runners.simulated_devices import is_simulated
from runners.slot import Slot
from runners.work import Ended, Happening, Key, Lock, Offer, Report, Ticket

SITE = "lab"
STAND_IN = "asic"  # the accelerator that a simulated device stands for
_PATIENCE_SECONDS = 3600.0
Hear = Callable[[Happening], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """A suite on a stack, on a device of this machine; just one `case` where it names one.

    `home` is a data folder: its environments are used, and what is built stays in them.
    """

    suite: Suite
    stack: Stack
    home: Path
    device: str = "cpu"
    case: str = ""
    matrix: str = "by-hand"
    policies: Policies = field(default_factory=Policies)
    bindings: Bindings = field(default_factory=Bindings)


def carried_out(trial: Trial, hear: Hear) -> Report:
    """The report of one attempt; `hear` is told of progress and log. Raises CoevoError.

    Ctrl-C ends the suite with all that it has started.
    """
    return asyncio.run(_carried_out(ticket_of(trial), trial, hear))


def ticket_of(trial: Trial) -> Ticket:
    """What the slot is given: the suite in its environment, resolved; not cut into shards."""
    trial = trial if _is_brought(trial) else replace(trial, stack=_pinned(trial))
    suite, offer = trial.suite, _offer(trial)
    around = Circumstances(
        matrix=trial.matrix,
        stack=trial.stack.name,
        cell=offer.labels,
        parameters=(),
        components=trial.stack.components,
        overrides=Overrides(),
        policies=trial.policies,
        device=trial.device,
    )
    made = general(suite, around, _lock(trial, offer))
    place = "/".join(value for _, value in offer.labels[:2])
    only = (("COEVO_CASE", trial.case),) if trial.case else ()
    name = f"{place}:{suite.name}@{trial.stack.name}"
    foreseen = known(suite, datetime.now(UTC).date())
    key = Key(os.getpid(), 1)
    return replace(made, key=key, name=name, env=(*made.env, *only), known=foreseen)


def _offer(trial: Trial) -> Offer:
    """What this machine offers for the device, where it meets what the suite needs."""
    kind = trial.device.partition(":")[0]
    acted = ((STAND_IN, kind),) if is_simulated(kind) else ()
    offers = machine.offers(SITE, {}, trial.home, acted)
    found = [offer for offer in offers if offer.device == kind]
    if not found:
        there = ", ".join(offer.device for offer in offers)
        problem = f"this machine has no device {kind}"
        raise CoevoError.because(problem, f"--device takes one of: {there}")
    needs = needs_of(trial.suite, trial.stack, Overrides())
    brought = trial.bindings.capabilities
    offers_more = [replace(one, capabilities=one.capabilities | brought) for one in found]
    unmet = first_unmet(found[0].labels, needs, offers_more)
    if unmet:
        raise CoevoError.because(f"{trial.suite.name} cannot run here: {unmet}", _ELSEWHERE)
    return found[0]


_ELSEWHERE = "try another --device, or a machine that has it"


def _lock(trial: Trial, offer: Offer) -> Lock | None:
    if _is_brought(trial):
        return None
    lacking = sorted(set(trial.suite.takes) - {name for name, _ in trial.stack.components})
    if lacking:
        problem = f"the stack {trial.stack.name} has no {', '.join(lacking)}"
        raise CoevoError.because(problem, "choose another one with --stack")
    request = lock_request(trial.suite, trial.stack, Overrides())
    if request is None:
        return None
    sources = trial.bindings.sources
    wanted, without = request.requirements, request.exclude
    return resolve(wanted, {}, offer.platform, trial.home, sources, without)


def _is_brought(trial: Trial) -> bool:
    """Whether what is installed is the machine's own affair, and no image's."""
    environment = trial.suite.environment
    named = environment is not None and bool(environment.image)
    return not named and trial.bindings.of(trial.suite.name) is not None


def _pinned(trial: Trial) -> Stack:
    """The stack with commits for branches and tags, as they are now."""
    repositories = Repositories(trial.home)
    found = [
        (name, str(repositories.fixed(source(text))) if name in trial.suite.takes else text)
        for name, text in trial.stack.components
    ]
    return replace(trial.stack, components=tuple(found))


async def _carried_out(ticket: Ticket, trial: Trial, hear: Hear) -> Report:
    slot = Slot(f"by-hand-{os.getpid()}", trial.home, bindings=trial.bindings)
    try:
        await slot.assign([ticket])
        cursor = 0
        while True:
            cursor, happenings = await slot.collect(cursor, _PATIENCE_SECONDS)
            for one in happenings:
                if isinstance(one, Ended):
                    return one.report
                hear(one)
    finally:
        await slot.close()
