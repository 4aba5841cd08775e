"""Whether some offer of a runner meets what a job needs, and if not, what is missing first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

from matrix.model import ACCELERATOR, SITE, Needs, Overrides, Stack, Suite
from matrix.sources import PREINSTALLED

Pairs = tuple[tuple[str, str], ...]
IMAGES = "images"  # the capability of a runner with podman, docker or apptainer


class Offer(Protocol):
    """What is offered in one place; `runners.work.Offer` is one."""

    @property
    def labels(self) -> Pairs:
        """Its point: `site`, `accelerator` and any free labels."""

    @property
    def devices(self) -> int:
        """Accelerators on one node."""

    def nodes_with(self, devices: int) -> int:
        """How many nodes of it have so many accelerators."""

    @property
    def memory_bytes(self) -> int:
        """Main memory of one node."""

    @property
    def disk_bytes(self) -> int:
        """Free disk of one node."""

    @property
    def capabilities(self) -> frozenset[str]:
        """What it can do beyond computing."""


def devices_of(needs: Needs) -> int:
    """The devices that a job holds on all its nodes; a node without accelerators is one itself."""
    return needs.nodes * max(1, needs.devices)


def first_unmet(cell: Pairs, needs: Needs, offers: Sequence[Offer]) -> str:
    """One sentence on the first need that none of the offers left meets, "" where one meets all.

    The order of needs: site, accelerator, other axes, devices, nodes, capabilities, memory, disk;
    each leaves the offers that meet it. An axis other than the first two binds only the offers
    that bear a label of its name.
    """
    left = offers
    for need in _needs(cell, needs):
        closer = [offer for offer in left if need.is_met(offer)]
        if not closer:
            return need.sentence(left)
        left = closer
    return ""


def needs_of(suite: Suite, stack: Stack, overrides: Overrides) -> Needs:
    """What a job of this suite needs on this stack.

    Where its requirements name a component that is preinstalled, that is the capability
    `preinstalled:SUITE`; a runner that brings an environment for all suites offers `preinstalled`.
    An environment that is an image needs the capability `images`.
    """
    environment = overrides.environment or suite.environment
    needs = overrides.needs or suite.needs
    if environment and environment.image:
        return replace(needs, capabilities=needs.capabilities | {IMAGES})
    there = [f"{{{name}}}" for name, text in stack.components if text == PREINSTALLED]
    lines = environment.requirements if environment else ()
    if not any(component in line for line in lines for component in there):
        return needs
    wanted = needs.capabilities | {f"{PREINSTALLED}:{suite.name}"}
    return replace(needs, capabilities=wanted)


def meets(cell: Pairs, needs: Needs, offer: Offer) -> bool:
    """Whether this offer takes a job of that cell."""
    return all(need.is_met(offer) for need in _needs(cell, needs))


class _Need(NamedTuple):
    """One thing to be met, and what to say of the offers that come closest."""

    is_met: Callable[[Offer], bool]
    sentence: Callable[[Sequence[Offer]], str]


def _needs(cell: Pairs, needs: Needs) -> Iterator[_Need]:
    point = dict(cell)
    place = f"{point.get(SITE, '')}/{point.get(ACCELERATOR, '')}"
    yield _label(SITE, point.get(SITE, ""), "")
    yield _label(ACCELERATOR, point.get(ACCELERATOR, ""), f" at {point.get(SITE, '')}")
    for key, value in cell:
        if key not in (SITE, ACCELERATOR):
            yield _label(key, value, f" at {place}", free=True)
    yield _devices(needs.devices, place)
    yield _nodes(needs, place)
    for capability in sorted(needs.capabilities):
        yield _capability(capability, place)
    yield _bytes("memory", needs.memory_bytes, place, lambda offer: offer.memory_bytes)
    yield _bytes("disk", needs.disk_bytes, place, lambda offer: offer.disk_bytes)


def _label(key: str, value: str, where: str, *, free: bool = False) -> _Need:
    def is_met(offer: Offer) -> bool:
        return dict(offer.labels).get(key, value if free else None) == value

    return _Need(is_met, lambda _: f"no runner{where} offers {key}={value}")


def _devices(count: int, place: str) -> _Need:
    def sentence(left: Sequence[Offer]) -> str:
        most = max(offer.devices for offer in left)
        return f"needs {_counted(count)}; the largest runner at {place} has {most}"

    return _Need(lambda offer: offer.devices >= count, sentence)


def _nodes(needs: Needs, place: str) -> _Need:
    """As many nodes with as many devices, all of one runner: they start together or not at all."""

    def sentence(left: Sequence[Offer]) -> str:
        most = max(offer.nodes_with(needs.devices) for offer in left)
        each = f" with {_counted(needs.devices)} each" if needs.devices else ""
        return f"needs {needs.nodes} nodes{each}; the largest runner at {place} has {most}"

    return _Need(lambda offer: offer.nodes_with(needs.devices) >= needs.nodes, sentence)


def _capability(name: str, place: str) -> _Need:
    general, _, suite = name.partition(":")
    sentence = f"no runner at {place} offers capability {name}"
    if name == IMAGES:
        sentence = f"no runner at {place} runs images"
    if suite:
        sentence = f"no runner at {place} brings what {suite} takes preinstalled"
    return _Need(lambda offer: bool({name, general} & offer.capabilities), lambda _: sentence)


def _bytes(what: str, count: int, place: str, have: Callable[[Offer], int]) -> _Need:
    def sentence(left: Sequence[Offer]) -> str:
        most = max(have(offer) for offer in left)
        return f"needs {_gib(count)} of {what}; the largest runner at {place} has {_gib(most)}"

    return _Need(lambda offer: have(offer) >= count, sentence)


def _counted(count: int) -> str:
    return "1 device" if count == 1 else f"{count} devices"


def _gib(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"
