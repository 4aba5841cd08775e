"""What the suite is asked for: which cases, in which modes, and how long it may tune."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from runners.suites.choosing import ParameterError
from runners.suites.helion_kernels.modes import MODES, usual

EFFORTS = ("none", "quick", "full")
_KNOWN = ("cases", "modes", "effort", "budget")


class Asked(NamedTuple):
    """`modes` are whole, `named` where somebody named them; `budget` is seconds for one kernel."""

    cases: dict[str, str]
    modes: tuple[str, ...]
    named: bool
    effort: str
    budget: int


def asked(parameters: Mapping[str, str], device: str) -> Asked:
    """What the parameters say; one that means nothing is a ParameterError."""
    unknown = sorted(set(parameters) - set(_KNOWN))
    if unknown:
        there = ", ".join(f"`{name}`" for name in _KNOWN)
        raise ParameterError(f"unknown parameter {', '.join(unknown)}; there are {there}")
    named = tuple(str(parameters.get("modes", "")).replace(",", " ").split())
    for one in named:
        _one_of("modes", one, tuple(MODES))
    effort = _one_of("effort", str(parameters.get("effort", "quick")), EFFORTS)
    budget = str(parameters.get("budget", "60"))
    if not budget.isdigit() or int(budget) < 1:
        raise ParameterError(f"budget: whole seconds, at least 1, and not {budget}")
    cases = {"cases": parameters["cases"]} if "cases" in parameters else {}
    return Asked(cases, named or usual(device), bool(named), effort, int(budget))


def _one_of(name: str, said: str, known: tuple[str, ...]) -> str:
    if said not in known:
        raise ParameterError(f"{name}: {said} is none of {', '.join(known)}")
    return said
