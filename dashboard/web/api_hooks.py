"""Messages of git hosts: vouched for, taken once, judged; and the list of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from dashboard.web.desk import AtDesk
from dashboard.web.hook_models import DeliveriesAnswer, DeliveryModel, ReceivedAnswer
from dashboard.web.hook_payload import message
from dashboard.web.paging import RUNS_A_PAGE
from dashboard.web.parameters import PageNumber
from dashboard.web.problems import Problem, ProblemAnswer, Refusal
from dashboard.web.safety import HOOKS, is_signed, is_token

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
async def git(  # noqa: PLR0913, PLR0917 - what two kinds of hosts put into their headers
    desk: AtDesk,
    request: Request,
    x_hub_signature_256: Word = "",
    x_github_delivery: Word = "",
    x_github_event: Word = "",
    x_gitlab_token: Word = "",
    x_gitlab_event: Word = "",
    x_gitlab_event_uuid: Word = "",
    idempotency_key: Word = "",
) -> ReceivedAnswer:
    """Remember it, then look at its repository soon, where a trigger does so.

    What it says is not believed but for labels: the repository itself is asked.
    """
    secret = desk.services.hook_secret
    if not secret:
        hint = "put the secret into the file hook-secret of the data folder"
        raise Refusal(Problem(404, "this server takes no messages of git hosts", hint))
    body = await request.body()
    if not (is_signed(secret, body, x_hub_signature_256) or is_token(secret, x_gitlab_token)):
        hint = "give the host the secret of the data folder's file hook-secret"
        raise Refusal(Problem(401, "the message is not signed with our secret", hint))
    delivery = x_github_delivery or idempotency_key or x_gitlab_event_uuid
    if not delivery:
        hint = "every host sends one: X-GitHub-Delivery, Idempotency-Key or X-Gitlab-Event-UUID"
        raise Refusal(Problem(422, "the message has no id of its own", hint))
    told = message(delivery, x_github_event or x_gitlab_event, body)
    receipt = await run_in_threadpool(desk.services.received, told)
    return ReceivedAnswer(
        simulated=desk.services.simulated, known=receipt.known, ignored=receipt.reason
    )


@router.get("/deliveries", response_model=DeliveriesAnswer, summary="Messages of git hosts")
def deliveries(desk: AtDesk, page: PageNumber = 1) -> Response:
    """What git hosts told lately, latest first; the runs that each led to, or why to none."""

    def build() -> DeliveriesAnswer:
        found = desk.services.deliveries((page - 1) * RUNS_A_PAGE, RUNS_A_PAGE)
        told = tuple(DeliveryModel.model_validate(one) for one in found)
        simulated = desk.services.simulated
        return DeliveriesAnswer(simulated=simulated, page=page, deliveries=told)

    return desk.data(build)
