"""Resolves, when a run is planned, the environments that its jobs wait for."""

from __future__ import annotations

from matrix.errors import CoevoError
from matrix.expand import expand
from matrix.model import Matrix
from orchestrator.plan import LockRequest, lock_requests
from orchestrator.service.news import News
from orchestrator.store.locks import Missing, missing_locks, put_lock
from orchestrator.store.store import Store
from runners.environments.lock import resolve


def resolve_missing(store: Store, matrix: Matrix, news: News) -> str:
    """Resolve what queued jobs wait for, once; why something cannot be resolved, or ""."""
    reason = ""
    requests = {request.digest: request for request in lock_requests(matrix, expand(matrix))}
    for missing in missing_locks(store):
        request = requests.get(missing.request)
        if request is not None:
            reason = _resolve(store, missing, request, news) or reason
    return reason


def _resolve(store: Store, missing: Missing, request: LockRequest, news: News) -> str:
    wanted = ", ".join(request.requirements)
    try:
        with news.doing(f"resolving {wanted}"):
            lock = resolve(request.requirements, {}, missing.platform)
    except CoevoError as error:
        news.problem(str(error))
        return f"its environment cannot be resolved: {error.mistakes[0].problem}"
    put_lock(store, missing.request, lock)
    return ""
