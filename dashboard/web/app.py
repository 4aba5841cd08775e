"""The web application, put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI, Request
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.web import (
    api_artifacts,
    api_change,
    api_hooks,
    api_metrics,
    api_pairs,
    api_read,
    api_report,
    live,
    pages_budget,
    pages_commits,
    pages_grid,
    pages_health,
    pages_jobs,
    pages_log,
    pages_matrices,
    pages_metrics,
    pages_pairs,
    pages_runs,
    pages_server,
    problems,
)
from dashboard.web.assets import STATIC
from dashboard.web.desk import Office, desk, environment
from dashboard.web.empty_context import ProblemContext
from dashboard.web.problems import Problem, problem_response
from dashboard.web.safety import HOOKS, Guard, limit_of
from dashboard.web.services import Services
from dashboard.web.shell import shell

ROUTERS = (
    api_read.router,
    api_metrics.router,
    api_pairs.router,
    api_report.router,
    api_artifacts.router,
    api_change.router,
    api_hooks.router,
    live.router,
    pages_grid.router,
    pages_health.router,
    pages_budget.router,
    pages_commits.router,
    pages_jobs.router,
    pages_log.router,
    pages_matrices.router,
    pages_metrics.router,
    pages_pairs.router,
    pages_runs.router,
    pages_server.router,
)


def create_app(services: Services) -> FastAPI:
    """The application over what the server's life provides; it opens and closes nothing of it.

    Before the server stops, `await app.state.tail.close()` ends the live streams.
    """
    app = FastAPI(
        title="Coevo",
        version=version("coevo"),
        summary="The community's hardware CI matrix",
        docs_url=None,  # the usual page wants a CDN; ours is drawn from the same document
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=_lifespan,
    )
    app.state.office = Office(services, environment())
    app.state.tail = live.Tail(services)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    problems.install(app, _problem_page)
    app.add_middleware(Limited)
    app.add_middleware(Guard, hosts=services.hosts, simulated=services.simulated)
    return app


class Limited:
    """Counts what a request sends, and ends it where that is too much for its path."""

    def __init__(self, app: ASGIApp) -> None:
        limits = {limit_of(path) for path in ("/", f"{HOOKS}/")}
        self.apps = {limit: RequestBodyLimitMiddleware(app, limit) for limit in limits}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await self.apps[limit_of(scope.get("path", "/"))](scope, receive, send)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await app.state.tail.close()


def _problem_page(request: Request, problem: Problem) -> Response:
    """JSON for the API and whoever asks for it, a page for people."""
    office: Office = request.app.state.office
    wants_page = "text/html" in request.headers.get("accept", "")
    if request.url.path.startswith("/api/") or not wants_page:
        return problem_response(problem, simulated=office.services.simulated)
    at = desk(request)
    frame = shell(at.visit(at.home()), problem.title, "")
    body = at.render("problem.html", ProblemContext(frame, problem))
    return Response(body, problem.status, media_type="text/html; charset=utf-8")
