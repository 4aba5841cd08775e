"""A checked declaration → the matrix it means, and the digests that name its revisions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TypeVar, cast

from matrix import budgeting, expecting, joining
from matrix import declaration as shapes
from matrix.build_triggers import trigger
from matrix.document import Node
from matrix.feeding import order
from matrix.library import resolved_stacks, resolved_suites
from matrix.model import (
    Axis,
    Condition,
    Environment,
    Exclude,
    Include,
    Matrix,
    Metric,
    Needs,
    Overrides,
    Stack,
    Suite,
    Value,
)
from matrix.policies import Keep, Policies
from matrix.quantities import duration, size
from matrix.select import STACK, SUITE, Choice
from matrix.status import Role
from matrix.tree import child, items, key_of, listed

Pairs = tuple[tuple[str, str], ...]
_WHERE_AND_WHEN = {"label", "project", "role", "place", "optional", "paths"}
S = TypeVar("S")


def built(declared: shapes.Declaration, root: Node, file: str) -> Matrix:
    """The matrix of a declaration; `root` tells the lines of its parts."""
    suites, stacks = resolved_suites(declared), resolved_stacks(declared)
    digests = _digests(suites)

    def lines(section: str, name: str) -> int:
        return key_of(child(root, section), name).line

    includes = tuple(
        _include(shape, declared.axes, node.line)
        for node, shape in _each(root, "include", declared.include)
    )
    return Matrix(
        name=declared.name,
        label=declared.label or declared.name,
        axes=tuple(
            _axis(name, shape, child(child(root, "axes"), name), includes)
            for name, shape in declared.axes.items()
        ),
        suites=tuple(
            _suite(name, shape, digests[name], lines("suites", name))
            for name, shape in suites.items()
        ),
        stacks=tuple(_stack(name, shape, lines("stacks", name)) for name, shape in stacks.items()),
        excludes=tuple(
            Exclude(_conditions(shape.model_extra), node.line, shape.reason or "")
            for node, shape in _each(root, "exclude", declared.exclude)
        ),
        includes=includes,
        policies=_policies(
            declared.policies,
            0 if key_of(root, "policies") is root else key_of(root, "policies").line,
        ),
        keep=_keep(declared.keep),
        file=file,
        digest=_digest(_normal(declared, suites, stacks)),
        triggers=tuple(
            trigger(name, shape, stacks, lines("triggers", name))
            for name, shape in declared.triggers.items()
        ),
    )


def _each(root: Node, section: str, parts: Iterable[S]) -> Iterable[tuple[Node, S]]:
    """The items of a list, each with its node."""
    return zip(items(child(root, section)), parts, strict=True)


def _axis(name: str, shape: shapes.AxisShape, at: Node, includes: Iterable[Include]) -> Axis:
    values: dict[str, Value] = {}
    default = None
    for node, value in zip(listed(at, "values"), shape.values, strict=True):
        values[value.name] = Value(value.name, value.label or value.name, line=node.line)
        default = value.name if value.default else default
    for include in includes:
        joining = dict(include.literals).get(name)
        if joining is not None and joining not in values:
            values[joining] = Value(joining, joining, joined=True, line=include.line)
    return Axis(name, tuple(values.values()), name.capitalize(), default, shape.open)


def _suite(name: str, shape: shapes.SuiteShape, digest: str, line: int) -> Suite:
    return Suite(
        name=name,
        label=shape.label or name,
        project=shape.project or "",
        program=shape.program,
        command=tuple(shape.command or ()),
        env=_pairs(shape.env),
        environment=_environment(shape.environment),
        takes=tuple(sorted(set(shape.takes))),
        needs=_needs(shape.needs),
        parameters=_pairs(shape.parameters),
        shards=shape.shards,
        timeout=duration(shape.timeout) if shape.timeout else None,
        role=Role(shape.role) if shape.role else None,
        metrics=tuple(Metric(n, each.unit, each.better) for n, each in shape.metrics.items()),
        digest=digest,
        line=line,
        place=_place(shape.place),
        commands=_commands(shape),
        workdir=joining.workdir(shape.workdir),
        results=joining.results(shape.results),
        produces=_pairs(shape.produces),
        uses=_pairs(shape.uses),
        optional=shape.optional,
        paths=tuple(shape.paths),
        expected=expecting.expected(shape.expected),
    )


def _commands(shape: shapes.SuiteShape) -> tuple[tuple[int, tuple[str, ...]], ...]:
    return tuple(sorted((int(rank), tuple(argv)) for rank, argv in shape.commands.items()))


def _needs(shape: shapes.NeedsShape) -> Needs:
    capabilities = frozenset(shape.capabilities)
    return Needs(shape.devices, size(shape.memory), size(shape.disk), capabilities, shape.nodes)


def _stack(name: str, shape: shapes.StackShape, line: int) -> Stack:
    return Stack(name, shape.label or name, _pairs(shape.model_extra or {}), line)


def _include(shape: shapes.IncludeShape, axes: Mapping[str, object], line: int) -> Include:
    given: dict[str, str] = shape.model_extra or {}
    literal = {key for key in given if key in axes or key in {SUITE, STACK}}
    overrides = Overrides(
        timeout=duration(shape.timeout) if shape.timeout else None,
        environment=_environment(shape.environment),
        shards=shape.shards,
        env=_pairs(shape.env),
        role=Role(shape.role) if shape.role else None,
        priority=shape.priority,
        needs=_needs(shape.needs) if shape.needs else None,
        parameters=_pairs(shape.parameters),
        paths=None if shape.paths is None else tuple(shape.paths),
        optional=shape.optional,
    )
    return Include(
        literals=_pairs({key: given[key] for key in literal}),
        when=_conditions(shape.when),
        parameters=_pairs({key: given[key] for key in given.keys() - literal}),
        overrides=overrides,
        line=line,
    )


def _conditions(choices: Mapping[str, Choice] | None) -> tuple[Condition, ...]:
    return tuple(Condition(key, *chosen) for key, chosen in sorted((choices or {}).items()))


def _keep(shape: shapes.KeepShape) -> Keep:
    kept = (shape.logs, shape.passing_cases, shape.artifacts)
    return Keep(*(duration(text) for text in kept))


def _policies(shape: shapes.PoliciesShape, line: int) -> Policies:
    return Policies(
        timeout=duration(shape.timeout),
        prepare_timeout=duration(shape.prepare_timeout),
        infrastructure_attempts=shape.infrastructure_attempts,
        freshness=duration(shape.freshness),
        max_queue=duration(shape.max_queue),
        priority=shape.priority,
        log_limit_bytes=size(shape.log_limit),
        supersede=shape.supersede,
        artifact_limit_bytes=size(shape.artifact_limit),
        budget=budgeting.budget(shape.budget),
        line=line,
    )


def _environment(shape: shapes.EnvironmentShape | None) -> Environment | None:
    if shape is None:
        return None
    return Environment(tuple(shape.requirements), shape.image or "", tuple(shape.exclude))


def _place(given: Mapping[str, tuple[str, ...]]) -> Pairs:
    """A pair for each value."""
    return tuple(sorted((axis, value) for axis, values in given.items() for value in values))


def _pairs(mapping: Mapping[str, str]) -> Pairs:
    return tuple(sorted(mapping.items()))


def _normal(
    declared: shapes.Declaration,
    suites: Mapping[str, shapes.SuiteShape],
    stacks: Mapping[str, shapes.StackShape],
) -> object:
    """All that has a meaning: the order of keys only for axes (ids) and stacks (the first)."""
    data = _json(declared)
    return {
        **data,
        "axes": list(data["axes"].items()),
        "suites": {name: _json(shape) for name, shape in suites.items()},
        "stacks": [[name, _json(shape)] for name, shape in stacks.items()],
    }


def _digests(suites: Mapping[str, shapes.SuiteShape]) -> dict[str, str]:
    """Of each suite; that of one that uses others covers theirs, since it runs what they make."""
    found: dict[str, str] = {}
    for name in order({name: shape.uses.values() for name, shape in suites.items()}):
        normal = _normal_suite(suites[name])
        made = {kind: found[producer] for kind, producer in suites[name].uses.items()}
        found[name] = _digest([normal, made] if made else normal)
    return found


def _normal_suite(shape: shapes.SuiteShape) -> object:
    """What changes what is run; names for people, where it runs and policy stay out."""
    return shape.model_dump(exclude=_WHERE_AND_WHEN)


def _json(shape: shapes.Shape) -> dict[str, dict[str, object]]:
    return cast("dict[str, dict[str, object]]", shape.model_dump())


def _digest(normal: object) -> str:
    text = json.dumps(normal, sort_keys=True, separators=(",", ":"), default=_sorted)
    return hashlib.sha256(text.encode()).hexdigest()


def _sorted(value: object) -> list[str]:
    assert isinstance(value, frozenset)
    return sorted(value)
