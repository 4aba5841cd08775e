"""What crosses the line between queue and slot, as frozen values of JSON types (`wire.py`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from matrix.expected import Expected
from matrix.model import Metric, Results, Workdir
from matrix.pins import pins
from matrix.status import Evidence, Layer, Status
from runners.course import NOTHING, Course

Pairs = tuple[tuple[str, str], ...]
PRICE = "COEVO_PRICE_PER_HOUR"  # the variable: of a runner's machine, in US dollars


class Key(NamedTuple):
    """Names an attempt: the job's row id and the fence of the claim."""

    job: int
    fence: int


@dataclass(frozen=True, slots=True)
class Lock:
    """A resolved environment: the text of a hashed requirements file and its sha256 (hex)."""

    digest: str
    text: str
    platform: str

    @property
    def pins(self) -> Pairs:
        """The distributions it names, by name, with their versions."""
        return pins(self.text)


class Artifact(NamedTuple):
    """A file that a job made for others: its kind, its bare name, its sha256 (hex) and length."""

    kind: str
    name: str
    digest: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Ticket:
    """Everything a slot needs to carry out one attempt; it asks nobody anything else.

    `device` is the torch device string to test on, `expected` the locked versions that the observed
    stack is held against, `components` what the stack says of those it takes. Either `program` (a
    module under `runners.suites`) or `command` is set; a command with a `workdir` is run in it, and
    `results` and `metrics` say how it is read. With an `image` (by its digest) it is run in that.
    With `nodes` above 1 it is carried out on each, as ranks from 0; `devices` are one node's,
    `commands` differ by rank. A slot gets the ticket of one rank. `produces` maps kinds to patterns
    of files, `artifact_limit_bytes` in all; `inputs` are files of other jobs. `known` are cases
    that are expected to fail.
    """

    key: Key
    name: str
    matrix: str
    suite: str
    stack: str
    cell: Pairs
    parameters: Pairs
    device: str
    devices: int
    shard: int
    shards: int
    program: str | None
    command: tuple[str, ...]
    env: Pairs
    lock: Lock | None
    expected: Pairs
    timeout_seconds: float
    prepare_timeout_seconds: float
    memory_bytes: int
    log_limit_bytes: int
    nodes: int = 1
    rank: int = 0
    commands: tuple[tuple[int, tuple[str, ...]], ...] = ()
    workdir: Workdir | None = None
    results: Results | None = None
    metrics: tuple[Metric, ...] = ()
    produces: Pairs = ()
    inputs: tuple[Artifact, ...] = ()
    artifact_limit_bytes: int = 2**30
    image: str = ""
    components: Pairs = ()
    known: tuple[Expected, ...] = ()

    @property
    def checkout(self) -> Workdir | None:
        """The commit of a repository that its command is run in, where it is run in one."""
        return self.workdir if self.workdir is not None and self.workdir.git else None


@dataclass(frozen=True, slots=True)
class Rendezvous:
    """Where the ranks of an attempt meet: their hosts' addresses, and a port free on rank 0's."""

    hosts: tuple[str, ...]
    port: int


class CaseResult(NamedTuple):
    """One case of a report. `detail` is JSON text (sample, values, tolerance), "" where none.

    `repeat` is the command that repeats just this case. `flaky`: it passed, but an earlier try of
    it in the same attempt did not; `detail` holds these under `attempts`.
    """

    id: str
    status: Status
    seconds: float | None = None
    device: str = ""
    dtype: str = ""
    message: str = ""
    detail: str = ""
    repeat: str = ""
    expected: bool = False
    planted: bool = False
    flaky: bool = False


class MetricValue(NamedTuple):
    """One measurement; `values` are its replicates in the order they were taken."""

    name: str
    unit: str
    better: str
    values: tuple[float, ...]
    case: str = ""


class Fact(NamedTuple):
    """Something read off the machine, with where it was read; "unknown" is a valid value."""

    name: str
    value: str
    source: str


class Component(NamedTuple):
    """An observed component: its public version, the build tag kept apart, where it was read."""

    name: str
    version: str
    build: str = ""
    source: str = "importlib.metadata"


