"""Messages of git hosts: signed, taken once, and no more than a reason to look."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.concurrency import run_in_threadpool

from dashboard.web import api_answers as shapes
from dashboard.web.desk import AtDesk
from dashboard.web.problems import Problem, ProblemAnswer, Refusal
from dashboard.web.safety import HOOKS, is_signed

router = APIRouter(prefix=HOOKS, tags=["change"])
_LONGEST = 200
Word = Annotated[str, Header(max_length=_LONGEST)]


@router.post(
    "/git",
    status_code=202,
    summary="A message of a git host",
    responses={
        401: {"model": ProblemAnswer, "description": "Not signed, or by somebody else"},
        404: {"model": ProblemAnswer, "description": "This server takes no messages"},
    },
)
async def git(
    desk: AtDesk,
    request: Request,
    x_hub_signature_256: Word = "",
    x_github_delivery: Word = "",
    x_github_event: Word = "",
) -> shapes.ReceivedAnswer:
    """Remember it, then look at the repositories of all triggers soon.

    What the message says is not believed: the repositories themselves are asked.
    """
    secret = desk.services.hook_secret
    if not secret:
        hint = "put the secret into the file hook-secret of the data folder"
        raise Refusal(Problem(404, "this server takes no messages of git hosts", hint))
    if not is_signed(secret, await request.body(), x_hub_signature_256):
        hint = "give the host the secret of the data folder's file hook-secret"
        raise Refusal(Problem(401, "the message is not signed with our secret", hint))
    if not x_github_delivery:
        raise Refusal(Problem(422, "the message has no X-GitHub-Delivery", "every host sends one"))
    is_new = await run_in_threadpool(desk.services.received, x_github_delivery, x_github_event)
    return shapes.ReceivedAnswer(simulated=desk.services.simulated, known=not is_new)
