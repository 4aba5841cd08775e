"""Tables of comparisons: two runs, and the pairs that their jobs make."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.store.columns import BIG, Id, Table, to


class ComparisonRow(Table):
    """A run at one commit of a component beside one at another, as pairs of jobs."""

    __tablename__ = "comparison"
    id: Mapped[Id]
    matrix_id: Mapped[int] = mapped_column(BIG, to("matrix.id"))
    component: Mapped[str]
    base_run_id: Mapped[int] = mapped_column(BIG, to("run.id"), unique=True)
    head_run_id: Mapped[int] = mapped_column(BIG, to("run.id"), unique=True)
    repetitions: Mapped[int]


class PairRow(Table):
    """The same job at base and at head, run one after the other in one place.

    Pairs of one `chain` (the id of its first) are repetitions of one job and run in their order.
    The runner that the second job of a pair waits for is `bound_to`, until it has ended.
    """

    __tablename__ = "pair"
    id: Mapped[Id]
    comparison_id: Mapped[int] = mapped_column(BIG, to("comparison.id"), index=True)
    chain: Mapped[int] = mapped_column(BIG, index=True)
    repetition: Mapped[int]
    base_job_id: Mapped[int] = mapped_column(BIG, to("job.id"), unique=True)
    head_job_id: Mapped[int] = mapped_column(BIG, to("job.id"), unique=True)
    base_first: Mapped[bool]
    bound_to: Mapped[int | None] = mapped_column(BIG, to("runner.id"), index=True)
