"""The suite's conversation: every kernel measured, then told with its replicates."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median, quantiles
from typing import Optional

from runners.suites import choosing, device, harness
from runners.suites.pytorch_bench import hardware, rounds
from runners.suites.pytorch_bench.asked import Asked, asked
from runners.suites.pytorch_bench.kernels import SEED, Kernel, kernels
from runners.suites.pytorch_bench.peaks import Peak, peak
from runners.suites.pytorch_bench.rounds import Measured


def run() -> None:
    """Measure the kernels that are asked for."""
    plan = harness.suite()
    wanted = asked(plan.parameters)
    every = choosing.chosen(kernels(), {"cases": wanted.cases})
    mine = [one for one in every if plan.wants(one.id, one.dtype)]
    with harness.suite(total=plan.wants("device") + len(mine)) as suite:
        if not device.is_usable(suite):
            return
        for fact in hardware.facts():
            suite.fact(*fact)
        suite.fact("bench.seed", SEED, "runners/suites/pytorch_bench/kernels.py")
        suite.fact("bench.processes", wanted.processes, "the parameter `processes`")
        lacking = hardware.without(suite.device)
        found = _skipped(mine, lacking) if lacking else _measured(mine, suite.device, wanted)
        for kernel in mine:
            _tell(suite, kernel, found[_key(kernel)], wanted)


def _skipped(mine: list[Kernel], reason: str) -> dict[str, Measured]:
    return {_key(kernel): Measured(skip=reason) for kernel in mine}


def _measured(mine: list[Kernel], name: str, wanted: Asked) -> dict[str, Measured]:
    with tempfile.TemporaryDirectory() as folder:
        return rounds.measured([_key(one) for one in mine], name, wanted, Path(folder))


def _key(kernel: Kernel) -> str:
    return f"{kernel.id}/{kernel.dtype}"


def _tell(suite: harness.Suite, kernel: Kernel, found: Measured, wanted: Asked) -> None:
    with suite.case(kernel.id, dtype=kernel.dtype) as case:
        if found.skip:
            case.skip(found.skip)
        elif found.problem:
            case.fail(found.problem, detail=found.detail)
        else:
            values = [kernel.value(seconds) for seconds in found.seconds]
            best = peak(kernel, hardware.name(suite.device), wanted.peaks)
            case.note(detail=_detail(values, found, best), seconds=round(found.took, 6))
            suite.metric(
                kernel.metric(suite.device),
                values,
                unit=kernel.unit,
                better=kernel.better,
                case=kernel.id,
            )
    told = f"{median(found.seconds):.4g} s" if found.seconds else case.said.get("message", "")
    print(f"{kernel.id} [{kernel.dtype}] {case.status} {told}", flush=True)  # noqa: T201 - the log


def _detail(values: list[float], found: Measured, best: Optional[Peak]) -> dict[str, object]:  # noqa: UP045 - Python 3.9 reads it
    low, middle, high = quantiles(values, n=4, method="inclusive")
    told = {**found.detail, "seconds": median(found.seconds), "wall_seconds": median(found.wall)}
    told |= {"calls": found.calls, "spread": round((high - low) / middle, 4)}
    if best:
        told |= {"share_of_peak": round(middle / best.per_second, 6)}
        told |= {"peak": best.per_second, "peak_source": best.source}
    return told
