"""CTRF, the Common Test Report Format: JSON that many test frameworks can write."""

from __future__ import annotations

from collections.abc import Iterator

from runners.suites.results.said import (
    MESSAGE_LIMIT,
    OUTPUT_LIMIT,
    Case,
    Fact,
    Malformed,
    Said,
    named,
    tries,
)
from runners.suites.results.tree import Node, document

# Neither `pending` nor `other` is a verdict: nothing was found out.
_STATUSES = {
    "passed": "PASS",
    "failed": "FAIL",
    "skipped": "SKIP",
    "pending": "SKIP",
    "other": "ERROR",
}
_OURS = frozenset({"PASS", "FAIL", "ERROR", "MISS", "DONE", "SKIP"})
_KEPT = ("trace", "stdout", "stderr", "snippet", "filePath", "line", "tags", "labels", "extra")
_ENVIRONMENT = ("osPlatform", "osRelease", "commit", "branchName", "buildName", "testEnvironment")


def read(data: bytes) -> Iterator[Said]:
    """The cases of a report with all their tries, and what it says of its environment."""
    results = document(data).child("results")
    yield from _facts(results)
    listed = results.child("tests").items()
    yield from tries(case for test in listed for case in _test(test))


def _facts(results: Node) -> Iterator[Said]:
    if results.has("tool"):
        yield Fact("tool", results.child("tool").text("name", "unknown"))
    environment = results.child("environment") if results.has("environment") else None
    for key in _ENVIRONMENT if environment else ():
        if environment and environment.has(key):
            yield Fact(key, str(environment.child(key).value)[:MESSAGE_LIMIT])


def _test(test: Node) -> Iterator[Case]:
    """The tries of one test; the last is the one that counts."""
    id_ = named("::".join([*_suite(test), test.text("name")]))
    tried = test.child("retryAttempts").items() if test.has("retryAttempts") else []
    final = _try(test, id_)
    yield from (_try(one, id_)._replace(again=True) for one in tried)
    told = int(test.child("retries").number()) if test.has("retries") else 0
    for _ in range(min(told, 100) - len(tried)):
        yield Case(id_, "FAIL", message="tried again; the report does not say why", again=True)
    yield final


def _suite(test: Node) -> list[str]:
    """The names above a test: a list since 1.0, one text (`a > b`) before."""
    if not test.has("suite"):
        return []
    above = test.child("suite")
    if isinstance(above.value, str):
        return [above.value] if above.value else []
    if not all(isinstance(one.value, str) for one in above.items()):
        raise above.wrong("a list of texts")
    return [str(one.value) for one in above.items()]


def _try(node: Node, id_: str) -> Case:
    said = node.text("status")
    if said not in _STATUSES:
        raise Malformed(f"{node.place}.status", f"{said!r:.40} is none of {', '.join(_STATUSES)}")
    seconds = node.child("duration").number() / 1000 if node.has("duration") else None
    if seconds is not None and seconds < 0:
        raise node.child("duration").wrong("0 or more")
    if node.text("rawStatus", "") in _OURS:
        return _ours(node, id_)
    detail = {key: _cut(node.child(key).value) for key in _KEPT if node.has(key)}
    return Case(
        id_,
        _STATUSES[said],
        seconds,
        node.text("message", "")[:MESSAGE_LIMIT],
        detail,
    )


def _ours(node: Node, id_: str) -> Case:
    """A try as Coevo itself writes it, with all that the format has no word for."""
    extra = node.child("extra") if node.has("extra") else Node({}, node.place)
    detail = extra.child("detail").object() if extra.has("detail") else {}
    return Case(
        id_,
        node.text("rawStatus"),
        extra.child("seconds").number() if extra.has("seconds") else None,
        node.text("message", "")[:MESSAGE_LIMIT],
        detail,
        extra.text("device", "")[:100],
        extra.text("dtype", "")[:100],
        expected=extra.has("expected") and extra.child("expected").value is True,
    )


def _cut(value: object) -> object:
    """A value of bounded size; output comes as text, or as a list of lines."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        value = "\n".join(value)
    return value if not isinstance(value, str) else value[:OUTPUT_LIMIT]
