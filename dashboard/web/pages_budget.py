"""Device-hours: the account of each owner in a matrix, and its JSON twin."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from dashboard.web.api_answers import BudgetAnswer
from dashboard.web.api_models import LabelModel
from dashboard.web.budget_context import BudgetContext, account_models, budget_context
from dashboard.web.desk import AtDesk, Desk
from dashboard.web.parameters import Name
from dashboard.web.shell import Link, matrix_href, shell, twin_href
from orchestrator.server_views import AccountView

router = APIRouter(default_response_class=Response)


@router.get("/m/{matrix}/budget", include_in_schema=False)
def page(desk: AtDesk, matrix: Name) -> Response:
    """What each owner used, holds and has left."""
    return desk.page("budget.html", lambda: _page(desk, matrix))


@router.get(
    "/api/v1/m/{matrix}/budget", response_model=BudgetAnswer, tags=["read"], summary="Device-hours"
)
def twin(desk: AtDesk, matrix: Name) -> Response:
    """What each owner used, holds and has left, in device-hours."""
    return desk.data(lambda: _answer(desk, matrix))


def _page(desk: Desk, matrix: str) -> BudgetContext:
    label, path = desk.matrix(matrix), matrix_href(matrix, "budget")
    frame = shell(
        desk.visit(label),
        "Device-hours",
        "Runs",
        trail=(
            Link(label.label, matrix_href(matrix)),
            Link("Runs", matrix_href(matrix, "runs")),
            Link("Device-hours", path, current=True),
        ),
        twin=twin_href(path),
        fragment=path,
    )
    return budget_context(frame, _accounts(desk, matrix), desk.now)


def _answer(desk: Desk, matrix: str) -> BudgetAnswer:
    return BudgetAnswer(
        simulated=desk.services.simulated,
        matrix=LabelModel.model_validate(desk.matrix(matrix)),
        accounts=account_models(_accounts(desk, matrix)),
    )


def _accounts(desk: Desk, matrix: str) -> tuple[AccountView, ...]:
    return desk.services.accounts(matrix) or ()
