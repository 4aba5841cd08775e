"""The suite's parameters: which kernels, how often, how long, and what the device could do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from runners.suites.choosing import ParameterError

LEAST_PROCESSES = 5
_DEFAULTS = {"cases": "*", "processes": "5", "seconds": "0.3", "peaks": ""}


class Asked(NamedTuple):
    """`seconds` is for one kernel in one process; `peaks` are per second, by dtype or `bytes`."""

    cases: str
    processes: int
    seconds: float
    peaks: Mapping[str, float]


def asked(parameters: Mapping[str, str]) -> Asked:
    """What they ask for; a mistake is told with what would be right."""
    unknown = sorted(set(parameters) - set(_DEFAULTS))
    if unknown:
        there = ", ".join(f"`{name}`" for name in _DEFAULTS)
        raise ParameterError(f"unknown parameter {', '.join(unknown)}; there are {there}")
    said = {**_DEFAULTS, **parameters}
    processes, seconds = _number("processes", said), _number("seconds", said)
    if processes != int(processes) or processes < LEAST_PROCESSES:
        raise ParameterError(
            f"processes: {said['processes']} are too few; quartiles need {LEAST_PROCESSES}"
        )
    if not seconds > 0:
        raise ParameterError(f"seconds: {said['seconds']} is no time to measure in")
    return Asked(str(said["cases"]), int(processes), seconds, _peaks(str(said["peaks"])))


def _peaks(text: str) -> Mapping[str, float]:
    """`float32=83e9,bytes=20e9` → what a device could do in a second."""
    pairs = (one.partition("=") for one in text.replace(",", " ").split())
    return {name: _number("peaks", {"peaks": value}) for name, _, value in pairs}


def _number(name: str, said: Mapping[str, str]) -> float:
    try:
        return float(said[name])
    except ValueError:
        raise ParameterError(f"{name}: {said[name]!r} is no number") from None
