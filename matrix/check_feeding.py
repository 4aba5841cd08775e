"""Mistakes of jobs that feed jobs: suites that nobody defined, kinds they do not make, circles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from matrix import declaration as shapes
from matrix.document import Node, Word
from matrix.feeding import circle
from matrix.names import did_you_mean, shown
from matrix.tree import child, key_of, pairs
from matrix.wording import Finding

Suites = Mapping[str, shapes.SuiteShape]


def feeding(suites: Suites, sound: Node) -> Iterator[Finding]:
    """What is wrong between suites that use what others produce; `suites` are the resolved ones."""
    table = child(sound, "suites")
    for key, node in pairs(table):
        yield from _uses(node, suites[str(key.value)], suites)
        yield from _lacks(key, node, suites)
        yield from _produces(node, suites[str(key.value)])
    waiting = {
        name: [one for one in shape.uses.values() if one in suites]
        for name, shape in suites.items()
    }
    if found := circle(waiting):
        at = key_of(table, found[0])
        told = " ← ".join(found)
        yield Finding(at, f"these suites wait for each other: {told}", "take one `uses` out", at)


def _uses(node: Node, shape: shapes.SuiteShape, suites: Suites) -> Iterator[Finding]:
    for word, named in pairs(child(node, "uses")):
        kind = str(word.value)
        name = shape.uses.get(kind)
        producer = suites.get(name) if name else None
        if name and producer is None:
            hint = did_you_mean(name, suites)
            yield Finding(named, f"nobody defined the suite {shown(name)}", hint, named)
        elif name and producer and kind not in producer.produces:
            made = ", ".join(producer.produces)
            hint = f"it produces {made}" if made else f"give it `produces: {{{kind}: PATTERN}}`"
            yield Finding(word, f"the suite {shown(name)} produces no {shown(kind)}", hint, named)


def _lacks(key: Word, node: Node, suites: Suites) -> Iterator[Finding]:
    """What a suite uses by its own declaration, built in or installed, and not by this file."""
    user, said = str(key.value), {str(word.value) for word, _ in pairs(child(node, "uses"))}
    for kind, name in suites[user].uses.items():
        if kind not in said and name not in suites:
            problem = f"{shown(user)} uses the {kind} of {shown(name)}, which is not here"
            yield Finding(key, problem, f"add `{name}: {{}}` to `suites`", key)
            return


def _produces(node: Node, shape: shapes.SuiteShape) -> Iterator[Finding]:
    if shape.produces and shape.shards > 1:
        at = key_of(node, "produces")
        hint = "leave `shards` out: one job makes what all that use it get"
        yield Finding(at, "a suite that produces something has one shard", hint, at)
