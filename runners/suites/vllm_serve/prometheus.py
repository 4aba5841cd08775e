"""Metrics in Prometheus' text format, read strictly (Prometheus, "Exposition formats", 0.0.4)."""

from __future__ import annotations

import re
from typing import NamedTuple

_SAMPLE = re.compile(
    r"(?P<name>[A-Za-z_:][A-Za-z0-9_:]*)(?:\{(?P<labels>.*)\})?\s+(?P<value>\S+)(?:\s+-?\d+)?"
)
_LABEL = re.compile(r'([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
_COMMENT = re.compile(r"# (HELP|TYPE) ([A-Za-z_:][A-Za-z0-9_:]*) (.+)")
_SUFFIXES = ("_bucket", "_sum", "_count", "_total", "_created", "")

Labels = tuple[tuple[str, str], ...]


class Metrics(NamedTuple):
    """Samples by name and labels, the kind of each metric, and what is wrong with the text."""

    samples: dict[tuple[str, Labels], float]
    kinds: dict[str, str]
    problems: tuple[str, ...]

    def total(self, name: str) -> float:
        """The sum over all labels; 0 where there is none."""
        return sum(value for (one, _), value in self.samples.items() if one == name)


def parsed(text: str) -> Metrics:
    """All samples of a text; lines that are none are problems."""
    samples: dict[tuple[str, Labels], float] = {}
    kinds: dict[str, str] = {}
    problems: list[str] = []
    for line in text.splitlines():
        if line.startswith("#"):
            found = _COMMENT.fullmatch(line)
            if found and found[1] == "TYPE":
                kinds[found[2]] = found[3]
        elif line.strip():
            _take(line, samples, problems)
    problems += [f"{name} has no TYPE" for name in _untyped(samples, kinds)]
    return Metrics(samples, kinds, (*problems, *_uneven(samples, kinds)))


def _take(line: str, samples: dict[tuple[str, Labels], float], problems: list[str]) -> None:
    found = _SAMPLE.fullmatch(line)
    labels = _labels(found["labels"] or "") if found else None
    value = _number(found["value"]) if found else None
    if found is None or labels is None or value is None:
        problems.append(f"no sample: {line[:200]}")
        return
    key = (found["name"], labels)
    if key in samples:
        problems.append(f"said twice: {line[:200]}")
    samples[key] = value


def _labels(text: str) -> Labels | None:
    """The labels in order of their names; None where the text is none."""
    found = _LABEL.findall(text)
    length = sum(len(match[0]) for match in _LABEL.finditer(text))
    return tuple(sorted(found)) if length == len(text) else None


def _number(text: str) -> float | None:
    try:
        return float(text)  # it knows +Inf and NaN, too
    except ValueError:
        return None


def _untyped(samples: dict[tuple[str, Labels], float], kinds: dict[str, str]) -> list[str]:
    names = {name for name, _ in samples}
    return sorted(name for name in names if not any(_stem(name, end) in kinds for end in _SUFFIXES))


def _stem(name: str, suffix: str) -> str:
    return name[: len(name) - len(suffix)] if suffix and name.endswith(suffix) else name


def _uneven(samples: dict[tuple[str, Labels], float], kinds: dict[str, str]) -> list[str]:
    """Histograms whose buckets do not grow up to the count."""
    problems = []
    for (name, labels), count in samples.items():
        stem = name[: -len("_count")]
        if not name.endswith("_count") or kinds.get(stem) != "histogram":
            continue
        buckets = sorted(
            (float(dict(of)["le"]), value)
            for (one, of), value in samples.items()
            if one == f"{stem}_bucket" and _without(of, "le") == labels
        )
        values = [value for _, value in buckets]
        if not values or values != sorted(values) or values[-1] != count:
            problems.append(f"the buckets of {stem} do not grow to its count")
    return problems


def _without(labels: Labels, name: str) -> Labels:
    return tuple(one for one in labels if one[0] != name)
