"""Which results still hold for a declaration: planning leaves those out."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, or_, select

from matrix.expand import merged_id
from matrix.model import PLANNED, Matrix
from matrix.occasion import Occasion
from orchestrator.plan import Pairs
from orchestrator.store import documents
from orchestrator.store.columns import WAITING, End, JobState
from orchestrator.store.declared import (
    CellStateRow,
    MatrixRow,
    StackRow,
    StackVersion,
    SuiteDefinition,
    SuiteRow,
)
from orchestrator.store.playground import remembered_jobs
from orchestrator.store.store import Store
from orchestrator.store.work import JobRow, RunRow


def fresh(store: Store, matrix: Matrix) -> frozenset[str]:
    """Ids (without shard) of jobs whose last result is young enough, from the same suite and stack.

    "Same" is by digest: an edited suite or another version of a component makes a result old.
    What nobody tried, for want of an environment, is no result. That a job was blocked is one:
    whoever makes what it waits for anew takes it along.
    """
    since = store.clock.now() - matrix.policies.freshness
    declared = _definitions(matrix)
    with store.read() as connection:
        rows = connection.execute(_REPORTED, {"matrix": matrix.name, "since": since})
        return frozenset(name for name, *definition in rows if tuple(definition) in declared)


class Pending(NamedTuple):
    """Open jobs that the grid waits for: as they are declared now, or as they no longer are.

    `same` holds ids without shards, `outdated` the rows of those that nobody has begun.
    """

    same: frozenset[str]
    outdated: tuple[int, ...]


def pending(store: Store, matrix: Matrix) -> Pending:
    """What is still to come of a matrix, held against what it declares now."""
    declared = _definitions(matrix)
    asked = Occasion(frozenset(suite.name for suite in matrix.suites))  # the optional ones too
    jobs = remembered_jobs(store, matrix, asked)
    planned = {merged_id(job) for job in jobs if job.status == PLANNED}
    same, outdated = set(), []
    with store.read() as connection:
        for row, state, name, *definition in connection.execute(_OPEN, {"matrix": matrix.name}):
            if name in planned and tuple(definition) in declared:
                same.add(name)
            elif state in WAITING:
                outdated.append(row)
    return Pending(frozenset(same), tuple(outdated))


def _definitions(matrix: Matrix) -> frozenset[tuple[str, str, str, str]]:
    """Every suite on every stack, by digest and components."""
    stacks = [(one.name, documents.dumped(Pairs, one.components)) for one in matrix.stacks]
    return frozenset(
        (suite.name, suite.digest, *stack) for suite in matrix.suites for stack in stacks
    )


_DEFINITION = (SuiteRow.name, SuiteDefinition.digest, StackRow.name, StackVersion.components)
_OPEN = (
    select(JobRow.id, JobRow.state, CellStateRow.name, *_DEFINITION)
    .join(MatrixRow, MatrixRow.id == JobRow.matrix_id)
    .join(RunRow, RunRow.id == JobRow.run_id)
    .join(CellStateRow, CellStateRow.id == JobRow.cell_state_id)
    .join(SuiteDefinition, SuiteDefinition.id == JobRow.suite_definition_id)
    .join(SuiteRow, SuiteRow.id == SuiteDefinition.suite_id)
    .join(StackVersion, StackVersion.id == JobRow.stack_version_id)
    .join(StackRow, StackRow.id == StackVersion.stack_id)
    .where(MatrixRow.name == bindparam("matrix"), ~RunRow.aside, JobRow.state != JobState.ENDED)
    .order_by(JobRow.id)
)
_REPORTED = (
    select(CellStateRow.name, *_DEFINITION)
    .join(MatrixRow, MatrixRow.id == CellStateRow.matrix_id)
    .join(JobRow, JobRow.id == CellStateRow.job_id)
    .join(SuiteDefinition, SuiteDefinition.id == JobRow.suite_definition_id)
    .join(SuiteRow, SuiteRow.id == SuiteDefinition.suite_id)
    .join(StackVersion, StackVersion.id == JobRow.stack_version_id)
    .join(StackRow, StackRow.id == StackVersion.stack_id)
    .where(
        MatrixRow.name == bindparam("matrix"),
        CellStateRow.reported_at >= bindparam("since"),
        or_(JobRow.fence > 0, JobRow.end == End.BLOCKED),
    )
)
