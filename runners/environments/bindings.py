"""What a runner brings of its own: Pythons and images for its suites, and sources of packages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from matrix.names import NAME_PATTERN
from matrix.needs import IMAGES
from matrix.sources import PREINSTALLED
from runners.environments.sources import Sources

_FOR_ONE_SUITE = re.compile(rf"(?:(?P<suite>{NAME_PATTERN})=)?(?P<target>.+)", re.DOTALL)
_DIGEST = re.compile(r"(?:[^\s@]+@)?sha256:[0-9a-f]{64}")
_SANDBOX = ".sif"  # apptainer's images are files


class Kind(StrEnum):
    """What is brought."""

    PYTHON = "python"
    IMAGE = "image"


@dataclass(frozen=True, slots=True)
class Binding:
    """An environment that the runner's owner has made. `suite` is "" where it is for all."""

    kind: Kind
    target: str
    suite: str = ""


@dataclass(frozen=True, slots=True)
class Bindings:
    """All that a runner brings. `engine` is "" for the first one that is installed.

    `engine_options` are words for the engine, such as `--device=/dev/kfd`.
    """

    bound: tuple[Binding, ...] = ()
    sources: Sources = field(default_factory=Sources)
    engine: str = ""
    engine_options: tuple[str, ...] = ()

    @property
    def capabilities(self) -> frozenset[str]:
        """What the runner's offers say of it: `preinstalled`, or `preinstalled:SUITE` for one.

        And `images`, where its owner names an engine that runs them.
        """
        own = (f"{PREINSTALLED}:{one.suite}" if one.suite else PREINSTALLED for one in self.bound)
        return frozenset(own) | ({IMAGES} if self.engine else frozenset())

    def of(self, suite: str) -> Binding | None:
        """What is brought for a suite: its own, or what is for all."""
        mine = {one.suite: one for one in self.bound}
        return mine.get(suite) or mine.get("")


def binding(kind: Kind, text: str) -> Binding:
    """The binding that `[SUITE=]PATH` or `[SUITE=]REF` means; ValueError says what is wrong."""
    found = _FOR_ONE_SUITE.fullmatch(text)
    if found is None:
        raise ValueError("it is empty")
    target = found["target"]
    if kind is Kind.IMAGE and not (_DIGEST.fullmatch(target) or target.endswith(_SANDBOX)):
        raise ValueError(
            f"{target} names no digest, and a tag may move: write NAME@sha256:… "
            "(podman image inspect --format '{{.Digest}}' NAME prints it)"
        )
    return Binding(kind, target, found["suite"] or "")


def together(bound: tuple[Binding, ...]) -> tuple[Binding, ...]:
    """The bindings, where no suite has two; ValueError where one has."""
    suites = [one.suite for one in bound]
    twice = next((suite for suite in suites if suites.count(suite) > 1), None)
    if twice is not None:
        raise ValueError(f"{twice or 'every suite'} is given two environments: name just one")
    return bound
