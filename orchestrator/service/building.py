"""Environments built ahead: what the jobs of a matrix need on this machine, as they build it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from matrix.errors import CoevoError
from matrix.expand import expand
from matrix.model import PLANNED, Condition, Matrix
from matrix.needs import meets, needs_of
from matrix.occasion import Occasion, named
from matrix.select import parse_selector, selects
from orchestrator.plan import LockRequest, lock_request
from orchestrator.service.carrying import point
from orchestrator.service.news import News
from orchestrator.service.pinning import pinned
from orchestrator.service.settings import Settings
from orchestrator.store.locks import Missing, known_lock, put_lock
from orchestrator.store.store import Store
from runners import machine
from runners.environments.choice import Choice
from runners.environments.lock import resolve
from runners.environments.plain import shell
from runners.environments.provider import Provider, Unprepared
from runners.environments.repositories import Repositories
from runners.environments.uv import UvProvider
from runners.work import Lock

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Built:
    """What came of one environment: `name` is "" and `reason` a sentence where it failed."""

    what: str
    name: str
    reason: str = ""


def build(
    store: Store, matrix: Matrix, settings: Settings, select: str, note: Note
) -> tuple[Built, ...]:
    """Every environment that jobs of the matrix need on this machine, as attempts would build it.

    Locks are taken from the store, or resolved and kept there, so that jobs use the same ones.
    """
    home, bindings = settings.folder.path.absolute(), settings.bindings
    brought = [
        _made(f"{one.kind} {one.target}", Choice(home, bindings).brought(one), None, note)
        for one in bindings.bound
    ]
    matrix, _ = pinned(matrix, News(), Repositories(home))
    wanted = dict.fromkeys(_wanted(matrix, settings, parse_selector(select) if select else ()))
    return (*brought, *(_built(store, settings, what, on, note) for what, on in wanted))


def _wanted(
    matrix: Matrix, settings: Settings, conditions: Sequence[Condition]
) -> Iterator[tuple[LockRequest | str, str]]:
    """Images, and what is to be locked for which platform, of the jobs that this machine takes."""
    offers = machine.offers(settings.site, dict(settings.labels), settings.folder.path)
    suites = {suite.name: suite for suite in matrix.suites}
    stacks = {stack.name: stack for stack in matrix.stacks}
    for job in expand(matrix, offers, Occasion(named(conditions))):
        suite, stack = suites[job.suite], stacks[job.stack]
        if job.status != PLANNED or not selects(conditions, point(job)):
            continue
        needs = needs_of(suite, stack, job.overrides)
        platforms = [offer.platform for offer in offers if meets(job.cell, needs, offer)]
        environment = job.overrides.environment or suite.environment
        if environment and environment.image:
            yield from ((environment.image, "") for _ in platforms)
        elif not settings.bindings.of(job.suite):
            request = lock_request(suite, stack, job.overrides)
            yield from ((request, platform) for platform in platforms if request is not None)


def _built(
    store: Store, settings: Settings, request: LockRequest | str, platform: str, note: Note
) -> Built:
    if isinstance(request, str):
        choice = Choice(settings.folder.path.absolute(), settings.bindings)
        return _made(f"image {request}", choice.image(request), None, note)
    what = f"{', '.join(request.requirements)} on {platform}"
    try:
        lock = _lock(store, settings, request, platform, note)
    except CoevoError as error:
        return Built(what, "", error.mistakes[0].problem)
    provider = UvProvider(settings.folder.path.absolute(), settings.bindings.sources)
    return _made(what, provider, lock, note)


def _lock(
    store: Store, settings: Settings, request: LockRequest, platform: str, note: Note
) -> Lock:
    known = known_lock(store, Missing(request.digest, platform))
    if known is not None:
        return known
    note(f"resolving {', '.join(request.requirements)}")
    home, sources = settings.folder.path.absolute(), settings.bindings.sources
    lock = resolve(request.requirements, {}, platform, home, sources, request.exclude)
    return put_lock(store, request.digest, lock)


def _made(what: str, provider: Provider, lock: Lock | None, note: Note) -> Built:
    try:
        prepared = asyncio.run(provider.prepare(lock, note, shell))
    except Unprepared as reason:
        return Built(what, "", str(reason))
    return Built(what, prepared.folder.name)
