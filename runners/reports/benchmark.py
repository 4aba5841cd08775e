"""A job's metrics as PyTorch OSS benchmark records, version 3."""

from __future__ import annotations

import json

from matrix.trend import is_contended
from runners.reports.told import Told
from runners.work import MetricValue


def write(told: Told) -> str:
    """A list with a record for each metric; the components that were observed are dependencies."""
    return json.dumps([_record(told, metric) for metric in told.metrics], indent=2) + "\n"


def _record(told: Told, metric: MetricValue) -> dict[str, object]:
    return {
        "benchmark": {"name": told.suite, "extra_info": {"job": told.job, "device": told.device}},
        **({"model": {"name": metric.case}} if metric.case else {}),
        "metric": {
            "name": metric.name,
            "benchmark_values": list(metric.values),
            "extra_info": {
                "unit": metric.unit,
                "better": metric.better,
                "case": metric.case,
                "contended": is_contended(metric.values),
            },
        },
        "runners": [{"name": told.runner, "type": told.device}],
        "dependencies": {
            one.name: {"version": one.version, "extra_info": {"build": one.build}}
            for one in told.observed
        },
    }
