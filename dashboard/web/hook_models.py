"""What the API answers to messages of git hosts, and of them."""

from __future__ import annotations

from datetime import datetime

from dashboard.web.api_answers import Answer
from dashboard.web.api_models import Model


class StartedRunModel(Model):
    """A run that a message led to."""

    matrix: str
    run: int


class DeliveryModel(Model):
    """A message: `pending`, followed by runs, or by none for a `reason` ("" where it was not)."""

    id: str
    event: str
    about: str
    repository: str
    received_at: datetime
    reason: str
    pending: bool
    runs: tuple[StartedRunModel, ...]


class ReceivedAnswer(Answer):
    """A message was taken; `known`: it was here before, and changes nothing.

    `ignored` says why it is no reason to look at a repository, "" where it is one.
    """

    known: bool
    ignored: str


class DeliveriesAnswer(Answer):
    """Messages of git hosts, latest first."""

    page: int
    deliveries: tuple[DeliveryModel, ...]
