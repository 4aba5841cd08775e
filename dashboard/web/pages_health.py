"""How the server itself is: a page, its JSON twin, and the same for Prometheus."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter
from starlette.responses import Response

from dashboard.web.api_answers import ServerAnswer
from dashboard.web.api_models import StatusModel
from dashboard.web.desk import AtDesk, Desk
from dashboard.web.exposition import MEDIA_TYPE, exposition
from dashboard.web.health_context import HealthContext, health_context, worries
from dashboard.web.live import Tail
from dashboard.web.metrics import families
from dashboard.web.server_models import (
    FollowingModel,
    GrowthModel,
    HealthModel,
    QueueModel,
    RunnersHealthModel,
    StoreHealthModel,
    TotalsModel,
)
from dashboard.web.services import Following
from dashboard.web.shell import Link, shell
from orchestrator.server_views import Health, StoreHealth

router = APIRouter(default_response_class=Response)
VERSION = version("coevo")


@router.get("/health", include_in_schema=False)
def page(desk: AtDesk) -> Response:
    """The server's own health."""
    return desk.page("health.html", lambda: _page(desk))


@router.get(
    "/api/v1/health", response_model=ServerAnswer, tags=["read"], summary="The server's own health"
)
def twin(desk: AtDesk) -> Response:
    """Queue, runners, live pages and storage, and what of it wants a person."""
    return desk.data(lambda: _answer(desk))


@router.get("/metrics", include_in_schema=False)
def metrics(desk: AtDesk) -> Response:
    """For Prometheus; read anew each time."""
    told = families(
        desk.services.health(),
        desk.services.declared(),
        _following(desk),
        ready=desk.status.ready,
        version=VERSION,
        now=desk.now,
    )
    return Response(exposition(told), media_type=MEDIA_TYPE)


def _page(desk: Desk) -> HealthContext:
    frame = shell(
        desk.visit(desk.home()),
        "Health",
        "Health",
        trail=(Link("Health", "/health", current=True),),
        twin="/api/v1/health",
        fragment="/health",
    )
    return health_context(
        frame,
        desk.services.health(),
        desk.services.declared(),
        _following(desk),
        version=VERSION,
        now=desk.now,
    )


def _answer(desk: Desk) -> ServerAnswer:
    health, following = desk.services.health(), _following(desk)
    lag = following.lag
    return ServerAnswer(
        simulated=desk.services.simulated,
        version=VERSION,
        server=StatusModel.model_validate(desk.status),
        health=_model(health),
        following=FollowingModel(
            streams=following.streams, lag_seconds=None if lag is None else lag.total_seconds()
        ),
        worries=worries(health, desk.services.declared(), desk.now),
    )


def _model(health: Health) -> HealthModel:
    return HealthModel(
        started_at=health.started_at,
        store=_store(health.store),
        disk_bytes=health.disk_bytes,
        free_bytes=health.free_bytes,
        growth=GrowthModel.model_validate(health.growth) if health.growth else None,
    )


def _store(store: StoreHealth) -> StoreHealthModel:
    return StoreHealthModel(
        queue=QueueModel.model_validate(store.queue),
        claims=store.claims,
        window_seconds=store.window.total_seconds(),
        totals=TotalsModel.model_validate(store.totals),
        runners=RunnersHealthModel.model_validate(store.runners),
        states={status.value if status else "none": count for status, count in store.states},
        last_event_at=store.last_event_at,
        database=store.database,
        database_bytes=store.database_bytes,
    )


def _following(desk: Desk) -> Following:
    tail: Tail = desk.request.app.state.tail
    return tail.following
