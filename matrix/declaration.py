"""The shape of a matrix file, key by key: a key is here once it is carried out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from matrix.budgeting import Budgeted
from matrix.expecting import ExpectedShape
from matrix.joining import Files, Results, Workdir
from matrix.kinds import (
    Command,
    Component,
    Distribution,
    Duration,
    Image,
    Label,
    Literally,
    Name,
    Placed,
    Priority,
    Rank,
    Requirement,
    RoleName,
    Selector,
    Shards,
    Size,
    Text,
    Variables,
)
from matrix.modelling import Models
from matrix.names import Misfit
from matrix.shaping import STRICT, UNSAID, left_out_at
from matrix.triggering import Path, Triggered


def _or_empty(value: object) -> object:
    """A key with nothing behind it is one that overrides nothing."""
    return {} if value is None else value


def _named(value: object) -> object:
    """A value of an axis, bare or with its label."""
    return value if isinstance(value, dict) else {"name": value}


def _valued(value: object) -> object:
    """An axis, bare or as a mapping."""
    return value if isinstance(value, dict) else {"values": value}


def _excluding(value: object) -> object:
    """An exclude with at least one selector."""
    if isinstance(value, dict) and not value.keys() - {"reason"}:
        raise Misfit("this would exclude everything", "name what to exclude, such as `site: lab`")
    return value


_UNCHANGED = left_out_at(None)  # where nothing is something to say
_ARTIFACTS = "1GiB"
_KEPT = "14d"


def _one_of_two(shape: EnvironmentShape) -> EnvironmentShape:
    """Requirements (perhaps none) or an image, into which nothing is installed."""
    said = shape.model_fields_set
    if "exclude" in said and "requirements" not in said:
        hint = "an image is taken as it is, and without requirements nothing is installed"
        raise Misfit("`exclude` belongs to requirements", hint)
    if "image" in said and "requirements" in said:
        hint = "nothing is installed into an image: make one that has them, or leave it out"
        raise Misfit("this environment has an image and requirements", hint)
    if not said:
        hint = "write `requirements: [NAME==VERSION]` or `image: NAME@sha256:…`"
        raise Misfit("this environment has nothing in it", hint)
    return shape


class Shape(BaseModel):
    """A part of a file."""

    model_config = STRICT


class ValueShape(Shape):
    """A value of an axis; `default` is what older cells and bare includes take."""

    name: Name
    label: Label | None = None
    default: bool = False


Values = Annotated[
    list[Annotated[ValueShape, BeforeValidator(_named, json_schema_input_type=Name | ValueShape)]],
    Field(min_length=1),
]


class AxisShape(Shape):
    """An axis: a bare list of values, or a mapping that says whether it is `open` to more."""

    open: bool = False
    values: Values

    @model_serializer(mode="wrap")
    def _plain(self, handler: SerializerFunctionWrapHandler) -> object:
        """A closed one is its list, however it was written: digests know no difference."""
        found: dict[str, object] = handler(self)
        return found if self.open else found["values"]


class EnvironmentShape(Shape):
    """What a suite runs in: what it needs installed, or an image that has everything."""

    requirements: Annotated[list[Requirement], UNSAID] = []
    exclude: Annotated[list[Distribution], UNSAID] = []
    image: Annotated[Image | None, UNSAID] = None


Environment = Annotated[EnvironmentShape, AfterValidator(_one_of_two)]


class NeedsShape(Shape):
    """What a suite asks of a runner; `devices` are those of each node."""

    nodes: Annotated[int, Field(ge=1, le=1000), left_out_at(1)] = 1
    devices: Annotated[int, Field(ge=0, le=1024)] = 0
    memory: Size = "0MiB"
    disk: Size = "0MiB"
    capabilities: list[Name] = []


class MetricShape(Shape):
    """What a suite measures."""

    unit: Label
    better: Literal["higher", "lower"]


class SuiteShape(Shape):
    """A test program: a built-in one of that name, or with its own `program` or `command`.

    `commands` are those of single ranks, where they differ from `command`. `produces` maps kinds
    of files to patterns, `uses` kinds to the suites that produce them.
    """

    label: Label | None = None
    project: Label | None = None
    program: Name | None = None
    command: Command | None = None
    commands: Annotated[dict[Rank, Command], UNSAID] = {}
    env: Variables = {}
    environment: Environment | None = None
    takes: list[Name] = []
    needs: NeedsShape = NeedsShape()
    parameters: dict[Name, Text] = {}
    shards: Shards = 1
    timeout: Duration | None = None
    role: RoleName | None = None
    metrics: dict[Name, MetricShape] = {}
    place: dict[Name, Placed] = {}
    workdir: Annotated[Workdir | None, UNSAID] = None
    results: Annotated[Results | None, UNSAID] = None
    produces: Annotated[dict[Name, Files], UNSAID] = {}
    uses: Annotated[dict[Name, Name], UNSAID] = {}
    optional: Annotated[bool, UNSAID] = False
    paths: Annotated[list[Path], UNSAID] = []
    expected: Annotated[list[ExpectedShape], UNSAID] = []
    models: Annotated[list[Name], UNSAID] = []


class StackShape(Shape):
    """A version vector: component → version or source, and a label."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Component]

    label: Label | None = None


