"""Lively jobs: tries, cases, a report, runners, a coloured log."""

from __future__ import annotations

from datetime import timedelta

from lively_grid import COUNTS, HISTORIES, MATRIX, NOW, REASONS

from matrix.status import Evidence, Layer, Role, Status
from matrix.verdict import CellState, Counts, Recent, State
from orchestrator.views import (
    AttemptView,
    JobFilter,
    JobView,
    ReportView,
    RunnerView,
)
from runners.course import Course, Gauge
from runners.work import CaseResult, Component, Fact, MetricValue, Phase, RankReport, Usage


def attempt(fence: int = 2, *, phase: Phase = Phase.ENDED, log_bytes: int = 4096) -> AttemptView:
    """A try that failed, or one that is half through."""
    is_over = phase is Phase.ENDED
    return AttemptView(
        id=100 + fence,
        fence=fence,
        runner="here",
        node="127.0.0.1",
        phase=phase,
        claimed_at=NOW - timedelta(minutes=3),
        ended_at=NOW - timedelta(minutes=2) if is_over else None,
        status=Status.FAIL if is_over else None,
        layer=Layer.CODE if is_over else Layer.NONE,
        reason="2 of 41 cases failed" if is_over else "",
        usage=Usage(3.2, 48.5, 61.0, 812 * 2**20),
        exit_code=0 if is_over else None,
        signal=None,
        evidence=Evidence.SELF_REPORTED,
        contended=False,
        log_bytes=log_bytes,
        log_lost_bytes=0,
        last_lines=("matmul float32: FAIL", "bye") if is_over else (),
        done=41 if is_over else 17,
        total=41,
        note="",
    )


def job(number: int = 7, *, state: str = "ended", status: Status | None = Status.FAIL) -> JobView:
    """A job of the failing cell."""
    is_open = state != "ended"
    return JobView(
        id=number,
        name="cloud-a/gpu:pytorch-ops@stable",
        matrix=MATRIX.name,
        run=12,
        cell=(("site", "cloud-a"), ("accelerator", "gpu")),
        parameters=(),
        suite="pytorch-ops",
        stack="stable",
        shard=1,
        shards=1,
        role=Role.HEADLINE,
        priority=0,
        owner="lab",
        state=state,
        end="" if is_open else "reported",
        status=None if is_open else status,
        reason="" if is_open else "2 of 41 cases failed, first torch.matmul",
        waiting_for="needs a gpu; no runner has one" if state == "queued" else "",
        queued_at=NOW - timedelta(minutes=4),
        ended_at=None if is_open else NOW - timedelta(minutes=2),
        cause="",
        parent=None,
        repeat="coevo suite run pytorch-ops --device cuda --only torch.matmul",
        lock_digest="9f2c1a77d0e5" * 5,
        attempts=(
            attempt(1),
            attempt(2, phase=Phase.RUNNING if state == "running" else Phase.ENDED),
        )
        if state != "queued"
        else (),
    )


CASES = (
    CaseResult(
        "torch.matmul",
        Status.FAIL,
        0.42,
        "cuda",
        "bfloat16",
        "AssertionError: Tensor-likes are not close!\n\nMismatched elements: 3 / 4096 (0.1%)",
        '{"sample": 2, "got": 1.0078125, "wanted": 1.0, "tolerance": {"rtol": 0.0016}}',
        "python -m runners.suites.pytorch_ops --device cuda --only torch.matmul --sample 2",
    ),
    CaseResult(
        "torch.nn.functional.scaled_dot_product_attention", Status.FAIL, 1.9, "cuda", "float16"
    ),
    CaseResult("as_strided.partial_views", Status.SKIP, None, "cuda", "", "known fault"),
    CaseResult("torch.linalg.qr", Status.FAIL, 0.2, "cuda", "float32", "known", expected=True),
    *(
        CaseResult(f"torch.add.{index}", Status.PASS, 0.01, "cuda", "float32")
        for index in range(90)
    ),
)
REPORT = ReportView(
    job=7,
    counts=Counts(fail=2, passed=90, skip=1, expected=1),
    metrics=(
        MetricValue("matmul", "GFLOP/s", "higher", (61.2, 60.8, 63.0, 62.2, 58.9)),
        MetricValue("start", "s", "lower", (1.2,)),
    ),
    facts=(
        Fact("cpu", "AMD EPYC 9654 96-Core Processor", "/proc/cpuinfo"),
        Fact("memory", "unknown", "psutil"),
        Fact("driver", "580.82.07", "nvidia-smi"),
    ),
    observed=(
        Component("torch", "2.13.0", "cu130"),
        Component("numpy", "2.4.1"),
        Component("triton", "3.6.0"),
    ),
    locked=(("torch", "2.13.0"), ("triton", "3.5.0")),
    course=Course(
        tuple(float(second) for second in range(1, 61)),
        (
            Gauge("memory", "bytes", "/proc", tuple(2e9 + (n % 9) * 1e8 for n in range(60))),
            Gauge("cpu", "cores", "/proc", tuple(1.5 + (n % 7) / 10 for n in range(60))),
            Gauge("gpu0 temperature", "°C", "nvidia-smi", (None, *(50.0 + n for n in range(59)))),
            Gauge("load", "processes", "getloadavg(3), one minute", (2.0,) * 60),
        ),
    ),
)


