"""What `coevo suite` prints: suites, progress, results and mistakes, as tables or JSON."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from dashboard.cli import printing
from dashboard.cli.suite_find import Known
from matrix.model import Suite
from matrix.status import BAD, WORST_FIRST, Evidence, Status
from matrix.trend import is_contended
from orchestrator.suite_check import MISTAKE, Found
from orchestrator.trying import Trial
from runners.reports.told import Told
from runners.reports.writing import written
from runners.work import CaseResult, Happening, LogChunk, MetricValue, Progress, Report

_CASES = 50


class Ear:
    """Tells a person what happens meanwhile, on standard error; ends its line behind it."""

    def __init__(self, *, is_quiet: bool = False, is_loud: bool = False) -> None:
        self._is_loud = is_loud
        self._is_shown = not is_quiet and not is_loud and sys.stderr.isatty()

    def __enter__(self) -> Ear:  # noqa: PYI034 - there is no heir
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line("")

    def hear(self, one: Happening) -> None:
        """Progress, or a piece of log."""
        if isinstance(one, LogChunk) and self._is_loud:
            sys.stderr.buffer.write(one.data)
            sys.stderr.flush()
        elif isinstance(one, Progress):
            of = f" of {one.total}" if one.total else ""
            cases = f"{one.done}{of} cases" if one.done or one.total else one.note
            self._line(f"{one.phase}  {cases}"[:100])

    def _line(self, text: str) -> None:
        if self._is_shown:
            sys.stderr.write(f"\r\033[K{text}")
            sys.stderr.flush()


def listed(suites: Sequence[Known], *, json: bool) -> None:
    """All suites that can be run by name."""
    if json:
        return printing.as_json([_document(one) for one in suites])
    rows = [
        (one.suite.name, one.suite.label, one.suite.project, _runs(one.suite), one.origin)
        for one in suites
    ]
    return printing.table(("suite", "label", "project", "reads", "from"), rows)


def shown(one: Known, *, json: bool) -> None:
    """One suite, key by key."""
    document = _document(one)
    if json:
        return printing.as_json(document)
    rows = [(key, str(value)) for key, value in document.items() if value not in ("", [], {}, None)]
    return printing.table(("key", "value"), rows)


def told_new(files: Sequence[Path], *, json: bool) -> None:
    """What was made, and how to go on."""
    if json:
        return printing.as_json([str(path) for path in files])
    screen, name = printing.console(), files[0].parent.name
    for path in files:
        screen.print(f"made {path}")
    at = f"--matrix {files[0].parent / 'matrix.yaml'}"
    return screen.print(f"next: coevo suite check {name} {at}")


def told_check(trial: Trial, report: Report, found: Sequence[Found], *, json: bool) -> None:
    """What is wrong with a suite, or that nothing is."""
    if json:
        document = {"suite": trial.suite.name, "device": trial.device, "status": report.status}
        return printing.as_json(document | {"found": [one._asdict() for one in found]})
    screen = printing.console()
    for one in found:
        screen.print(f"{one.kind}: {one.problem}\n  hint: {one.hint}")
    mistakes = sum(one.kind == MISTAKE for one in found)
    cases = f"{len(report.cases)} cases, {len(report.metrics)} metrics, the same in two runs"
    return screen.print(f"{mistakes} mistakes" if mistakes else f"{trial.suite.name}: {cases}")


def told_run(trial: Trial, report: Report, *, json: bool, kind: str) -> None:
    """The results of one run; as a report of another tool's format where `kind` names one."""
    if kind:
        sys.stdout.write(written(kind, _told(trial, report)))
    elif json:
        printing.as_json(_results(trial, report))
    else:
        _drawn(trial, report)


def _told(trial: Trial, report: Report) -> Told:
    return Told(
        job=f"{trial.suite.name}@{trial.stack.name}",
        suite=trial.suite.name,
        runner=report.node,
        device=trial.device,
        ended_at=datetime.now(UTC),
        seconds=report.usage.run_seconds,
        status=report.status,
        reason=report.reason,
        cases=report.cases,
        metrics=report.metrics,
        observed=report.observed,
    )


