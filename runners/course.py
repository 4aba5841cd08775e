"""What was measured along an attempt: quantities of its processes and of the machine, over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Gauge(NamedTuple):
    """A quantity over time: its name, unit, where it was read, and a value for each moment.

    None where it could not be read.
    """

    name: str
    unit: str
    source: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """Moments, in seconds since the suite was started, and what was read at each."""

    seconds: tuple[float, ...] = ()
    gauges: tuple[Gauge, ...] = ()


NOTHING = Course()
