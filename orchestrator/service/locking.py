"""Resolves the environments that queued jobs wait for, each once."""

from __future__ import annotations

from pathlib import Path

from matrix.errors import CoevoError
from orchestrator.plan import LockRequest
from orchestrator.service.news import News, in_a_line
from orchestrator.store.locks import Missing, lock_requests, missing_locks, put_lock
from orchestrator.store.store import Store
from orchestrator.store.unresolved import Refusal, end_unresolvable
from runners.environments.lock import NO_SOURCES, resolve
from runners.environments.sources import Sources
from runners.environments.unresolved import Unresolved

_RESOLVER = "resolver"


def resolve_missing(store: Store, home: Path, news: News, sources: Sources = NO_SOURCES) -> None:
    """Resolve what queued jobs wait for, once; jobs of what cannot be resolved end with why.

    `home` keeps the wheels that are built from commits. That the resolver itself fails is told
    until it answers again; what it finds impossible is a matter of those jobs alone.
    """
    missing = missing_locks(store)
    requests = lock_requests(store) if missing else {}
    refusals = {}
    for one in missing:
        request = requests.get(one.request)
        if request is None:
            continue
        refusal = _resolve(store, one, request, home, news, sources)
        if refusal is not None:
            refusals[one] = refusal
    end_unresolvable(store, refusals)


def _resolve(  # noqa: PLR0913, PLR0917 - each is one thing that resolving needs
    store: Store, missing: Missing, request: LockRequest, home: Path, news: News, sources: Sources
) -> Refusal | None:
    wanted = ", ".join(request.requirements)
    try:
        with news.doing(f"resolving {wanted}"):
            lock = resolve(
                request.requirements, {}, missing.platform, home, sources, request.exclude
            )
    except CoevoError as error:
        told, has_failed = in_a_line(error), not isinstance(error, Unresolved)
        news.stands(_RESOLVER, told if has_failed else "")
        return Refusal(f"its environment cannot be resolved: {told}", resolver_failed=has_failed)
    news.stands(_RESOLVER, "")
    put_lock(store, missing.request, lock)
    return None
