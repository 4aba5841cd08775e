"""The suite's conversation: each tool is run once, judged in four cases, and said as metrics."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import NamedTuple

from runners.suites import device, harness
from runners.suites.choosing import chosen
from runners.suites.pytorch_bench import hardware
from runners.suites.tiny_models import architectures, writing
from runners.suites.vllm_bench import asked, running, serving, speed
from runners.suites.vllm_bench.figures import TOLERANCE
from runners.suites.vllm_bench.running import Run
from runners.suites.vllm_serve.server import NotReady, Server

TOOLS = ("serve", "latency", "throughput")
JUDGED = ("counts", "agrees", "positive")
PRICE = "COEVO_PRICE_PER_HOUR"


class Asked(NamedTuple):
    """One case."""

    id: str


def cases() -> list[Asked]:
    """Every case, tool by tool."""
    return [Asked(f"{tool}.{what}") for tool in TOOLS for what in ("ended", *JUDGED)]


def run() -> None:
    """Carry out the tools of which a case is asked for."""
    wanted = {one.id for one in chosen(cases(), harness.suite().parameters)}
    with harness.suite(total=1 + len(wanted), resume=True) as suite:
        if not device.is_usable(suite):
            return
        idle = hardware.without(suite.device)
        with tempfile.TemporaryDirectory() as made:
            model = Path(made) / "model"
            if not idle:
                small = architectures.named("llama")
                fingerprint = writing.written(small, model, asked.VOCABULARY)
                suite.fact("model.fingerprint", fingerprint, "runners/suites/tiny_models")
            for tool in TOOLS:
                ids = [one for one in sorted(wanted) if one.startswith(f"{tool}.")]
                if any(map(suite.wants, ids)):
                    _Bench(suite, tool, [one for one in ids if suite.wants(one)], idle).judge(model)


class _Bench:
    """One tool's cases. `idle` is why there is nothing to measure, where that is so."""

    def __init__(self, suite: harness.Suite, tool: str, ids: Sequence[str], idle: str) -> None:
        self.suite, self.tool, self.ids, self.idle = suite, tool, ids, idle
        self.starts: list[float] = []

    def judge(self, model: Path) -> None:
        """Run the tool, say its cases, and its metrics where all of them passed."""
        runs: list[Run] = []
        problem = self.idle
        if not self.idle:
            with self._ended() as case:
                runs, problem = self._ran(model)
                case.note(detail=_detail(runs))
                if problem:
                    case.fail(problem)
        good = not problem
        for id_ in self.ids:
            what = id_.partition(".")[2]
            if what == "ended" and not self.idle:
                continue
            with self.suite.case(id_) as case:
                good = self._judged(case, what, runs, problem) and good
        if good:
            self._say(runs)

    def _ended(self) -> AbstractContextManager[harness.Case]:
        """The case of that name; a case that nobody hears of where it is not asked for."""
        id_ = f"{self.tool}.ended"
        return self.suite.case(id_) if id_ in self.ids else nullcontext(harness.Case())

    def _judged(self, case: harness.Case, what: str, runs: list[Run], problem: str) -> bool:
        if problem:
            case.skip(problem if self.idle else f"there is nothing to judge: {problem}")
            return False
        found = running.problems(self.tool, what, runs)
        case.note(detail={"tolerance": f"{TOLERANCE:g} relative" if what == "agrees" else "exact"})
        if found:
            case.fail("; ".join(found[:5]))
        return not found

    def _ran(self, model: Path) -> tuple[list[Run], str]:
        if self.tool != "serve":
            runs = [running.offline(self.tool, model, self.suite.device)]
        else:
            with Server(model, model.parent, self.suite.device) as server:
                try:
                    server.start()
                except NotReady as problem:
                    return [], str(problem)
                self.starts = server.starts
                runs = serving.runs(server)
        return runs, next((one.problem for one in runs if one.problem), "")

    def _say(self, runs: list[Run]) -> None:
        of_tool: dict[str, Callable[[], Iterable[speed.Measured]]] = {
            "serve": partial(speed.served, runs, price_per_hour(os.environ.get(PRICE, ""))),
            "latency": partial(speed.latency, runs[0]),
            "throughput": partial(speed.throughput, runs[0]),
        }
        for name, unit, better, values in of_tool[self.tool]():
            self.suite.metric(name, values, unit=unit, better=better, case=f"{self.tool}.ended")
        if self.starts:
            case = f"{self.tool}.ended"
            self.suite.metric("start_seconds", self.starts, unit="s", better="lower", case=case)


def price_per_hour(said: str) -> float | None:
    """The declared price in US dollars; None where there is none, or no number."""
    try:
        price = float(said)
    except ValueError:
        return None
    return price if math.isfinite(price) and price > 0 else None


def _detail(runs: Iterable[Run]) -> dict[str, object]:
    costs = [one.cost for one in runs]
    return {
        "seconds": [round(one.seconds, 2) for one in costs],
        "cpu_seconds": [round(one.cpu_seconds, 2) for one in costs],
        "others_share": [round(one.others, 3) for one in costs],
        "contended": [one.is_contended for one in costs],
    }
