"""What a report may say of a simulated device: it is marked, and without speed or memory."""

from __future__ import annotations

from dataclasses import replace

from matrix.status import Evidence
from runners.simulated_devices import is_of_hardware, is_simulated
from runners.work import Fact, Report


def honest(report: Report, device: str) -> Report:
    """The report of a suite on this torch device, whatever the suite itself has said of it.

    A fact names the figures that are gone.
    """
    if not is_simulated(device):
        return report
    names = sorted({one.name for one in report.metrics if is_of_hardware(one.unit)})
    source = f"{device} is simulated: it has no speed or memory"
    fact = (Fact("metrics.withheld", ", ".join(names), source),) if names else ()
    return replace(
        report,
        evidence=Evidence.SIMULATED,
        metrics=tuple(one for one in report.metrics if not is_of_hardware(one.unit)),
        facts=(*report.facts, *fact),
    )
