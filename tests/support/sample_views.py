"""Views with plain values, for tests that read them; each test changes what it is about."""

from __future__ import annotations

from datetime import UTC, datetime

from matrix.status import Evidence, Layer, Role, Status
from matrix.verdict import Counts, State
from orchestrator.views import AttemptView, Face, Grid, JobView, Label, RunSummary
from runners.work import Phase, Usage

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ATTEMPT = AttemptView(
    id=5,
    fence=1,
    runner="lab-1",
    node="",
    phase=Phase.ENDED,
    claimed_at=NOON,
    ended_at=NOON,
    status=Status.PASS,
    layer=Layer.NONE,
    reason="",
    usage=Usage(run_seconds=3.0),
    exit_code=0,
    signal=None,
    evidence=Evidence.SELF_REPORTED,
    contended=False,
    log_bytes=10,
    log_lost_bytes=0,
    last_lines=(),
    done=1,
    total=1,
    note="",
)
JOB = JobView(
    id=1,
    name="lab/cpu:smoke@stable",
    matrix="slide",
    run=7,
    cell=(("site", "lab"), ("accelerator", "cpu")),
    parameters=(),
    suite="smoke",
    stack="stable",
    shard=1,
    shards=1,
    role=Role.HEADLINE,
    priority=0,
    owner="local",
    state="ended",
    end="reported",
    status=Status.PASS,
    reason="",
    waiting_for="",
    queued_at=NOON,
    ended_at=NOON,
    cause="",
    parent=None,
    repeat="",
    lock_digest="",
    attempts=(ATTEMPT,),
)
RUN = RunSummary(
    id=7,
    matrix="slide",
    trigger="request",
    state="running",
    started_at=NOON,
    ended_at=None,
    jobs=20,
    offered=4,
    ended=1,
    counts=Counts(passed=1),
    note="",
)
FACE = Face(
    site=Label("lab", "Lab"),
    accelerator=Label("cpu", "CPU"),
    state=State.PASSING,
    reason="",
    counts=Counts(passed=3, skip=1),
    watched_bad=0,
    done=2,
    planned=2,
    since=NOON,
    age_from=NOON,
    runner="lab-1",
    simulated=False,
    history="PPP",
)
GRID = Grid(
    matrix=Label("slide", "Hardware matrix"),
    version=3,
    sites=(Label("lab", "Lab"),),
    accelerators=(Label("cpu", "CPU"),),
    faces=(FACE,),
    changes=(),
    run=RUN,
    simulated=False,
)
