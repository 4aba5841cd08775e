"""The first schema: matrices, queue, record and projection.

Each table is its name, its columns as NAME:KIND with `*` for the primary key, `?` where it may be
NULL and `>TABLE` for what it refers to, and then its keys and indices.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KINDS: dict[str, sa.types.TypeEngine[Any]] = {
    "big": _BIG,
    "bool": sa.Boolean(),
    "instant": sa.BigInteger(),
    "int": sa.Integer(),
    "name": sa.String(20),
    "real": sa.Float(),
    "text": sa.Text(),
}


class _Table(NamedTuple):
    name: str
    columns: str
    extras: tuple[str, ...] = ()


def upgrade() -> None:
    """Make all tables, those first that others refer to."""
    for table in _TABLES:
        _make(table)


def _make(table: _Table) -> None:
    columns = [_column(table.name, word) for word in table.columns.split()]
    key = [column.name for column in columns if column.info["key"]]
    unique = [_unique(table.name, extra) for extra in table.extras if extra.startswith("unique ")]
    op.create_table(
        table.name,
        *columns,
        sa.PrimaryKeyConstraint(*key, name=f"pk_{table.name}"),
        *unique,
        sqlite_autoincrement="autoincrement" in table.extras,
    )
    for extra in table.extras:
        if extra.startswith("index "):
            names = extra.split()[1:]
            op.create_index(f"ix_{table.name}_{'_'.join(names)}", table.name, names)


def _column(table: str, word: str) -> sa.Column[Any]:
    name, _, rest = word.partition(":")
    kind, _, target = rest.partition(">")
    refers = [sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{name}_{target}")] if target else []
    return sa.Column(
        name,
        _KINDS[kind.rstrip("*?")],
        *refers,
        nullable=kind.endswith("?"),
        info={"key": kind.endswith("*")},
    )


def _unique(table: str, extra: str) -> sa.UniqueConstraint:
    names = extra.split()[1:]
    return sa.UniqueConstraint(*names, name=f"uq_{table}_{'_'.join(names)}")


_TABLES = (
    _Table(
        "lock",
        "id:big* request:text platform:text digest:text text:text created_at:instant",
        ("unique request platform",),
    ),
    _Table(
        "matrix",
        "id:big* name:text label:text version:big created_at:instant",
        ("unique name",),
    ),
    _Table(
        "month",
        "kind:text* month:int*",
    ),
    _Table(
        "owner",
        "id:big* name:text leased:int visibility:name visible_until:instant?",
        ("unique name",),
    ),
    _Table(
        "shape",
        "id:big* digest:text document:text unmet:text",
        ("unique digest",),
    ),
    _Table(
        "variant",
        "id:big* device:text dtype:text",
        ("unique device dtype",),
    ),
    _Table(
        "cell",
        "id:big* matrix_id:big>matrix key:text site:text accelerator:text axes:text why:text "
        "visibility:name visible_until:instant?",
        ("unique matrix_id key",),
    ),
    _Table(
        "event",
        "id:big* at:instant matrix_id:big?>matrix kind:text subject:text data:text",
        (
            "index matrix_id kind id",
            "autoincrement",
        ),
    ),
    _Table(
        "lane",
        "id:big* matrix_id:big>matrix rank:int owner_id:big>owner shape_id:big>shape queued:int "
        "waiting:bool head:big",
        (
            "unique matrix_id rank owner_id shape_id",
            "index owner_id waiting rank head",
            "index shape_id",
        ),
    ),
    _Table(
        "matrix_revision",
        "id:big* matrix_id:big>matrix digest:text document:text file:text created_at:instant "
        "used_at:instant",
        ("unique matrix_id digest",),
    ),
    _Table(
        "runner",
        "id:big* name:text label:text owner_id:big>owner kind:text simulated:bool gone:bool "
        "facts:text registered_at:instant seen_at:instant visibility:name visible_until:instant?",
        ("unique name",),
    ),
    _Table(
        "stack",
        "id:big* matrix_id:big>matrix name:text label:text",
        ("unique matrix_id name",),
    ),
    _Table(
        "suite",
        "id:big* matrix_id:big>matrix name:text label:text added_at:instant",
        ("unique matrix_id name",),
    ),
    _Table(
        "case_name",
        "id:big* suite_id:big>suite name:text",
        ("unique suite_id name",),
    ),
    _Table(
        "cell_state",
        "id:big* matrix_id:big>matrix cell_id:big>cell suite_id:big>suite stack_id:big>stack "
        "parameters:text name:text shape_id:big?>shape planned:bool version:big role:name "
        "status:name? layer:name confidence:real reason:text fail:int error:int miss:int "
        "passed:int done:int skip:int expected:int history:text since:instant? "
        "reported_at:instant? stale_at:instant? job_id:big? run_id:big? queued:int running:int "
        "trend:int recent:text evidence:name runner:text",
        (
            "unique cell_id suite_id stack_id parameters",
            "index matrix_id version",
            "index stale_at",
        ),
    ),
    _Table(
        "metric_name",
        "id:big* suite_id:big>suite name:text unit:text better:text",
        ("unique suite_id name unit better",),
    ),
    _Table(
        "offer",
        "id:big* runner_id:big>runner digest:text document:text",
        ("unique runner_id digest",),
    ),
    _Table(
        "run",
        "id:big* matrix_id:big>matrix revision_id:big>matrix_revision trigger:text note:text "
        "policies:text jobs:int ended:int unoffered:int skipped:int started_at:instant "
        "ended_at:instant? cancelled:bool",
        (
            "index ended_at",
            "index matrix_id id",
        ),
    ),
    _Table(
        "stack_version",
        "id:big* stack_id:big>stack digest:text components:text",
        ("unique stack_id digest",),
    ),
    _Table(
        "suite_definition",
        "id:big* suite_id:big>suite digest:text document:text",
        ("unique suite_id digest",),
    ),
    _Table(
        "daily_count",
        "id:big* cell_state_id:big>cell_state day:text reports:int fail:int error:int miss:int "
        "passed:int done:int skip:int expected:int",
        ("unique cell_state_id day",),
    ),
    _Table(
        "fit",
        "offer_id:big*>offer shape_id:big*>shape",
    ),
    _Table(
        "subject",
        "run_id:big*>run component:text* repository:text base:text head:text",
    ),
    _Table(
        "verdict",
        "id:big* run_id:big>run cell_state_id:big>cell_state name:text shards:int open:int "
        "status:name? layer:name reason:text fail:int error:int miss:int passed:int done:int "
        "skip:int expected:int ended_at:instant?",
        (
            "unique run_id cell_state_id",
            "index cell_state_id",
        ),
    ),
    _Table(
        "job",
        "id:big* matrix_id:big>matrix run_id:big>run verdict_id:big>verdict "
        "cell_state_id:big>cell_state lane_id:big>lane suite_definition_id:big>suite_definition "
        "stack_version_id:big>stack_version lock_id:big?>lock parent_id:big?>job cause:text "
        "name:text role:name priority:int shard:int shards:int overrides:text state:name end:name "
        "status:name? layer:name reason:text repeat:text fence:int tries:int cancel:bool "
        "queued_at:instant expires_at:instant ended_at:instant?",
        (
            "index cell_state_id",
            "index lane_id state id",
            "index matrix_id id",
            "index run_id state id",
            "index state expires_at",
            "index verdict_id",
        ),
    ),
    _Table(
        "attempt",
        "id:big* job_id:big>job fence:int runner_id:big>runner state:name phase:name "
        "claimed_at:instant ended_at:instant? lost_at:instant grace_seconds:real done:int "
        "total:int note:text month:int",
        (
            "unique job_id fence",
            "index runner_id state",
            "index state lost_at",
        ),
    ),
    _Table(
        "report",
        "id:big* attempt_id:big>attempt job_id:big>job received_at:instant month:int "
        "first_case:big cases:int status:name layer:name reason:text fail:int error:int miss:int "
        "passed:int done:int skip:int expected:int prepare_seconds:real run_seconds:real "
        "cpu_seconds:real peak_memory_bytes:big exit_code:int? signal:int? last_lines:text "
        "log_bytes:big log_lost_bytes:big evidence:name contended:bool cancelled:bool repeat:text "
        "node:text digest:text",
        (
            "unique attempt_id",
            "index job_id",
        ),
    ),
    _Table(
        "case_detail",
        "report_id:big*>report number:int* case_id:big>case_name variant_id:big>variant "
        "status:int micros:big? message:text detail:text repeat:text",
    ),
    _Table(
        "device_fact",
        "report_id:big*>report number:int* name:text value:text source:text",
    ),
    _Table(
        "metric_value",
        "report_id:big*>report number:int* replicate:int* metric_id:big>metric_name case:text "
        "value:real",
    ),
    _Table(
        "observed_component",
        "report_id:big*>report name:text* version:text build:text source:text",
        ("index name version",),
    ),
)
