"""The server's own pages: health, the API's documentation, style sheet, icon and theme."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, RedirectResponse, Response

from dashboard.web.api_answers import HealthAnswer
from dashboard.web.api_models import StatusModel
from dashboard.web.assets import STATIC, style_sheet
from dashboard.web.desk import THEME_COOKIE, AtDesk, Desk
from dashboard.web.docs_context import DocsContext, docs_context
from dashboard.web.problems import missing
from dashboard.web.shell import THEMES, Link, shell

router = APIRouter(include_in_schema=False)
_A_YEAR = 365 * 86400


@router.get("/healthz")
def health(desk: AtDesk) -> HealthAnswer:
    """200 as soon as pages are answered; `server.ready` once jobs can run."""
    return HealthAnswer(
        simulated=desk.services.simulated,
        status="ok",
        server=StatusModel.model_validate(desk.status),
    )


@router.get("/docs")
def docs(desk: AtDesk, request: Request) -> Response:
    """What the API offers, from its own OpenAPI document."""
    return desk.page("docs.html", lambda: _docs(desk, request))


@router.get("/assets/coevo-{digest}.css")
def css(digest: str) -> Response:
    """The joined style sheet; its address changes with its content."""
    sheet = style_sheet()
    if digest != sheet.digest:
        raise missing("style sheet of that version")
    kept = {"cache-control": f"public, max-age={_A_YEAR}, immutable"}
    return Response(sheet.text, media_type="text/css", headers=kept)


@router.get("/favicon.ico")
def icon() -> Response:
    """The icon, for browsers that ask without being told."""
    return FileResponse(STATIC / "icon.svg", media_type="image/svg+xml")


@router.get("/theme")
def theme(to: str = "", back: str = "/") -> Response:
    """Remember the reader's theme and go back to the page."""
    answer = RedirectResponse(back if _is_ours(back) else "/", status_code=303)
    if to in THEMES:
        answer.set_cookie(THEME_COOKIE, to, max_age=_A_YEAR, samesite="lax")
    return answer


def _is_ours(path: str) -> bool:
    """Whether an address stays on this server whatever a browser makes of it."""
    is_path = path.startswith("/") and not path.startswith(("//", "/\\"))
    return is_path and path.isprintable() and "\\" not in path


def _docs(desk: Desk, request: Request) -> DocsContext:
    frame = shell(
        desk.visit(desk.home()),
        "API",
        "API",
        trail=(Link("API", "/docs", current=True),),
        twin="/api/v1/openapi.json",
    )
    return docs_context(frame, request.app.openapi())