_TORCH = (Component("torch", "2.13.0", "cu130"), Component("numpy", "2.4.1"))
RANKED = ReportView(
    job=6,
    counts=Counts(passed=4),
    metrics=(MetricValue("all_reduce", "GB/s", "higher", (41.2, 40.9, 41.6)),),
    facts=(Fact("ranks", "4", "runner"),),
    observed=_TORCH,
    locked=(("torch", "2.13.0"),),
    ranks=(
        *(
            RankReport(
                rank,
                f"gpu-node-{rank:02}.cluster.example.org (4f1{rank}c0de)",
                Status.PASS,
                Layer.NONE,
                "",
                facts=(Fact("driver", "580.82.07", "nvidia-smi"),),
                observed=_TORCH,
                usage=Usage(1.5, 92.0 + rank, 301.4, 3_400_000_000),
            )
            for rank in range(3)
        ),
        RankReport(
            3,
            "gpu-node-03.cluster.example.org (4f13c0de)",
            Status.FAIL,
            Layer.CODE,
            "It ended by SIGABRT in case all_reduce.float32.",
            observed=(Component("torch", "2.12.1", "cu130"), _TORCH[1]),
            usage=Usage(1.5, 4.0, 9.1, 900_000_000),
            signal=6,
            last_lines=("NCCL WARN Call to connect returned Connection refused", "Aborted"),
        ),
    ),
)


def cell_state(suite: str, state: State, role: Role = Role.HEADLINE) -> CellState:
    """The row of one suite in a cell."""
    status = {State.FAILING: Status.FAIL, State.INFRA: Status.MISS}.get(state, Status.PASS)
    return CellState(
        cell=(("site", "cloud-a"), ("accelerator", "gpu")),
        suite=suite,
        stack="stable",
        role=role,
        status=status,
        layer={Status.FAIL: Layer.CODE, Status.MISS: Layer.INFRA}.get(status, Layer.NONE),
        confidence=0.9,
        reason=REASONS.get(state, ""),
        counts=COUNTS.get(state, Counts(passed=12)),
        history=HISTORIES.get(state, "P" * 30),
        since=NOW - timedelta(hours=3),
        reported_at=NOW - timedelta(minutes=2),
        job=7,
        run=12,
        queued=0,
        running=0,
        unmet="",
        trend=0,
        evidence=Evidence.SELF_REPORTED,
        recent=(
            Recent("tokens_per_second", "", "higher", (1612.0, 1598.5, 1640.0), "tokens/s"),
            Recent("start", "", "lower", (1.2,), "s"),
        ),
    )


RUNNERS = (
    RunnerView(
        id=1,
        name="here",
        label="This machine",
        owner="lab",
        kind="ray",
        state="ready",
        simulated=False,
        seen_at=NOW - timedelta(seconds=4),
        offers=(
            (("site", "lab"), ("accelerator", "cpu")),
            (("site", "lab"), ("accelerator", "gpu")),
        ),
        slots=2,
        facts=REPORT.facts,
        running=(job(9, state="running"),),
        recent=(job(7), job(6, status=Status.PASS)),
    ),
    RunnerView(
        id=2,
        name="edge-box",
        label="Edge box",
        owner="edge",
        kind="process",
        state="gone",
        simulated=False,
        seen_at=NOW - timedelta(days=2),
        offers=((("site", "edge"), ("accelerator", "cpu")),),
        slots=1,
        facts=(),
        running=(),
        recent=(),
    ),
)
LOG = "".join(
    [
        "\x1b[1mcoevo\x1b[0m pytorch-ops on cuda\n",
        *(f"case torch.add.{index} \x1b[32mPASS\x1b[0m\n" for index in range(60)),
        "case torch.matmul \x1b[1;31mFAIL\x1b[0m: Tensor-likes are not close!\n",
        "\x1b[33mwarning\x1b[0m: 3 / 4096 elements differ\n",
        "a link \x1b]8;;javascript:alert(1)\x07here\x1b]8;;\x07 and \u202eright to left\n",
        "bye\n",
    ]
).encode()


def admits(wanted: JobFilter, one: JobView) -> bool:
    """The store's filter, in memory: OR inside a field, AND between fields."""
    cell = dict(one.cell)
    fields: tuple[tuple[frozenset[str], str | None], ...] = (
        (wanted.sites, cell["site"]),
        (wanted.accelerators, cell["accelerator"]),
        (wanted.suites, one.suite),
        (wanted.stacks, one.stack),
        (frozenset(wanted.statuses), one.status),
        (wanted.states, one.state),
    )
    return (
        all(not allowed or value in allowed for allowed, value in fields)
        and wanted.text in one.name
        and wanted.run in {None, one.run}
    )