class ExcludeShape(Shape):
    """Combinations to drop: axis, suite or stack → selector; all of them have to hold."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Selector]

    reason: Annotated[str, Field(min_length=1, max_length=200)] | None = None


class IncludeShape(Shape):
    """Combinations to add to, or to make: literal values, parameters and overrides."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Literally]

    when: dict[str, Selector] = {}
    timeout: Duration | None = None
    environment: Environment | None = None
    shards: Shards | None = None
    env: Variables = {}
    role: RoleName | None = None
    priority: Priority | None = None
    needs: Annotated[NeedsShape | None, _UNCHANGED] = None
    parameters: Annotated[dict[Name, Text], UNSAID] = {}
    paths: Annotated[list[Path] | None, _UNCHANGED] = None
    optional: Annotated[bool | None, _UNCHANGED] = None


class PoliciesShape(Shape):
    """What holds where nothing nearer says otherwise."""

    timeout: Duration = "30m"
    prepare_timeout: Duration = "30m"
    infrastructure_attempts: Annotated[int, Field(ge=1, le=10)] = 3
    freshness: Duration = "36h"
    max_queue: Duration = "1d"
    priority: Priority = 0
    log_limit: Size = "64MiB"
    artifact_limit: Annotated[Size, left_out_at(_ARTIFACTS)] = _ARTIFACTS
    supersede: Annotated[bool, UNSAID] = False
    budget: Annotated[Budgeted | None, UNSAID] = None


class KeepShape(Shape):
    """How long each class of records is kept."""

    logs: Duration = "30d"
    passing_cases: Duration = "90d"
    artifacts: Annotated[Duration, left_out_at(_KEPT)] = _KEPT


Suites = dict[
    Name,
    Annotated[SuiteShape, BeforeValidator(_or_empty, json_schema_input_type=SuiteShape | None)],
]
Stacks = dict[
    Name,
    Annotated[StackShape, BeforeValidator(_or_empty, json_schema_input_type=StackShape | None)],
]


class Library(Shape):
    """The file of built-in suites and stacks."""

    suites: Suites
    stacks: Stacks


class Declaration(Shape):
    """A whole file. The required keys have defaults, so that all mistakes are found at once."""

    model_config = ConfigDict(
        title="Coevo matrix", json_schema_extra={"required": ["name", "axes", "suites"]}
    )

    name: Name = ""
    label: Label | None = None
    axes: dict[
        Name,
        Annotated[AxisShape, BeforeValidator(_valued, json_schema_input_type=Values | AxisShape)],
    ] = {}
    suites: Suites = {}
    models: Annotated[Models, UNSAID] = {}
    stacks: Stacks = {}
    include: list[IncludeShape] = []
    exclude: list[Annotated[ExcludeShape, BeforeValidator(_excluding)]] = []
    triggers: Annotated[dict[Name, Triggered], UNSAID] = {}
    policies: PoliciesShape = PoliciesShape()
    keep: KeepShape = KeepShape()


def schema() -> dict[str, object]:
    """The JSON Schema of a file, for editors."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **Declaration.model_json_schema()}
