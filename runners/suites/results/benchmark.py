"""PyTorch OSS benchmark v3: records of one metric each, as a list, one object, or one a line."""

from __future__ import annotations

from collections.abc import Iterator

from runners.suites.results.said import Case, Fact, Malformed, Metric, Said, named
from runners.suites.results.tree import Node, document, lines

_FACTS = ("type", "backend", "mode")


def read(data: bytes) -> Iterator[Said]:
    """A metric for each record, and a case (DONE) for each model or benchmark measured.

    Only `metric` is required. Units are not in the format: the suite declares them.
    """
    seen: dict[tuple[str, str], None] = {}
    facts: dict[str, Fact] = {}
    metrics: dict[tuple[str, str, str], Metric] = {}
    for record in _records(data):
        metric, dtype = _metric(record)
        if metric.case:
            seen[metric.case, dtype] = None
        key = (metric.name, metric.case, dtype)
        earlier = metrics[key].values if key in metrics else ()
        metrics[key] = metric._replace(values=earlier + metric.values)
        facts.update((fact.name, fact) for fact in _facts(record))
    yield from facts.values()
    yield from (Case(case, "DONE", dtype=dtype) for case, dtype in seen)
    yield from metrics.values()


def _records(data: bytes) -> list[Node]:
    """The records, whichever of the three shapes holds them."""
    try:
        root = document(data)
    except Malformed:
        if b"\n" not in data.strip():
            raise
        found = list(lines(data))
        if not all(isinstance(one.value, dict) for one in found):
            raise
        return found
    return root.items() if isinstance(root.value, list) else [root]


def _metric(record: Node) -> tuple[Metric, str]:
    """What a record measured, and in which dtype."""
    metric = record.child("metric")
    values = metric.child("benchmark_values").items()
    if not values:
        raise metric.child("benchmark_values").wrong("a list of at least one number")
    about = record.child("benchmark") if record.has("benchmark") else Node({}, record.place)
    name = _model(record) or about.text("name", "")
    dtype = about.text("dtype", "")
    numbers = tuple(value.number() for value in values)
    more = metric.child("extra_info") if metric.has("extra_info") else Node({}, metric.place)
    better = more.text("better", "")
    if better not in {"", "higher", "lower"}:
        raise more.child("better").wrong("higher or lower")
    case = more.text("case", named(name or "benchmark"))
    told = Metric(
        named(metric.text("name")),
        numbers,
        more.text("unit", "")[:100],
        better,
        case and named(case),
    )
    return told, dtype


def _model(record: Node) -> str:
    """The model's name; some writers give the name alone."""
    if not record.has("model"):
        return ""
    model = record.child("model")
    return model.value if isinstance(model.value, str) else model.text("name", "")


def _facts(record: Node) -> Iterator[Fact]:
    if record.has("dependencies"):
        dependencies = record.child("dependencies")
        for name, said in dependencies.object().items():
            one = Node(said, f"{dependencies.place}.{name}")
            version = one.text("version", "") if isinstance(said, dict) else str(said)
            yield Fact(named(f"dependency.{name}"), version[:200] or "unknown")
    if record.has("runners"):
        for one in record.child("runners").items()[:1]:
            yield from (
                Fact(f"runner.{key}", one.text(key)[:200])
                for key in ("name", "type")
                if one.has(key)
            )
    if record.has("benchmark"):
        about = record.child("benchmark")
        told = (key for key in _FACTS if isinstance(about.child(key).value, str))
        yield from (Fact(f"benchmark.{key}", about.text(key)[:200]) for key in told)
