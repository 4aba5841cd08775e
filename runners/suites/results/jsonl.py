"""JSON lines in a file: the `case`, `metric` and `fact` lines of Coevo's own protocol."""

from __future__ import annotations

from collections.abc import Iterator

from runners.suites.results.said import (
    MESSAGE_LIMIT,
    Case,
    Fact,
    Malformed,
    Metric,
    Said,
    named,
    tries,
)
from runners.suites.results.tree import Node, lines

STATUSES = ("PASS", "FAIL", "ERROR", "MISS", "DONE", "SKIP")
_CASE = ("type", "id", "status", "seconds", "message", "detail", "device", "dtype")
_FLAGS = ("expected", "again")
_METRIC = ("type", "name", "unit", "better", "value", "values", "case")
_QUIET = ("hello", "bye")


def read(data: bytes) -> Iterator[Said]:
    """What the lines say; `hello`, `bye` and beginnings of cases may stand there and say nothing.

    Cases before a mistake are handed over first; then comes Malformed with its line.
    """
    others: list[Said] = []
    yield from tries(_cases(lines(data), others))
    yield from others


def _cases(nodes: Iterator[Node], others: list[Said]) -> Iterator[Case]:
    for node in nodes:
        said = line(node)
        if isinstance(said, Case):
            yield said
        elif said is not None:
            others.append(said)


def line(node: Node) -> Said | None:
    """What one line says; None for one that says nothing."""
    kind = node.text("type")
    if kind in _QUIET or (kind == "case" and node.child("begin").value is True):
        return None
    if kind == "case":
        return _case(node)
    if kind == "metric":
        return _metric(node)
    if kind == "fact":
        return Fact(named(node.text("name")), node.text("value")[:MESSAGE_LIMIT])
    raise Malformed(node.place, f"`type` is {kind!r:.40}, not case, metric or fact")


def _case(node: Node) -> Case:
    _known(node, (*_CASE, *_FLAGS))
    status = node.text("status")
    if status not in STATUSES:
        raise Malformed(f"{node.place}.status", f"{status!r:.40} is none of {', '.join(STATUSES)}")
    seconds = node.child("seconds").number() if node.has("seconds") else None
    if seconds is not None and seconds < 0:
        raise node.child("seconds").wrong("0 or more")
    detail = node.child("detail").value if node.has("detail") else {}
    flags = {key: node.child(key).value for key in _FLAGS if node.has(key)}
    if not all(isinstance(flag, bool) for flag in flags.values()):
        raise Malformed(node.place, f"{' and '.join(flags)} must be true or false")
    return Case(
        named(node.text("id")),
        status,
        seconds,
        node.text("message", "")[:MESSAGE_LIMIT],
        detail if isinstance(detail, dict) else {"detail": detail},
        node.text("device", "")[:100],
        node.text("dtype", "")[:100],
        expected=flags.get("expected") is True,
        again=flags.get("again") is True,
    )


def _metric(node: Node) -> Metric:
    _known(node, _METRIC)
    values = node.child("values").items() if node.has("values") else [node.child("value")]
    if not values:
        raise node.child("values").wrong("a list of at least one number")
    better = node.text("better", "")
    if better not in {"", "higher", "lower"}:
        raise node.child("better").wrong("higher or lower")
    numbers = tuple(value.number() for value in values)
    unit, case = node.text("unit", "")[:100], node.text("case", "")
    return Metric(named(node.text("name")), numbers, unit, better, named(case) if case else "")


def _known(node: Node, keys: tuple[str, ...]) -> None:
    strange = [key for key in node.object() if key not in keys]
    if strange:
        raise Malformed(node.place, f"unknown key {strange[0]!r:.60}")
