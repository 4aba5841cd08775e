"""Tables of what git hosts told: their messages, and the labels of pull requests."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import false
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.store.columns import BIG, Table, to


class DeliveryRow(Table):
    """A message of a git host that was received; its id is the host's own.

    `reason` says why it led to no run, "" where it did or may. A `pending` one waits for its
    repository to be looked at. `reference` is the branch or request of which it tells, `about` a
    line for people.
    """

    __tablename__ = "delivery"
    id: Mapped[str] = mapped_column(primary_key=True)
    event: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(server_default="")
    repository: Mapped[str] = mapped_column(server_default="")
    about: Mapped[str] = mapped_column(server_default="")
    reference: Mapped[str] = mapped_column(server_default="")
    pending: Mapped[bool] = mapped_column(server_default=false())


class DeliveryRunRow(Table):
    """A run that a message led to."""

    __tablename__ = "delivery_run"
    delivery_id: Mapped[str] = mapped_column(to("delivery.id"), primary_key=True)
    run_id: Mapped[int] = mapped_column(BIG, to("run.id"), primary_key=True)


class ChangeRequestRow(Table):
    """A pull request that is open, as its host told of it last: its labels as a JSON list."""

    __tablename__ = "change_request"
    repository: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(primary_key=True)
    labels: Mapped[str]
