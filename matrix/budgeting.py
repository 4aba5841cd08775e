"""What a file may say of budgets: device time by owner, for a day, a week or a month."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel

from matrix.budget import UNLIMITED, Budget, Caps
from matrix.kinds import Duration, Name
from matrix.names import Misfit
from matrix.quantities import duration
from matrix.shaping import STRICT


class CapsShape(BaseModel):
    """How many device-hours there are in each period; one that is not said is not capped."""

    model_config = STRICT

    day: Duration | None = None
    week: Duration | None = None
    month: Duration | None = None


class BudgetShape(CapsShape):
    """The same for every owner, and `owners` for whom other caps hold: those that stand there."""

    owners: dict[Name, CapsShape] = {}


def _says_something(shape: BudgetShape) -> BudgetShape:
    if not budget(shape):
        raise Misfit("this budget caps nothing", "write `day: 40h`, `week: 200h` or `month: 800h`")
    return shape


Budgeted = Annotated[BudgetShape, AfterValidator(_says_something)]


def budget(shape: BudgetShape | None) -> Budget:
    """The budget of a checked shape; without one nothing is capped."""
    if shape is None:
        return UNLIMITED
    owners = ((name, _caps(each)) for name, each in sorted(shape.owners.items()))
    return Budget(_caps(shape), tuple(owners))


def _caps(shape: CapsShape) -> Caps:
    given = (shape.day, shape.week, shape.month)
    return Caps(*(duration(text) if text else None for text in given))
