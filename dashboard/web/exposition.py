"""Prometheus's text format: families of samples as lines that a scraper reads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_HELP_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n"})


class Series(NamedTuple):
    """One number and the labels that tell it from others of its family."""

    value: float
    labels: tuple[tuple[str, str], ...] = ()


class Family(NamedTuple):
    """A metric: `kind` is "gauge" or "counter"; a counter's name ends with `_total`."""

    name: str
    kind: str
    help: str
    series: tuple[Series, ...]


def exposition(families: Iterable[Family]) -> str:
    """The families in the text exposition format, version 0.0.4; those without series are left out.

    https://prometheus.io/docs/instrumenting/exposition_formats/
    """
    return "".join(line for family in families if family.series for line in _lines(family))


def _lines(family: Family) -> Iterable[str]:
    yield f"# HELP {family.name} {family.help.translate(_HELP_ESCAPES)}\n"
    yield f"# TYPE {family.name} {family.kind}\n"
    for one in family.series:
        pairs = ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in one.labels)
        yield f"{family.name}{f'{{{pairs}}}' if pairs else ''} {one.value!r}\n"
