"""The suite's parameters: which tests, on how many samples, for how long, and of which checkout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Optional

from runners.suites.choosing import ParameterError

_DEFAULTS = {
    "cases": "*",
    "samples": "all",
    "thorough": "no",
    "seconds": "120",
    "disabled": "",
    "source": "",
    "files": "",
}


class Asked(NamedTuple):
    """`samples` of each operator (None: every one); `seconds` are the most for one test.

    `thorough` adds second derivatives and complex numbers. `disabled` is a file as PyTorch keeps
    one of the tests that it has disabled. `files` are those of a checkout's `test`, at `source`.
    """

    cases: tuple[str, ...]
    samples: Optional[int]  # noqa: UP045 - Python 3.9 reads it
    thorough: bool
    seconds: float
    disabled: str
    source: str
    files: tuple[str, ...]


def asked(parameters: Mapping[str, str]) -> Asked:
    """What they ask for; a mistake is told with what would be right."""
    unknown = sorted(set(parameters) - set(_DEFAULTS))
    if unknown:
        there = ", ".join(f"`{name}`" for name in _DEFAULTS)
        raise ParameterError(f"unknown parameter {', '.join(unknown)}; there are {there}")
    said = {**_DEFAULTS, **{name: str(value) for name, value in parameters.items()}}
    files = tuple(said["files"].replace(",", " ").split())
    if bool(files) != bool(said["source"]):
        raise ParameterError("`files` are those of a checkout: say both `source` and `files`")
    return Asked(
        cases=tuple(said["cases"].replace(",", " ").split()),
        samples=_samples(said["samples"]),
        thorough=_is_so("thorough", said["thorough"]),
        seconds=_seconds(said["seconds"]),
        disabled=said["disabled"],
        source=said["source"],
        files=files,
    )


def _samples(text: str) -> Optional[int]:  # noqa: UP045 - Python 3.9 reads it
    if text == "all":
        return None
    if not text.isdecimal() or not int(text):
        raise ParameterError(f"samples: {text!r} is neither a number nor `all`")
    return int(text)


def _is_so(name: str, text: str) -> bool:
    if text.lower() not in {"yes", "no", "true", "false"}:
        raise ParameterError(f"{name}: {text!r} is neither `yes` nor `no`")
    return text.lower() in {"yes", "true"}


def _seconds(text: str) -> float:
    if not text.replace(".", "", 1).isdecimal() or not float(text):
        raise ParameterError(f"seconds: {text!r} is no time to run in")
    return float(text)
