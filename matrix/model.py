"""The declaration as values: what `load` returns and everything else reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, TypeVar

from matrix.expected import Expected
from matrix.policies import Keep, Policies
from matrix.status import Role
from matrix.trigger import TriggerRule


class _Named(Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)

SITE = "site"
ACCELERATOR = "accelerator"
DEFAULT_STACK = "stable"
# What becomes of a job in an expansion.
PLANNED, EXCLUDED, SKIPPED = "planned", "excluded", "skipped"


@dataclass(frozen=True, slots=True)
class Value:
    """One value of an axis: the name that identifies it, the label that people read.

    A `joined` value is not listed by the axis: an include's literal brought it along.
    """

    name: str
    label: str
    joined: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class Axis:
    """A named list of values; `default` is what older cells, and bare includes, take on it.

    An `open` one admits values that nobody listed: their cells lie on the playground.
    """

    name: str
    values: tuple[Value, ...]
    label: str
    default: str | None = None
    open: bool = False


@dataclass(frozen=True, slots=True)
class Metric:
    """What a suite measures: its unit and which direction is better ("higher" or "lower")."""

    name: str
    unit: str
    better: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What a job asks of a runner. Bytes are bytes; all but `nodes` is meant for each node."""

    devices: int = 0
    memory_bytes: int = 0
    disk_bytes: int = 0
    capabilities: frozenset[str] = frozenset()
    nodes: int = 1


@dataclass(frozen=True, slots=True)
class Environment:
    """Pinned requirements of a suite; `{component}` in one takes its version from the stack.

    Or (`image` is not "") an image by its digest that the suite is run in as it is. What is named
    in `exclude` is left out, whatever depends on it. Lines of both may end with a marker.
    """

    requirements: tuple[str, ...] = ()
    image: str = ""
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Workdir:
    """Where a command is run: a git checkout at a commit, or an installed package's folder.

    `folder` is a path inside the checkout. Exactly one of `git` and `package` is not "".
    """

    git: str = ""
    commit: str = ""
    folder: str = ""
    package: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """What a command leaves behind: files of a format, matched by a pattern ("" for `pytest`)."""

    format: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Suite:
    """A declared test program. Exactly one of `program` (built in) and `command` (argv) is set.

    `takes` names the components that come from the stack: they alone constrain the environment
    and enter the identity. `digest` (sha256 hex) covers everything that changes what is run.
    `place` fixes axes (or `stack`) to a value at which the suite runs; of several pairs of one
    axis any holds. `commands` maps ranks to argv where they differ from `command`, sorted by rank.
    A command without `results` speaks the protocol itself. `produces` maps kinds of files to
    patterns, `uses` kinds to the suites whose jobs feed it. An `optional` suite is planned where it
    is asked for by name; one with `paths` (globs), of runs of a change, where that touches them.
    `expected` are cases that are known to fail.
    """

    name: str
    label: str
    project: str
    program: str | None
    command: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    environment: Environment | None
    takes: tuple[str, ...]
    needs: Needs
    parameters: tuple[tuple[str, str], ...]
    shards: int
    timeout: timedelta | None
    role: Role | None
    metrics: tuple[Metric, ...]
    digest: str
    line: int
    place: tuple[tuple[str, str], ...] = ()
    commands: tuple[tuple[int, tuple[str, ...]], ...] = ()
    workdir: Workdir | None = None
    results: Results | None = None
    produces: tuple[tuple[str, str], ...] = ()
    uses: tuple[tuple[str, str], ...] = ()
    optional: bool = False
    paths: tuple[str, ...] = ()
    expected: tuple[Expected, ...] = ()


@dataclass(frozen=True, slots=True)
class Stack:
    """A version vector: component → version or source as text, sorted by component."""

    name: str
    label: str
    components: tuple[tuple[str, str], ...]
    line: int = 0

    def version(self, component: str) -> str | None:
        """A component's version or source, None where the stack does not say."""
        return dict(self.components).get(component)


@dataclass(frozen=True, slots=True)
class Matrix:
    """A declaration, normalised. `digest` (sha256 hex) names the revision.

    `rules` are the include and exclude entries in the file's order; only `expand` reads them.
    """

    name: str
    label: str
    axes: tuple[Axis, ...]
    suites: tuple[Suite, ...]
    stacks: tuple[Stack, ...]
    excludes: tuple[Exclude, ...]
    includes: tuple[Include, ...]
    policies: Policies
    keep: Keep
    file: str
    digest: str
    triggers: tuple[TriggerRule, ...] = ()

    def axis(self, name: str) -> Axis:
        """The axis of that name; KeyError where there is none."""
        return _named(self.axes, name)

    def suite(self, name: str) -> Suite:
        """The suite of that name; KeyError where there is none."""
        return _named(self.suites, name)

    def stack(self, name: str) -> Stack:
        """The stack of that name; KeyError where there is none."""
        return _named(self.stacks, name)


@dataclass(frozen=True, slots=True)
class Condition:
    """One selector: the value on `key` is (or, `negated`, is not) among `values`."""

    key: str
    values: frozenset[str]
    negated: bool = False

    def admits(self, value: str | None) -> bool:
        """Whether a point with that value on the key is selected."""
        return (value in self.values) != self.negated


@dataclass(frozen=True, slots=True)
class Exclude:
    """Combinations to drop: all conditions hold."""

    conditions: tuple[Condition, ...]
    line: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What an include may change of the jobs it adds to; None keeps the suite's own.

    `env` and `parameters` come on top of the suite's.
    """

    timeout: timedelta | None = None
    environment: Environment | None = None
    shards: int | None = None
    env: tuple[tuple[str, str], ...] = ()
    role: Role | None = None
    priority: int | None = None
    needs: Needs | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    paths: tuple[str, ...] | None = None
    optional: bool | None = None


@dataclass(frozen=True, slots=True)
class Include:
    """Literal values (axes, suite, stack), parameters and overrides, as GitHub Actions has them."""

    literals: tuple[tuple[str, str], ...]
    when: tuple[Condition, ...]
    parameters: tuple[tuple[str, str], ...]
    overrides: Overrides
    line: int


@dataclass(frozen=True, slots=True)
class Job:
    """One point of the expansion: a cell, a suite, a stack and a shard.

    `cell` holds the axes in the declaration's order, `parameters` what is no axis; `reason` says
    why it is excluded or skipped, and is empty where it is planned. `line` made the decision.
    `inputs` maps kinds of files to the ids of the jobs that make them for it.
    """

    id: str
    cell: tuple[tuple[str, str], ...]
    parameters: tuple[tuple[str, str], ...]
    suite: str
    stack: str
    shard: int
    shards: int
    status: str
    reason: str
    line: int
    overrides: Overrides = field(default_factory=Overrides)
    inputs: tuple[tuple[str, str], ...] = ()


def _named(items: tuple[N, ...], name: str) -> N:
    for item in items:
        if item.name == name:
            return item
    raise KeyError(name)
