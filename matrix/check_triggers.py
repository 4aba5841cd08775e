"""Mistakes of triggers: components no stack has, repositories nobody names, wrong selectors."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from matrix import declaration as shapes
from matrix.build_triggers import origin_of
from matrix.document import Node
from matrix.errors import CoevoError
from matrix.library import resolved_stacks
from matrix.names import did_you_mean, shown
from matrix.select import parse_selector
from matrix.tree import child, key_of, pairs
from matrix.triggering import TriggerShape
from matrix.wording import Finding


def triggers(declared: shapes.Declaration, sound: Node, axes: Collection[str]) -> Iterator[Finding]:
    """What is wrong with triggers; `axes` are all names that a selector may have."""
    stacks = resolved_stacks(declared)
    taken = {one for suite in declared.suites.values() for one in suite.takes}
    on_stacks = {one for stack in stacks.values() for one in stack.model_extra or {}}
    have = on_stacks | taken
    for key, node in pairs(child(sound, "triggers")):
        shape = declared.triggers[str(key.value)]
        yield from _selector(shape.select, child(node, "select"), axes)
        yield from _selector(shape.when, child(node, "when"), axes)
        yield from _at(node, on_stacks)
        if shape.component:
            origin = shape.repository or origin_of(shape.component, stacks)
            yield from _component(shape, node, have, origin=origin)


def _selector(text: str, at: Node, axes: Collection[str]) -> Iterator[Finding]:
    try:
        parse_selector(text, axes)
    except CoevoError as error:
        (mistake,) = error.mistakes
        yield Finding(at, mistake.problem, mistake.hint, at)


def _at(node: Node, have: Collection[str]) -> Iterator[Finding]:
    """Of what a time table runs at, components that no stack has."""
    for key, _ in pairs(child(node, "at")):
        component = str(key.value)
        if component not in have:
            problem = f"no stack has the component {shown(component)}"
            yield Finding(key, problem, did_you_mean(component, have), key)


def _component(
    shape: TriggerShape, node: Node, have: Collection[str], *, origin: str
) -> Iterator[Finding]:
    at = child(node, shape.kind)
    if shape.component not in have:
        problem = f"no stack has the component {shown(shape.component)}"
        yield Finding(at, problem, did_you_mean(shape.component, have), at)
    elif not origin:
        named = shown(shape.component)
        problem = f"no stack takes {named} from a repository that could be looked at"
        at = key_of(node, shape.kind)
        yield Finding(at, problem, "add `repository: https://HOST/PATH`", at)
