"""Commits and versions: the trunk of each component, and each commit with all its cells."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from dashboard.web import words
from dashboard.web.commit_context import (
    CommitContext,
    CommitsContext,
    commit_context,
    commits_context,
)
from dashboard.web.desk import AtDesk, Desk
from dashboard.web.parameters import Head, Name, Text
from dashboard.web.problems import missing
from dashboard.web.shell import Link, matrix_href, shell, twin_href
from orchestrator.commit_views import CommitPage

router = APIRouter(default_response_class=Response, include_in_schema=False)


@router.get("/m/{matrix}/at")
def commits(desk: AtDesk, matrix: Name) -> Response:
    """The commits of all components that runs were about."""
    return desk.page("commits.html", lambda: _commits(desk, matrix, None))


@router.get("/m/{matrix}/at/{component}")
def trunk(desk: AtDesk, matrix: Name, component: Name) -> Response:
    """The commits of one component."""
    return desk.page("commits.html", lambda: _commits(desk, matrix, component))


@router.get("/m/{matrix}/at/{component}/{head}")
def commit(desk: AtDesk, matrix: Name, component: Name, head: Head, against: Text = "") -> Response:
    """One commit beside another one."""
    return desk.page("commit.html", lambda: _commit(desk, matrix, component, head, against))


def found_commit(desk: Desk, matrix: str, component: str, head: str, against: str) -> CommitPage:
    """What was found at a commit; a 404 where no run was about it."""
    desk.matrix(matrix)
    page = desk.services.commit_page(matrix, component, head, against)
    if page is None:
        hint = f"start one with: coevo run --at {component}={head}"
        raise missing(f"run at that commit of {component}", hint)
    if against and page.against is None:
        raise missing(f"run at {words.commit(against)} to compare with")
    return page


def _commits(desk: Desk, matrix: str, component: str | None) -> CommitsContext:
    label = desk.matrix(matrix)
    path = matrix_href(matrix, "at", *((component,) if component else ()))
    frame = shell(
        desk.visit(label),
        f"Commits of {component}" if component else "Commits",
        "Commits",
        trail=(Link(label.label, matrix_href(matrix)), Link("Commits", path, current=True)),
        twin=twin_href(path),
        fragment=path,
    )
    found = desk.services.commits(matrix, component) or ()
    return commits_context(frame, matrix, found, desk.now)


def _commit(desk: Desk, matrix: str, component: str, head: str, against: str) -> CommitContext:
    label = desk.matrix(matrix)
    page = found_commit(desk, matrix, component, head, against)
    path = matrix_href(matrix, "at", component, page.commit.head)
    query = desk.request.url.query
    title = f"{component} at {words.commit(page.commit.head)}"
    frame = shell(
        desk.visit(label),
        title,
        "Commits",
        trail=(
            Link(label.label, matrix_href(matrix)),
            Link("Commits", matrix_href(matrix, "at")),
            Link(title, path, current=True),
        ),
        twin=twin_href(path, query),
        fragment=path + (f"?{query}" if query else ""),
    )
    return commit_context(frame, page, desk.now)
