"""The frame around every page: where one is, what is going on, the theme, the JSON twin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote

from orchestrator.views import Label, ServerStatus

THEMES = ("auto", "light", "dark")


class Link(NamedTuple):
    """A link in the navigation or the path; `current` marks where one is."""

    text: str
    href: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Shell:
    """What `page.html` needs. `feed` is the event stream's address, "" where nothing is live."""

    title: str
    matrix: Label | None
    navigation: tuple[Link, ...]
    trail: tuple[Link, ...]
    path: str
    twin: str
    theme: str
    themes: tuple[Link, ...]
    simulated: bool
    status: ServerStatus
    quiet: bool
    feed: str
    fragment: str
    stylesheet: str
    script: str


@dataclass(frozen=True, slots=True)
class Visit:
    """What one request brings into its shell."""

    path: str
    query: str
    theme: str
    simulated: bool
    status: ServerStatus
    version: int
    matrix: Label | None
    stylesheet: str
    script: str
    several: bool = False  # more than one matrix is served


def shell(  # noqa: PLR0913 - a page says all of this about itself, by name
    visit: Visit,
    title: str,
    section: str,
    *,
    trail: tuple[Link, ...] = (),
    twin: str = "",
    fragment: str = "",
) -> Shell:
    """The frame of one page; `fragment` is what a live page fetches anew when something happens."""
    return Shell(
        title=title,
        matrix=visit.matrix,
        navigation=_navigation(visit, section),
        trail=trail,
        path=f"{visit.path}?{visit.query}" if visit.query else visit.path,
        twin=twin,
        theme=visit.theme,
        themes=tuple(Link(name, name, name == visit.theme) for name in THEMES),
        simulated=visit.simulated,
        status=visit.status,
        quiet=visit.status.ready and not (visit.status.doing or visit.status.problems),
        feed=_feed(visit) if fragment else "",
        fragment=fragment,
        stylesheet=visit.stylesheet,
        script=visit.script,
    )


def matrix_href(matrix: str, *parts: str | int) -> str:
    """The address of something in a matrix."""
    return "/".join(["/m", *(quote(str(part), safe="") for part in (matrix, *parts))])


def twin_href(path: str, query: str = "") -> str:
    """The address of a page's JSON twin."""
    return f"/api/v1{path}" + (f"?{query}" if query else "")


def _feed(visit: Visit) -> str:
    scope = f"&matrix={quote(visit.matrix.name, safe='')}" if visit.matrix else ""
    return f"/api/v1/events?after={visit.version}{scope}"


def _navigation(visit: Visit, section: str) -> tuple[Link, ...]:
    matrix = visit.matrix
    inside: tuple[tuple[str, str], ...] = (
        (
            ("Grid", matrix_href(matrix.name)),
            ("Runs", matrix_href(matrix.name, "runs")),
            ("Jobs", matrix_href(matrix.name, "jobs")),
            ("Commits", matrix_href(matrix.name, "at")),
        )
        if matrix
        else (("Grid", "/"),)
    )
    if visit.several:
        inside = (("Matrices", "/m"), *(inside if matrix else ()))
    places = (*inside, ("Runners", "/runners"), ("Health", "/health"), ("API", "/docs"))
    return tuple(Link(text, href, text == section) for text, href in places)
