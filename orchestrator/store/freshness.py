"""Which results still hold for a declaration: planning leaves those out."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from matrix.model import Matrix
from orchestrator.plan import Pairs
from orchestrator.store import documents
from orchestrator.store.declared import (
    CellStateRow,
    MatrixRow,
    StackRow,
    StackVersion,
    SuiteDefinition,
    SuiteRow,
)
from orchestrator.store.store import Store
from orchestrator.store.work import JobRow


def fresh(store: Store, matrix: Matrix) -> frozenset[str]:
    """Ids (without shard) of jobs whose last result is young enough, from the same suite and stack.

    "Same" is by digest: an edited suite or another version of a component makes a result old.
    What nobody tried, for want of an environment, is no result.
    """
    since = store.clock.now() - matrix.policies.freshness
    suites = {(suite.name, suite.digest) for suite in matrix.suites}
    stacks = {(stack.name, documents.dumped(Pairs, stack.components)) for stack in matrix.stacks}
    with store.read() as connection:
        rows = connection.execute(_REPORTED, {"matrix": matrix.name, "since": since})
        return frozenset(
            name
            for name, suite, digest, stack, components in rows
            if (suite, digest) in suites and (stack, components) in stacks
        )


_REPORTED = (
    select(
        CellStateRow.name,
        SuiteRow.name,
        SuiteDefinition.digest,
        StackRow.name,
        StackVersion.components,
    )
    .join(MatrixRow, MatrixRow.id == CellStateRow.matrix_id)
    .join(JobRow, JobRow.id == CellStateRow.job_id)
    .join(SuiteDefinition, SuiteDefinition.id == JobRow.suite_definition_id)
    .join(SuiteRow, SuiteRow.id == SuiteDefinition.suite_id)
    .join(StackVersion, StackVersion.id == JobRow.stack_version_id)
    .join(StackRow, StackRow.id == StackVersion.stack_id)
    .where(
        MatrixRow.name == bindparam("matrix"),
        CellStateRow.reported_at >= bindparam("since"),
        JobRow.fence > 0,
    )
)
