"""Selectors: conditions on axes, suite and stack, as files and command lines write them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from matrix.errors import CoevoError
from matrix.model import Condition, Matrix
from matrix.names import Misfit, did_you_mean, name, shown

SUITE = "suite"
STACK = "stack"
_CHOICE = re.compile(r"(?P<many>!?in)\s*\((?P<values>[^()]*)\)|(?P<not>!)?\s*(?P<one>[^!()\s,]+)")
_TERM = re.compile(
    r"\s*(?P<key>[^=!,()\s]+)(?:\s*(?P<sign>!?=)\s*|\s+(?=!?in\s*\())"
    r"(?P<choice>!?in\s*\([^()]*\)|[^,]*)"
)


class Choice(NamedTuple):
    """The right side of a selector: these values or, `negated`, all others."""

    values: frozenset[str]
    negated: bool


def choice(text: str) -> Choice:
    """The choice that `v`, `!v`, `in(a, b)` or `!in(a, b)` writes; `Misfit` for all else."""
    found = _CHOICE.fullmatch(text.strip())
    if not found:
        hint = "write a value, !value, in(a, b) or !in(a, b)"
        raise Misfit(f"{shown(text)} is no selector", hint)
    if found["many"]:
        words = [word.strip() for word in found["values"].split(",")]
        return Choice(frozenset(map(name, words)), found["many"].startswith("!"))
    return Choice(frozenset({name(found["one"])}), bool(found["not"]))


def parse_selector(text: str, known: Collection[str] | None = None) -> tuple[Condition, ...]:
    """The conditions of `site=lab,accelerator!=tpu,suite=in(a,b)`; all of them have to hold.

    `suite in (a, b)` says the same as `suite=in(a,b)`.

    Where `known` names the axes, another key is a mistake with a hint; so is what does not parse.
    """
    conditions: list[Condition] = []
    at = 0
    while text.strip():
        found = _TERM.match(text, at)
        end = found.end() if found else at
        if not found or (end < len(text) and text[end] != ","):
            hint = "write site=lab,accelerator!=tpu,suite=in(smoke,probe)"
            raise CoevoError.because(f"the selector {shown(text)} breaks off at {end + 1}", hint)
        conditions.append(_condition(found, known))
        if end == len(text):
            break
        at = end + 1
    return tuple(conditions)


def axes_of(matrix: Matrix) -> tuple[str, ...]:
    """What a selector on this matrix may name: also the parameters that includes add."""
    parameters = {name for include in matrix.includes for name, _ in include.parameters}
    return (*(axis.name for axis in matrix.axes), *sorted(parameters), SUITE, STACK)


def selects(conditions: Iterable[Condition], point: Mapping[str, str]) -> bool:
    """Whether all conditions hold at a point: axis, `suite` and `stack` → value."""
    return all(condition.admits(point.get(condition.key)) for condition in conditions)


def _condition(found: re.Match[str], known: Collection[str] | None) -> Condition:
    key = found["key"]
    if known is not None and key not in known:
        raise CoevoError.because(f"there is no axis {shown(key)}", did_you_mean(key, known))
    try:
        values, negated = choice(found["choice"])
    except Misfit as misfit:
        raise CoevoError.because(f"{misfit.problem}, as it stands at {key}", misfit.hint) from None
    return Condition(key, values, negated != (found["sign"] == "!="))
