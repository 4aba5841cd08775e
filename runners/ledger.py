"""Folds what a suite said and how its processes ended into a report, by the crash rules.

MODEL.md 3 has the rules. Nothing is read or written here: an attempt tells every message with
`hear` and every end of a process with `close`, asks whether the rest is to be started again
behind a crashed case, and takes the report.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from matrix.expected import Expected
from matrix.names import canonical
from matrix.status import Evidence, Layer, Status, layer, rolled_up
from runners.ending import Exit, Way, because, how
from runners.foreseen import marked
from runners.protocol import Again, Begin, Bye, Garbage, Hello, Message
from runners.retried import Tries
from runners.wording import counted, counts, differs, sentence
from runners.work import CaseResult, Component, Fact, MetricValue, Pairs, Report

RESTARTS = 20  # crashes that one attempt starts again behind; they share its time
HANGS = 2  # hangs that one attempt starts again behind; each gets the whole time anew
HOLDS = 2_000_000  # cases, metrics and facts; a flood of them is no report


class Mark(NamedTuple):
    """What tells one case of a report from another."""

    id: str
    device: str = ""
    dtype: str = ""


class Verdict(NamedTuple):
    """What the processes' ends say of the whole attempt, beside its cases."""

    status: Status
    reason: str
    retry: bool = False
    final: bool = False  # stands above the roll-up of the cases