@dataclass(frozen=True, slots=True)
class Usage:
    """What an attempt took. Seconds are of the runner's monotonic clock."""

    prepare_seconds: float = 0.0
    run_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_memory_bytes: int = 0


@dataclass(frozen=True, slots=True)
class RankReport:
    """What one rank of an attempt handed back, beside what was merged into the attempt's report.

    `lost` is whether its node or slot went away; then nothing else of it is known.
    """

    rank: int
    node: str
    status: Status
    layer: Layer
    reason: str
    facts: tuple[Fact, ...] = ()
    observed: tuple[Component, ...] = ()
    usage: Usage = field(default_factory=Usage)
    exit_code: int | None = None
    signal: int | None = None
    last_lines: tuple[str, ...] = ()
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What an attempt hands back, once, at its end.

    `reason` is one sentence for people, mostly empty on PASS; `repeat` the command that repeats the
    whole attempt on a machine like this one. `cancelled` reports carry what had ended by then.
    """

    status: Status
    layer: Layer
    reason: str
    cases: tuple[CaseResult, ...] = ()
    metrics: tuple[MetricValue, ...] = ()
    facts: tuple[Fact, ...] = ()
    observed: tuple[Component, ...] = ()
    usage: Usage = field(default_factory=Usage)
    exit_code: int | None = None
    signal: int | None = None
    last_lines: tuple[str, ...] = ()
    log_bytes: int = 0
    log_lost_bytes: int = 0
    evidence: Evidence = Evidence.SELF_REPORTED
    contended: bool = False
    cancelled: bool = False
    retry: bool = False  # an infrastructure failure that another attempt may cure
    repeat: str = ""
    node: str = ""
    ranks: tuple[RankReport, ...] = ()  # of an attempt on several nodes, in order
    artifacts: tuple[Artifact, ...] = ()  # files for other jobs, which the slot keeps
    course: Course = NOTHING


class Phase(StrEnum):
    """Where an attempt is. What is submitted waits in the queue of a batch system."""

    ASSIGNED = "assigned"
    SUBMITTED = "submitted"
    PREPARING = "preparing"
    RUNNING = "running"
    ENDED = "ended"


class Progress(NamedTuple):
    """How far an attempt is: `done` of `total` cases (0: not known), and a line for people."""

    key: Key
    phase: Phase
    done: int
    total: int
    note: str


class LogChunk(NamedTuple):
    """Bytes of an attempt's log from `offset` on; `offset` counts what the suite wrote."""

    key: Key
    offset: int
    data: bytes


class Ended(NamedTuple):
    """An attempt's end."""

    key: Key
    report: Report


class Ready(NamedTuple):
    """A rank's environment is there; it waits for the word to start with the others."""

    key: Key


Happening = Progress | LogChunk | Ended | Ready


@dataclass(frozen=True, slots=True)
class Offer:
    """One kind of place a runner has: a point of the axes and what can be had there.

    `labels` holds `site`, `accelerator` and any free labels; `device` the torch device string;
    `slots` how many attempts it takes at once; `devices` how many accelerators one node has, at
    most; `node_devices` how many each has, most first (none listed: it is one node).
    A `queued` one stands for a batch system: a slot is a job of any size in its queue.
    """

    labels: Pairs
    device: str
    slots: int
    devices: int
    memory_bytes: int
    disk_bytes: int
    capabilities: frozenset[str]
    platform: str
    node_devices: tuple[int, ...] = ()
    queued: bool = False

    def nodes_with(self, devices: int) -> int:
        """How many of its nodes have so many accelerators."""
        return sum(1 for count in self.node_devices or (self.devices,) if count >= devices)


@dataclass(frozen=True, slots=True)
class RunnerCard:
    """How a runner introduces itself. `kind` is "ray", "process", "slurm" or "simulated"."""

    name: str
    label: str
    owner: str
    kind: str
    offers: tuple[Offer, ...]
    facts: tuple[Fact, ...]
    simulated: bool = False
