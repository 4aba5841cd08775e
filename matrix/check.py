"""Mistakes of reference: names that nobody defined, and words that are taken."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from matrix import declaration as shapes
from matrix.check_feeding import feeding
from matrix.check_models import models
from matrix.check_places import places
from matrix.check_triggers import triggers
from matrix.document import Node, Word
from matrix.library import library, resolved_suites
from matrix.model import ACCELERATOR, DEFAULT_STACK, SITE
from matrix.names import Misfit, did_you_mean, name, shown
from matrix.quantities import placeholder
from matrix.select import STACK, SUITE, Choice
from matrix.tree import child, items, key_of, keys, listed, pairs
from matrix.wording import Finding

_REQUIRED_AXES = (SITE, ACCELERATOR)
_OVERRIDES = tuple(shapes.IncludeShape.model_fields)
_RESERVED = frozenset({SUITE, STACK, "reason", *_OVERRIDES})
_SUITE_ONLY = frozenset(shapes.SuiteShape.model_fields) - set(_OVERRIDES)


@dataclass(frozen=True, slots=True)
class _Known:
    """The names that a file defines, also those whose definition is wrong.

    `values` maps each axis, `suite` and `stack` to theirs; `takes` each suite to its components.
    Axes that are `open` may have any other value as well.
    """

    values: Mapping[str, frozenset[str]]
    open: frozenset[str]
    takes: Mapping[str, tuple[str, ...]]


def references(declared: shapes.Declaration, root: Node, sound: Node) -> Iterator[Finding]:
    """What is wrong between the parts of a file.

    `root` is the whole tree; `sound` is the one that `declared` was read from: `root` without
    what was found wrong before.
    """
    suites = resolved_suites(declared)
    known = _known(declared, root, suites)
    yield from _required(root)
    for key, values in pairs(child(sound, "axes")):
        yield from _axis(key, values)
    yield from places(declared, sound, known.values, known.open)
    yield from feeding(suites, sound)
    yield from models(declared, suites, root, sound)
    parameters = {key for include in declared.include for key in include.model_extra or {}}
    yield from triggers(declared, sound, {*known.values, *parameters})
    for key, node in pairs(child(sound, "suites")):
        written = child(child(root, "suites"), str(key.value))
        yield from _suite(key, node, suites[str(key.value)], keys(written))
    for entry, exclude in zip(items(child(sound, "exclude")), declared.exclude, strict=True):
        yield from _exclude(entry, exclude, known)
    for entry, include in zip(items(child(sound, "include")), declared.include, strict=True):
        yield from _include(entry, include, known)


def _known(
    declared: shapes.Declaration, root: Node, suites: Mapping[str, shapes.SuiteShape]
) -> _Known:
    values = {str(key.value): _names(axis) for key, axis in pairs(child(root, "axes"))}
    values[SUITE] = frozenset(keys(child(root, "suites")))
    values[STACK] = frozenset(keys(child(root, "stacks")) or (DEFAULT_STACK,))
    is_open = frozenset(name for name, axis in declared.axes.items() if axis.open)
    return _Known(values, is_open, {suite: tuple(one.takes) for suite, one in suites.items()})


def _names(values: Node) -> frozenset[str]:
    return frozenset(str(word.value) for word in _words(values))


def _words(values: Node) -> Iterator[Word]:
    """The word that names each value of an axis."""
    for item in listed(values, "values"):
        word = item if isinstance(item, Word) else child(item, "name")
        if isinstance(word, Word) and word.value is not None:
            yield word


def _required(root: Node) -> Iterator[Finding]:
    for key in ("name", "axes", "suites"):
        if key not in keys(root) and not get_close_matches(key, keys(root), 1):
            yield Finding(root, f"`{key}` is missing", f"add a line `{key}: ...`", root)
    axes = child(root, "axes")
    for axis in _REQUIRED_AXES if pairs(axes) else ():
        if axis not in keys(axes):
            near = get_close_matches(axis, set(keys(axes)) - set(_REQUIRED_AXES), 1)
            at = key_of(axes, near[0]) if near else key_of(root, "axes")
            hint = f"did you mean `{axis}`?" if near else f"add `{axis}: [...]`"
            yield Finding(at, f"the axis `{axis}` is missing", hint, at)
    for key in ("axes", "suites"):
        node = child(root, key)
        if key in keys(root) and not node.broken and not pairs(node):
            at = key_of(root, key)
            yield Finding(at, f"`{key}` is empty", f"add one; docs/matrix.md has {key}", at)


def _axis(key: Word, values: Node) -> Iterator[Finding]:
    axis = shown(str(key.value))
    if key.value in _RESERVED:
        hint = "includes and excludes use the word; take another"
        yield Finding(key, f"an axis cannot be called {axis}", hint, key)
    seen: dict[str, int] = {}
    for word in _words(values):
        if str(word.value) in seen:
            problem = f"the axis {axis} has two values {shown(str(word.value))}"
            hint = f"the first stands in line {seen[str(word.value)]}; rename or remove one"
            yield Finding(word, problem, hint, word)
        seen.setdefault(str(word.value), word.line)
    yield from _defaults(str(key.value), values)


def _defaults(axis: str, values: Node) -> Iterator[Finding]:
    marked = [item for item in listed(values, "values") if _is_default(item)]
    if axis in _REQUIRED_AXES:
        for item in marked:
            hint = "every include that makes a cell names its site and accelerator"
            yield Finding(key_of(item, "default"), f"`{axis}` takes no default", hint, item)
    else:
        for item in marked[1:]:
            hint = f"line {marked[0].line} has one already"
            at = key_of(item, "default")
            yield Finding(at, f"the axis {shown(axis)} has two defaults", hint, item)


def _is_default(item: Node) -> bool:
    word = child(item, "default")
    return isinstance(word, Word) and word.value is True


def _suite(
    key: Word, node: Node, shape: shapes.SuiteShape, written: Collection[str]
) -> Iterator[Finding]:
    """`written` are all keys that it has, the wrong ones too."""
    suite = shown(str(key.value))
    programs = {each.program for each in library().suites.values() if each.program}
    if shape.program and shape.command:
        yield Finding(key, f"{suite} has a program and a command", "keep one of the two", node)
    elif not shape.program and not shape.command and not {"program", "command"} & set(written):
        hint = f"{did_you_mean(str(key.value), library().suites)} Or give it a `command`"
        yield Finding(key, f"nobody defined the suite {suite}", hint, node)
    elif shape.program and shape.program not in programs:
        hint = did_you_mean(shape.program, programs)
        at = child(node, "program")
        yield Finding(at, f"there is no program {shown(shape.program)}", hint, node)
    yield from _joined(node, shape)
    yield from _unheld(child(node, "environment"), shape.takes)
    yield from _commands(node, shape)


def _commands(node: Node, shape: shapes.SuiteShape) -> Iterator[Finding]:
    """Commands of ranks that there are not, or beside a program."""
    nodes = shape.needs.nodes
    for word, argv in pairs(child(node, "commands")):
        rank = str(word.value)
        if shape.program:
            problem = "a built-in program has no commands by rank"
            yield Finding(word, problem, "write the suite as a `command`", argv)
        elif rank.isdecimal() and int(rank) >= nodes:
            counted = "1 node has" if nodes == 1 else f"{nodes} nodes have"
            hint = f"ask for more, such as `needs: {{nodes: {int(rank) + 1}}}`, or take it off"
            problem = f"there is no rank {rank}: {counted} ranks up to {nodes - 1}"
            yield Finding(word, problem, hint, argv)


def _joined(node: Node, shape: shapes.SuiteShape) -> Iterator[Finding]:
    """What only a command can have; a built-in program speaks for itself."""
    for key in ("workdir", "results") if not shape.command else ():
        if getattr(shape, key) is not None:
            at = key_of(node, key)
            yield Finding(at, f"`{key}` belongs to a `command`", "add one, or leave it out", at)


def _unheld(environment: Node, takes: Collection[str]) -> Iterator[Finding]:
    """Requirements that name a component which the suite does not take."""
    for word in items(child(environment, "requirements")):
        component = placeholder(str(word.value)) if isinstance(word, Word) else None
        if component is not None and component not in takes:
            problem = f"the suite does not take {shown(component)} from the stack"
            yield Finding(word, problem, f"add `takes: [{component}]`", word)


def _exclude(entry: Node, shape: shapes.ExcludeShape, known: _Known) -> Iterator[Finding]:
    yield from _selectors(entry, shape.model_extra or {}, known)


def _selectors(table: Node, choices: Mapping[str, Choice], known: _Known) -> Iterator[Finding]:
    """Selectors on what is no axis, and on values that the axis does not list."""
    for key, node in pairs(table):
        chosen, values = choices.get(str(key.value)), known.values.get(str(key.value))
        if chosen is not None and values is None:
            hint = did_you_mean(str(key.value), known.values)
            yield Finding(key, f"there is no axis {shown(str(key.value))}", hint, key)
        elif chosen is not None and values is not None and key.value not in known.open:
            for value in sorted(chosen.values - values):
                yield _unlisted(node, str(key.value), value, values)


def _unlisted(at: Node, key: str, value: str, values: Collection[str]) -> Finding:
    """The word in a list where it stands in one, else the whole selector."""
    word = next((w for w in items(at) if isinstance(w, Word) and str(w.value) == value), at)
    problem = f"nobody defined the {key} {shown(value)}"
    if key not in {SUITE, STACK}:
        problem = f"the axis {shown(key)} lists no {shown(value)}"
    return Finding(word, problem, did_you_mean(value, values), word)


def _include(entry: Node, shape: shapes.IncludeShape, known: _Known) -> Iterator[Finding]:
    yield from _selectors(child(entry, "when"), shape.when, known)
    for key, node in pairs(entry):
        word = str(key.value)
        if word in {SUITE, STACK}:
            value, values = (shape.model_extra or {}).get(word), known.values[word]
            if value is not None and value not in values:
                yield _unlisted(node, word, value, values)
        elif word in known.values:
            yield from _literal(node)
        elif word not in _OVERRIDES:
            yield from _parameter(key, known)
    yield from _unheld(child(entry, "environment"), _taken(shape, known))


def _literal(node: Node) -> Iterator[Finding]:
    """A literal may join its axis, so it has to be a name."""
    try:
        name(str(node.value) if isinstance(node, Word) else "")
    except Misfit as misfit:
        yield Finding(node, misfit.problem, misfit.hint, node)


def _parameter(key: Word, known: _Known) -> Iterator[Finding]:
    """A parameter is free, unless it looks like a mistyped key or is a suite's own affair."""
    word = str(key.value)
    if near := _mistyped(word[:64], tuple(known.values)):
        yield Finding(key, f"unknown key {shown(word)}", f"did you mean `{near}`?", key)
    elif word in _SUITE_ONLY:
        hint = f"it can change {', '.join(each for each in _OVERRIDES if each != 'when')}"
        yield Finding(key, f"an include cannot change a suite's {shown(word)}", hint, key)
    else:
        yield from _literal(key)


@lru_cache(maxsize=256)
def _mistyped(word: str, axes: tuple[str, ...]) -> str:
    return next(iter(get_close_matches(word, [*axes, *_OVERRIDES][:200], 1, 0.8)), "")


def _taken(shape: shapes.IncludeShape, known: _Known) -> frozenset[str]:
    """What all the suites take that an include's environment may be used for."""
    suite = (shape.model_extra or {}).get(SUITE)
    chosen = [suite] if suite else _admitted(shape, known)
    takes = [frozenset(known.takes.get(each, ())) for each in chosen]
    return frozenset.intersection(*takes) if takes else frozenset()


def _admitted(shape: shapes.IncludeShape, known: _Known) -> list[str]:
    choice = shape.when.get(SUITE)
    return [
        suite
        for suite in known.values[SUITE]
        if choice is None or (suite in choice.values) != choice.negated
    ]
