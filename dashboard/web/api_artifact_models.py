"""What the API answers of files that jobs hand to each other."""

from __future__ import annotations

from datetime import datetime

from dashboard.web.api_answers import Answer
from dashboard.web.api_models import Model
from matrix.status import Status


class FedModel(Model):
    """A job that feeds this one, or is fed by it."""

    kind: str
    job: int
    name: str
    state: str
    status: Status | None


class FileModel(Model):
    """A file that the job made; its bytes are at `artifacts/KIND/NAME` as long as it is kept."""

    kind: str
    name: str
    digest: str
    bytes: int
    made_at: datetime
    used_at: datetime
    is_kept: bool


class HandedAnswer(Answer):
    """Who feeds a job, whom it feeds, and with what."""

    inputs: tuple[FedModel, ...]
    feeds: tuple[FedModel, ...]
    files: tuple[FileModel, ...]
