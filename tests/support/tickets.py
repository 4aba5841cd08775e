"""Tickets for tests: a shell script or a built-in program, with everything else at rest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from runners.work import Key, Ticket

HELLO = """echo '{"type":"hello","suite":"s","protocol":1}'\n"""
RESUMING = """echo '{"type":"hello","suite":"s","protocol":1,"resume":true}'\n"""
BYE = """echo '{"type":"bye"}'\n"""
_PLAIN = Ticket(
    key=Key(1, 1),
    name="lab/cpu:s@stable",
    matrix="m",
    suite="s",
    stack="stable",
    cell=(("site", "lab"), ("accelerator", "cpu")),
    parameters=(),
    device="cpu",
    devices=0,
    shard=1,
    shards=1,
    program=None,
    command=("true",),
    env=(),
    lock=None,
    expected=(),
    timeout_seconds=30.0,
    prepare_timeout_seconds=60.0,
    memory_bytes=0,
    log_limit_bytes=1 << 20,
)


def ticket(script: str = HELLO + BYE, job: int = 1, **changes: Any) -> Ticket:
    """A ticket whose suite is a script of the shell."""
    return replace(_PLAIN, key=Key(job, 1), command=("sh", "-c", script), **changes)


def begin(case: str) -> str:
    """A line of script that says that a case begins."""
    return f"""echo '{{"type":"case","id":"{case}","begin":true}}'\n"""


def end(case: str, status: str = "PASS") -> str:
    """A line of script that says how a case ended."""
    return f"""echo '{{"type":"case","id":"{case}","status":"{status}"}}'\n"""
