"""The formats that a job's results are written in, by their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from matrix.errors import CoevoError
from matrix.names import did_you_mean, shown
from runners.reports import benchmark, ctrf, junit
from runners.reports.told import Told


class Format(NamedTuple):
    """How results are written, and what the text is called on the web."""

    write: Callable[[Told], str]
    media_type: str


FORMATS = {
    "junit": Format(junit.write, "application/xml"),
    "ctrf": Format(ctrf.write, "application/json"),
    "pytorch-benchmark-v3": Format(benchmark.write, "application/json"),
}


def checked(name: str) -> Format:
    """The format of that name; CoevoError where there is none."""
    if name not in FORMATS:
        problem = f"there is no report format {shown(name)}"
        raise CoevoError.because(problem, did_you_mean(name, FORMATS))
    return FORMATS[name]


def written(name: str, told: Told) -> str:
    """The results in that format."""
    return checked(name).write(told)
