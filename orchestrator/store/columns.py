"""What all tables share: the metadata with its naming convention, and the column types."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from sqlalchemy import BigInteger, Dialect, Enum, ForeignKey, Integer, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

from matrix.status import Evidence, Layer, Role, Status
from runners.work import Phase

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware datetime as microseconds since 1970 in UTC: one integer on both stores."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> int | None:
        """To the integer; naive datetimes are a broken promise and fail here."""
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(
        self,
        value: int | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> datetime | None:
        """Back to an aware datetime."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


class Span(TypeDecorator[timedelta]):
    """A length of time as microseconds: one integer on both stores, which may be summed."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(
        self,
        value: timedelta | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> int | None:
        """To the integer."""
        return None if value is None else value // MICROSECOND

    def process_result_value(
        self,
        value: int | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> timedelta | None:
        """Back to a length; PostgreSQL sums integers to decimals."""
        return None if value is None else int(value) * MICROSECOND


class Words(TypeDecorator[str]):
    """Text as both stores can keep it: what a suite prints may hold anything."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> str | None:
        """NUL, which PostgreSQL refuses, and lone surrogates are replaced."""
        return None if value is None else storable(value)


def storable(text: str) -> str:
    """The text with U+FFFD for NUL and `?` for what is no character."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


class JobState(StrEnum):
    """Where a job is; what is submitted is leased, and waits in a batch system's queue."""

    QUEUED = "queued"
    BLOCKED = "blocked"
    LEASED = "leased"
    SUBMITTED = "submitted"
    RUNNING = "running"
    ENDED = "ended"


WAITING = (JobState.QUEUED, JobState.BLOCKED)  # nobody has begun them
# On the grid: no runner has begun them, a batch system may have them in its queue.
PENDING = (*WAITING, JobState.SUBMITTED)


class AttemptState(StrEnum):
    """Where an attempt is: only an open one holds a lease."""

    OPEN = "open"
    REPORTED = "reported"
    LOST = "lost"
    RELEASED = "released"


class End(StrEnum):
    """How a job ended; OPEN while it has not."""

    OPEN = ""
    REPORTED = "reported"
    LOST = "lost"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    BLOCKED = "blocked"


class Visibility(StrEnum):
    """Who may see it: everybody, those who logged in, or its owner until a date."""

    PUBLIC = "public"
    MEMBERS = "members"
    OWNER = "owner"


def _by_value(kind: type[StrEnum]) -> Enum:
    """Text on both stores, so that a new member needs no migration."""
    return Enum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=False,
        length=20,
    )


class Table(DeclarativeBase):
    """Every table's parent; names of constraints follow one convention on both stores."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        str: Words,
        datetime: Instant,
        timedelta: Span,
        Status: _by_value(Status),
        Layer: _by_value(Layer),
        Role: _by_value(Role),
        Evidence: _by_value(Evidence),
        Phase: _by_value(Phase),
        JobState: _by_value(JobState),
        AttemptState: _by_value(AttemptState),
        End: _by_value(End),
        Visibility: _by_value(Visibility),
    }


# SQLite counts rowids up by itself only in a column that is exactly INTEGER.
BIG = BigInteger().with_variant(Integer, "sqlite")
Id = Annotated[int, mapped_column(BIG, primary_key=True)]
Big = Annotated[int, mapped_column(BIG)]


def to(column: str) -> ForeignKey:
    """A foreign key; rows go only by `prune`, which knows the order."""
    return ForeignKey(column)
