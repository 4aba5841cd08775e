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


def resolve_missing(store: Store, matrix: Matrix, news: News) -> None:
    """Resolve what queued jobs wait for, once; what cannot be resolved is told as a problem."""
    requests = {request.digest: request for request in lock_requests(matrix, expand(matrix))}
    for missing in missing_locks(store):
        request = requests.get(missing.request)
        if request is not None:
            _resolve(store, missing, request, news)


def _resolve(store: Store, missing: Missing, request: LockRequest, news: News) -> None:
    wanted = ", ".join(request.requirements)
    try:
        with news.doing(f"resolving {wanted}"):
            lock = resolve(request.requirements, {}, missing.platform)
    except CoevoError as error:
        news.problem(str(error))
    else:
        put_lock(store, missing.request, lock)
