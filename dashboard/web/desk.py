"""Where a handler reads, renders and answers; a page is rendered once per version."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from threading import Lock
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pydantic import BaseModel
from starlette.responses import Response

from dashboard.web import words
from dashboard.web.assets import TEMPLATES, script_href, style_sheet
from dashboard.web.face_context import KEPT_FACES, FaceContext
from dashboard.web.loglines import LineIndexes
from dashboard.web.problems import missing
from dashboard.web.services import Services
from dashboard.web.shell import THEMES, Shell, Visit
from orchestrator.server_views import Declared
from orchestrator.views import Label, ServerStatus

THEME_COOKIE = "coevo-theme"
_TICK_SECONDS = 20  # ages in a kept page are at most this old
_KEPT_BYTES = 64 * 2**20


class Context(Protocol):
    """What a template is given: a frozen value with the page's frame."""

    @property
    def shell(self) -> Shell:
        """The frame."""
        ...


@dataclass(slots=True)
class Kept:
    """Rendered answers by what they depend on; the least recently used are dropped first."""

    bodies: OrderedDict[tuple[object, ...], tuple[str, bytes]] = field(default_factory=OrderedDict)
    total: int = 0
    lock: Lock = field(default_factory=Lock)

    def get(self, key: tuple[object, ...]) -> tuple[str, bytes] | None:
        """The ETag and body of an answer that still stands."""
        with self.lock:
            if key in self.bodies:
                self.bodies.move_to_end(key)
            return self.bodies.get(key)

    def put(self, key: tuple[object, ...], body: bytes) -> tuple[str, bytes]:
        """Keep an answer; its ETag is of its content, so that a new version may still be a 304."""
        etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        with self.lock:
            self.bodies[key] = (etag, body)
            self.total += len(body)
            while self.total > _KEPT_BYTES and len(self.bodies) > 1:
                _, (_, dropped) = self.bodies.popitem(last=False)
                self.total -= len(dropped)
        return etag, body


@dataclass(frozen=True, slots=True)
class Office:
    """What all requests of one app share."""

    services: Services
    environment: Environment
    kept: Kept = field(default_factory=Kept)
    log_indexes: LineIndexes = field(default_factory=LineIndexes)


@dataclass(frozen=True, slots=True)
class Desk:
    """One request at work: its services, its clock, and how it answers."""

    office: Office
    request: Request
    now: datetime
    version: int
    status: ServerStatus

    @property
    def services(self) -> Services:
        """What can be read."""
        return self.office.services

    @property
    def theme(self) -> str:
        """The reader's choice, from a cookie."""
        chosen = self.request.cookies.get(THEME_COOKIE, THEMES[0])
        return chosen if chosen in THEMES else THEMES[0]

    def visit(self, matrix: Label | None = None) -> Visit:
        """What the request brings into the frame of its page."""
        return Visit(
            path=self.request.url.path,
            query=self.request.url.query,
            theme=self.theme,
            simulated=self.services.simulated,
            several=self.services.is_several,
            status=self.status,
            version=self.version,
            matrix=matrix,
            stylesheet=style_sheet().href,
            script=script_href(),
        )

    def matrix(self, name: str) -> Label:
        """The matrix of that name; a 404 where there is none."""
        for label in self.services.matrices():
            if label.name == name:
                return label
        raise missing("matrix of that name", "/m lists them")

    def declared(self, name: str) -> Declared | None:
        """How the file of a matrix stands."""
        found = (one for one in self.services.declared() if one.matrix and one.matrix.name == name)
        return next(found, None)

    def home(self) -> Label | None:
        """The matrix that pages outside of any lead back to; None where there are several."""
        return None if self.services.is_several else self.default_matrix()

    def default_matrix(self) -> Label | None:
        """The first one, which commands mean that name none; None before the first plan."""
        return next(iter(self.services.matrices()), None)

    def page(self, template: str, build: Callable[[], Context]) -> Response:
        """The page that `build` has the context of, rendered at most once per version."""
        return self._answer(
            "text/html; charset=utf-8", lambda: self.render(template, build()).encode()
        )

    def render(self, template: str, context: Context) -> str:
        """A template with its one context, called `page` in it."""
        return self.office.environment.get_template(template).render(page=context)

    def data(self, build: Callable[[], BaseModel]) -> Response:
        """A JSON answer, made at most once per version."""
        return self._answer("application/json", lambda: build().model_dump_json().encode())

    def _answer(self, media_type: str, make: Callable[[], bytes]) -> Response:
        key = self._key(media_type)
        etag, body = self.office.kept.get(key) or self.office.kept.put(key, make())
        headers = {"etag": etag, "cache-control": "no-cache, private", "vary": "Cookie"}
        if etag in self.request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=media_type)

    def _key(self, media_type: str) -> tuple[object, ...]:
        tick = int(self.now.timestamp()) // _TICK_SECONDS
        url = self.request.url
        return (media_type, url.path, url.query, self.theme, self.version, self.status, tick)


@cache
def environment() -> Environment:
    """Templates, always escaped; what is shown has nothing invisible in it (TRUST T-15).

    It knows nothing of the app that it draws for, so it is compiled once a process.
    """
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
        auto_reload=False,
    )
    made.filters["number"] = words.number
    made.globals["icon"] = icon
    made.filters["drawn"] = _drawing(made)
    return made


def _drawing(made: Environment) -> Callable[[FaceContext], Markup]:
    """The filter that draws a face; one that reads as before is not drawn again."""
    ways: Any = made.get_template("_face.html").module  # its macros are attributes of the module

    @lru_cache(maxsize=KEPT_FACES)
    def drawn(face: FaceContext) -> Markup:
        return Markup(ways.dense(face) if face.dense else ways.full(face))  # noqa: S704 - a macro's

    return drawn


@lru_cache(maxsize=64)
def icon(name: str) -> Markup:
    """A symbol of `_icons.html`; the word beside it says the same."""
    return Markup('<svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg>').format(name)


def _visible(value: Any) -> Any:  # noqa: ANN401 - whatever a template prints
    return words.visible(value) if type(value) is str else value


def desk(request: Request) -> Desk:
    """The desk of a request."""
    office: Office = request.app.state.office
    services = office.services
    return Desk(office, request, services.now(), services.version(), services.status())


AtDesk = Annotated[Desk, Depends(desk)]
