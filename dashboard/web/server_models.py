"""The shapes in which the API tells of the server itself and of its matrix files."""

from __future__ import annotations

from dashboard.web.api_models import FaceModel, LabelModel, Model, RunModel


class PlaceModel(Model):
    """A point in a file; line and column count from 1."""

    file: str
    line: int
    column: int


class MistakeModel(Model):
    """One mistake in a matrix file; `indent`: cells left of the caret under `excerpt`."""

    place: PlaceModel | None
    problem: str
    hint: str
    excerpt: str
    indent: int | None


class DeclaredModel(Model):
    """A matrix, and how the file stands that it is read from.

    With `mistakes` the revision before them is in force; `matrix` is null where there was none.
    """

    matrix: LabelModel | None
    file: str
    is_served: bool
    mistakes: tuple[MistakeModel, ...]


class OverviewModel(DeclaredModel):
    """The same with its slide in short."""

    faces: tuple[FaceModel, ...]
    run: RunModel | None
