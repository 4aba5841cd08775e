"""Every answer that is a refusal: which HTTP status, what to say, and what to do about it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import Response

from matrix.errors import CoevoError

logger = logging.getLogger("coevo.web")
MEDIA_TYPE = "application/problem+json"
_HINTS = {
    404: "the grid at / leads to everything that is there",
    405: "/docs lists what can be asked of each address",
    413: "send less than 64 KiB",
    422: "/docs lists what each address takes",
}


class Problem(NamedTuple):
    """A refusal: the HTTP status, what is wrong, and what to do about it."""

    status: int
    title: str
    hint: str = ""
    detail: str = ""


ProblemPage = Callable[[Request, Problem], Response]


class ProblemAnswer(BaseModel):
    """A refusal as the API sends it (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")

    simulated: bool
    type: str = "about:blank"
    status: int
    title: str
    detail: str
    hint: str


class Refusal(Exception):  # noqa: N818 - a handler's way out, shown as it is
    """Raised by handlers; becomes the page or the JSON of its problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.title)
        self.problem = problem


def missing(what: str, hint: str = "") -> Refusal:
    """A thing that does not exist."""
    return Refusal(Problem(404, f"There is no {what}", hint or _HINTS[404]))


def problem_response(problem: Problem, *, simulated: bool) -> Response:
    """A problem as JSON."""
    answer = ProblemAnswer(
        simulated=simulated,
        status=problem.status,
        title=problem.title,
        detail=problem.detail,
        hint=problem.hint or _HINTS.get(problem.status, ""),
    )
    challenge = {"www-authenticate": "Bearer"} if problem.status == 401 else {}  # noqa: PLR2004 - HTTP's own number
    return Response(answer.model_dump_json(), problem.status, challenge, MEDIA_TYPE)


def problem_of(error: Exception) -> Problem:
    """The problem that an exception stands for; all the HTTP statuses are decided here."""
    match error:
        case Refusal():
            return error.problem
        case RequestValidationError():
            return _invalid(error)
        case HTTPException():
            return Problem(error.status_code, str(error.detail), _HINTS.get(error.status_code, ""))
        case CoevoError():
            first = error.mistakes[0]
            return Problem(422, first.problem, first.hint, str(error))
        case LookupError():
            return Problem(404, f"There is no {error.args[0] if error.args else 'such thing'}")
        case _:
            logger.error("a request failed", exc_info=error, extra={"event": "request.failed"})
            return Problem(500, "Coevo made a mistake", "coevo logs shows it; please report it")


def _invalid(error: RequestValidationError) -> Problem:
    """404 where a name in the path cannot be one, 422 for everything else."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["loc"][0] == "path":
        return Problem(404, f"There is no such {first['loc'][-1]}", _HINTS[404])
    return Problem(422, f"{where}: {first['msg']}", _HINTS[422])


def install(app: FastAPI, show: ProblemPage) -> None:
    """Let every exception become its problem: JSON for the API, a page for people."""

    async def handle(request: Request, error: Exception) -> Response:
        return show(request, problem_of(error))

    for kind in (
        Refusal,
        RequestValidationError,
        HTTPException,
        CoevoError,
        LookupError,
        Exception,
    ):
        app.add_exception_handler(kind, handle)
