"""Resolves, when a run is planned, the environments that its jobs wait for."""

from __future__ import annotations

from matrix.errors import CoevoError
from matrix.expand import expand
from matrix.model import Matrix
from orchestrator.plan import LockRequest, lock_requests
from orchestrator.service.news import News
from orchestrator.store.locks import Missing, missing_locks, put_lock
from orchestrator.store.store import Store
from orchestrator.store.unresolved import Refusal, end_unresolvable
from runners.environments.lock import Unresolved, resolve


def resolve_missing(store: Store, matrix: Matrix, news: News) -> None:
    """Resolve what queued jobs wait for, once; jobs of what cannot be resolved end with why."""
    requests = {request.digest: request for request in lock_requests(matrix, expand(matrix))}
    refusals = {}
    for missing in missing_locks(store):
        request = requests.get(missing.request)
        refusal = _resolve(store, missing, request, news) if request is not None else None
        if refusal is not None:
            refusals[missing] = refusal
    end_unresolvable(store, refusals)


def _resolve(store: Store, missing: Missing, request: LockRequest, news: News) -> Refusal | None:
    wanted = ", ".join(request.requirements)
    try:
        with news.doing(f"resolving {wanted}"):
            lock = resolve(request.requirements, {}, missing.platform)
    except CoevoError as error:
        news.problem(str(error))
        sentence = f"its environment cannot be resolved: {error.mistakes[0].problem}"
        return Refusal(sentence, resolver_failed=not isinstance(error, Unresolved))
    put_lock(store, missing.request, lock)
    return None
