"""Tables of device time: what owners' running attempts hold of it, and what they used each day."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.store.columns import BIG, Table, to


class Account(Table):
    """The time that an owner's open attempts in a matrix may still take, of all their devices."""

    __tablename__ = "account"
    matrix_id: Mapped[int] = mapped_column(BIG, to("matrix.id"), primary_key=True)
    owner_id: Mapped[int] = mapped_column(BIG, to("owner.id"), primary_key=True)
    held: Mapped[timedelta]


class DeviceTime(Table):
    """The time that an owner's ended attempts in a matrix took on a day of UTC."""

    __tablename__ = "device_time"
    matrix_id: Mapped[int] = mapped_column(BIG, to("matrix.id"), primary_key=True)
    day: Mapped[datetime] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(BIG, to("owner.id"), primary_key=True)
    used: Mapped[timedelta]