def _results(trial: Trial, report: Report) -> dict[str, object]:
    counts = Counter(case.status for case in report.cases)
    whole = asdict(report)
    for key in ("cases", "facts", "observed"):
        whole[key] = [one._asdict() for one in getattr(report, key)]
    whole["metrics"] = [
        {**one._asdict(), "contended": is_contended(one.values)} for one in report.metrics
    ]
    head = {"suite": trial.suite.name, "stack": trial.stack.name, "device": trial.device}
    return {**head, "counts": {status.value: counts[status] for status in WORST_FIRST}, **whole}


def _drawn(trial: Trial, report: Report) -> None:
    screen = printing.console()
    worth = [
        case
        for case in report.cases
        if case.status is not Status.PASS or case.flaky or case.expected
    ]
    ranked = sorted(worth, key=lambda case: WORST_FIRST.index(case.status))
    if ranked:
        printing.table(("status", "case", "message"), map(_row, ranked[:_CASES]))
    if len(ranked) > _CASES:
        screen.print(f"… and {len(ranked) - _CASES} more; --json has all")
    if report.metrics:
        printing.table(("case", "metric", "median"), map(_metric_row, report.metrics))
    counts = Counter(case.status for case in report.cases)
    told_counts = ", ".join(f"{counts[one]} {one}" for one in WORST_FIRST if counts[one])
    line = printing.painted_status(report.status)
    mark = " (SIMULATED)" if report.evidence is Evidence.SIMULATED else ""
    screen.print(line, f"{trial.suite.name} on {trial.device}{mark}: {told_counts or 'no case'}")
    if report.reason:
        screen.print(report.reason)
    if report.status in {Status.ERROR, Status.MISS} and report.last_lines:
        screen.print("\n".join(report.last_lines[-10:]), style="bright_black")


def _row(case: CaseResult) -> tuple[str, str, str]:
    word = "flaky" if case.flaky else case.status.value
    if case.expected:
        word = f"{word} ({'expected' if case.status in BAD else 'unexpected'})"
    return word, f"{case.id} {case.dtype}".strip(), case.message.partition("\n")[0][:200]


def _metric_row(metric: MetricValue) -> tuple[str, str, str]:
    note = ", contended: not judged" if is_contended(metric.values) else ""
    return metric.case, metric.name, f"{_middle(metric.values):.6g} {metric.unit}{note}"


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[(len(values) - 1) // 2]


def _runs(suite: Suite) -> str:
    if suite.program:
        return f"program {suite.program}"
    return suite.results.format if suite.results else "its own lines"


def _document(one: Known) -> dict[str, object]:
    suite = one.suite
    return {
        "name": suite.name,
        "label": suite.label,
        "project": suite.project,
        "origin": one.origin,
        "program": suite.program,
        "command": list(suite.command),
        "workdir": _given(suite.workdir),
        "results": _given(suite.results),
        "requirements": list(suite.environment.requirements) if suite.environment else [],
        "exclude": list(suite.environment.exclude) if suite.environment else [],
        "takes": list(suite.takes),
        "needs": {
            "devices": suite.needs.devices,
            "memory_bytes": suite.needs.memory_bytes,
            "disk_bytes": suite.needs.disk_bytes,
            "capabilities": sorted(suite.needs.capabilities),
        },
        "parameters": dict(suite.parameters),
        "env": dict(suite.env),
        "shards": suite.shards,
        "timeout_seconds": suite.timeout.total_seconds() if suite.timeout else None,
        "metrics": [asdict(metric) for metric in suite.metrics],
        "digest": suite.digest,
    }


def _given(part: object) -> dict[str, str]:
    """The keys of a part that say something."""
    if part is None:
        return {}
    return {key: value for key, value in asdict(part).items() if value}  # type: ignore[call-overload] # reason: a dataclass of texts