@dataclass(slots=True)
class Ledger:
    """What is known of an attempt so far.

    `locked` are the versions it must find itself with, `installed` is what its environment holds
    (for a suite that does not say), `device` the one that its cases ran on unless they say,
    `restarts` how many crashes it may be started again behind, `known` what is expected to fail.
    """

    locked: Pairs = ()
    device: str = ""
    simulated: bool = False
    restarts: int = RESTARTS
    known: tuple[Expected, ...] = ()
    installed: tuple[Component, ...] = ()
    cases: dict[Mark, CaseResult] = field(default_factory=dict)
    metrics: list[MetricValue] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)
    observed: tuple[Component, ...] | None = None
    total: int = 0
    crashes: int = 0
    hangs: int = 0
    _hello: Hello | None = None
    _bye: bool = False
    _open: dict[Begin, None] = field(default_factory=dict)
    _tries: Tries = field(default_factory=Tries)
    _verdict: Verdict | None = None

    @property
    def found(self) -> tuple[Component, ...]:
        """What the suite said that it found itself with, or else what is installed."""
        return self.observed or self.installed

    @property
    def has_said_bye(self) -> bool:
        """Whether the process has ended its conversation."""
        return self._bye

    def hear(self, said: Message | Garbage) -> CaseResult | None:
        """Take in a message; a case's end is handed back once, when it is new."""
        doubt = self._doubtful(said)
        if doubt:
            self._doubt(doubt)
            return None
        match said:
            case Hello():
                self._greeted(said)
            case Begin():
                self._open[said] = None
            case Again():
                self._leave(said.case)
                self._tries.add(said.case)
            case CaseResult():
                return self._ended_case(said)
            case MetricValue():
                self.metrics.append(said)
            case Fact():
                self.facts[said.name] = said
            case Bye():
                self._bye = True
        return None

    def close(self, end: Exit) -> tuple[CaseResult, ...]:
        """Take in a process's end; the cases that it ended are handed back."""
        inside = tuple(self._open)
        if self._verdict is None or end.way is Way.CANCELLED or end.trouble:
            self._verdict = self._judged(end, inside) or self._verdict
        if end.way is Way.DEADLINE:
            self.hangs += 1
        elif inside:
            self.crashes += 1
        ended = tuple(self._crashed(begin, end) for begin in inside)
        self._open.clear()
        return tuple(marked(case, self.known, self.found) for case in ended if self._kept(case))

    def starts_again(self) -> bool:
        """Whether the cases behind the last crash are to be run by a new process; asked once."""
        verdict = self._verdict
        again = (
            verdict is not None
            and verdict.status is Status.FAIL
            and not verdict.final
            and self._hello is not None
            and self._hello.resume
            and self._may_start_again(self.crashes, self.hangs)
        )
        if again:
            self._hello, self._bye, self._verdict = None, False, None
        return again

    def done(self) -> tuple[CaseResult, ...]:
        """The cases that have ended: what a new process is not to run again."""
        return tuple(self.cases.values())

    def report(self, end: Exit) -> Report:
        """The report, without what only the attempt knows (usage, log, node, evidence)."""
        verdict = self._verdict or self._mismatch() or self._incomplete()
        cases = tuple(marked(case, self.known, self.found) for case in self.cases.values())
        counted = [case.status for case in cases if counts(case)]
        status = self._status(verdict, counted)
        told_by_verdict = verdict is not None and status is verdict.status
        reason = verdict.reason if told_by_verdict and verdict else ""
        return Report(
            status=status,
            layer=Layer.NONE if end.way is Way.CANCELLED else layer(status),
            reason=sentence(status, reason, cases),
            cases=cases,
            metrics=tuple(self.metrics),
            facts=(*self.facts.values(), *self._restarts()),
            observed=self.found,
            exit_code=end.code,
            signal=end.signal,
            last_lines=end.last_lines,
            evidence=Evidence.SIMULATED if self.simulated else Evidence.SELF_REPORTED,
            cancelled=end.way is Way.CANCELLED,
            retry=status is Status.MISS and (verdict is None or verdict.retry),
        )

    def _status(self, verdict: Verdict | None, counted: list[Status]) -> Status:
        if verdict and verdict.final:
            return verdict.status
        if verdict:
            return rolled_up([verdict.status, *counted])
        if not self.cases:
            return Status.DONE
        return rolled_up(counted) if counted else Status.PASS

    def _doubtful(self, said: Message | Garbage) -> str:
        """What is wrong with a message at this point of the conversation; "" where nothing is."""
        if isinstance(said, Garbage):
            return f"It printed what does not parse ({said.problem}): {said.line}"
        if isinstance(said, Hello):
            return "It said `hello` twice" if self._hello else ""
        if self._hello is None:
            return "It spoke before its `hello`"
        if self._bye:
            return "It spoke after its `bye`"
        held = len(self.cases) + len(self.metrics) + len(self.facts) + self._tries.count
        return f"It said more than {HOLDS} things" if held >= HOLDS else ""

    def _greeted(self, said: Hello) -> None:
        self._hello = said
        self.total = max(self.total, said.total)
        self.simulated = self.simulated or said.simulated
        if said.observed is not None:
            self.observed = said.observed

    def _ended_case(self, case: CaseResult) -> CaseResult | None:
        self._leave(case)
        case = self._tries.told(case)
        if self._kept(case):
            return marked(case, self.known, self.found)
        self._doubt(f"The case {case.id} ended twice")
        return None

    def _leave(self, case: CaseResult) -> None:
        """What happens from now on does not happen inside this case."""
        for begin in [b for b in self._open if b.id == case.id and b.dtype in ("", case.dtype)]:
            del self._open[begin]

    def _kept(self, case: CaseResult) -> bool:
        mark = Mark(case.id, case.device, case.dtype)
        if mark in self.cases:
            return False
        self.cases[mark] = case
        return True

    def _doubt(self, reason: str) -> None:
        """The test is wrong; the first thing that shows it is what people read."""
        if self._verdict is None:
            self._verdict = Verdict(Status.ERROR, f"{reason}.")

    def _judged(self, end: Exit, inside: tuple[Begin, ...]) -> Verdict | None:
        """What this end says of the attempt; None where it is a clean one."""
        if end.way is Way.CANCELLED:
            return Verdict(Status.SKIP, f"Cancelled; {counted(len(self.cases))}.", final=True)
        if end.trouble:
            return Verdict(Status.MISS, end.trouble, retry=True, final=True)
        if end.way is Way.REFUSED:
            return Verdict(Status.ERROR, f"The suite could not be started: {end.refusal}.")
        happened = None if self._is_clean(end) else how(end)
        if happened and inside:
            names = ", ".join(begin.id for begin in inside[:3])
            return Verdict(Status.FAIL, f"It {happened} inside {names}{self._rest(end)}.")
        if happened:
            return Verdict(Status.ERROR, f"It {happened} {self._where(end)}{because(end)}.")
        return _never_ended(inside)

    def _where(self, end: Exit) -> str:
        if self._bye:
            return "after its `bye`"
        if end.way is Way.ENDED and end.code == 0:
            return f"without having said `{'bye' if self._hello else 'hello'}`"
        return "outside any case"

    def _is_clean(self, end: Exit) -> bool:
        return end.way is Way.ENDED and self._bye and end.signal is None

    def _rest(self, end: Exit) -> str:
        """What becomes of the cases behind a crash, where it is not that they are run."""
        if not self.restarts:
            return ""
        if self._hello is None or not self._hello.resume:
            return "; what was behind is not known, since this suite cannot resume"
        hangs = self.hangs + (end.way is Way.DEADLINE)
        if not self._may_start_again(self.crashes + 1, hangs):
            return "; it was not started again, having crashed too often"
        return ""

    def _may_start_again(self, crashes: int, hangs: int) -> bool:
        return crashes <= self.restarts and hangs <= min(HANGS, self.restarts)

    def _crashed(self, begin: Begin, end: Exit) -> CaseResult:
        """The result of a case that its process did not survive."""
        status, message = Status.FAIL, f"it {how(end)} inside this case"
        if end.way is Way.CANCELLED:
            status, message = Status.SKIP, "cancelled inside this case"
        elif end.trouble:
            status, message = Status.MISS, end.trouble
        elif self._is_clean(end):
            status, message = Status.ERROR, "it began and never ended"
        lines = "\n".join(end.last_lines[-8:])
        text = f"{message}\n{lines}" if lines else message
        device = begin.device or self.device
        ended = CaseResult(begin.id, status, None, device, begin.dtype, text)
        return self._tries.told(ended)

    def _mismatch(self) -> Verdict | None:
        """What is installed differs from the lock: nothing is known of the stack asked for."""
        found = {canonical(one.name): one for one in self.found}
        wrong = [text for name, version in self.locked if (text := differs(name, version, found))]
        if not wrong:
            return None
        text = "; ".join(wrong[:5])
        return Verdict(
            Status.MISS, f"The stack is not the one that was locked: {text}.", final=True
        )

    def _incomplete(self) -> Verdict | None:
        ended = len({mark.id for mark in self.cases})
        if len(self.cases) >= self.total:
            return None
        reason = f"It said `bye` after {ended} of the {self.total} cases that it had promised."
        return Verdict(Status.ERROR, reason)

    def _restarts(self) -> tuple[Fact, ...]:
        again = self.crashes + self.hangs
        return (Fact("attempt.crashes", str(again), "runner"),) if again else ()


def _never_ended(inside: tuple[Begin, ...]) -> Verdict | None:
    if not inside:
        return None
    names = ", ".join(begin.id for begin in inside[:3])
    return Verdict(Status.ERROR, f"It said `bye` while cases had not ended: {names}.")
