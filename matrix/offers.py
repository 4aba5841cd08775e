"""What runners offer, read from a file or from a server's answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from matrix.document import plain, read
from matrix.errors import CoevoError
from matrix.names import Misfit, shown
from matrix.quantities import size

UNKNOWN = 2**60  # what a source does not say is taken to be enough
_COUNTS = ("devices", "nodes", "memory_bytes", "disk_bytes")
_SIZES = ("memory", "disk")
_ASIDE = frozenset(
    {*_COUNTS, *_SIZES, "labels", "capabilities", "device", "node_devices", "slots", "platform"}
)
_HINT = "write a list such as - {site: lab, accelerator: gpu, devices: 2, memory: 16GiB}"


@dataclass(frozen=True, slots=True)
class Offered:
    """One place where jobs can run; meets `matrix.needs.Offer`."""

    labels: tuple[tuple[str, str], ...]
    devices: int
    memory_bytes: int
    disk_bytes: int
    capabilities: frozenset[str]
    node_devices: tuple[int, ...] = ()
    nodes: int = 1

    def nodes_with(self, devices: int) -> int:
        """Of the nodes it lists those with so many accelerators, else as many as it says."""
        if self.node_devices:
            return sum(1 for count in self.node_devices if count >= devices)
        return self.nodes if self.devices >= devices else 0


def read_offers(raw: bytes, file: str) -> tuple[Offered, ...]:
    """The offers of a JSON or YAML text; `CoevoError` where it is none.

    It holds a list of offers, or a list (bare, or under `runners`) of runners with `offers`,
    as `/api/v1/runners` answers. An offer maps labels to values, beside `devices` (of each node),
    `nodes`, `memory`, `disk` and `capabilities`; what it does not say is taken to be enough.
    """
    try:
        data: object = json.loads(raw)
    except (ValueError, RecursionError):
        document = read(raw, file)
        if document.mistakes:
            raise CoevoError(*document.mistakes) from None
        data = plain(document.root)
    return offers_of(data, file)


def offers_of(data: object, source: str) -> tuple[Offered, ...]:
    """The offers in a parsed document; `source` is what a mistake calls it."""
    try:
        return tuple(map(_offer, _found(data)))
    except Misfit as misfit:
        raise CoevoError.because(f"{source}: {misfit.problem}", misfit.hint or _HINT) from None


def _found(data: object) -> Iterator[object]:
    match data:
        case {"runners": list(runners)}:
            yield from _found(runners)
        case [*entries]:
            for entry in entries:
                match entry:
                    case {"places": [*places]} if places:
                        yield from places
                    case {"offers": list(offers)}:
                        yield from offers
                    case _:
                        yield entry
        case _:
            raise Misfit("this is no list of offers")


def _offer(entry: object) -> Offered:
    if not isinstance(entry, dict):
        raise Misfit(f"{shown(str(entry))} is no offer")
    labels = entry.get("labels", {key: v for key, v in entry.items() if key not in _ASIDE})
    named = dict(labels) if isinstance(labels, dict | list) else {}
    if not {"site", "accelerator"} <= named.keys():
        raise Misfit("an offer names no site or no accelerator")
    return Offered(
        labels=tuple((str(key), str(value)) for key, value in named.items()),
        devices=_count(entry, "devices"),
        memory_bytes=_bytes(entry, "memory"),
        disk_bytes=_bytes(entry, "disk"),
        capabilities=frozenset(map(str, _listed(entry.get("capabilities", [])))),
        node_devices=_node_devices(entry),
        nodes=1 if "node_devices" in entry else _count(entry, "nodes"),
    )


def _node_devices(entry: Mapping[str, object]) -> tuple[int, ...]:
    """Accelerators by node, as a server says; none listed is one node."""
    listed = entry.get("node_devices", [])
    if not isinstance(listed, list) or not all(type(count) is int for count in listed):
        raise Misfit("`node_devices` of an offer is no list of whole numbers", _HINT)
    return tuple(listed)


def _count(entry: Mapping[str, object], key: str) -> int:
    value = entry.get(key, UNKNOWN)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Misfit(f"`{key}` of an offer is {shown(str(value))}, not a whole number")
    return value


def _bytes(entry: Mapping[str, object], key: str) -> int:
    """`memory: 16GiB` as a person writes it, or `memory_bytes` as a server does."""
    return size(str(entry[key])) if key in entry else _count(entry, f"{key}_bytes")


def _listed(value: object) -> list[object]:
    if not isinstance(value, list):
        raise Misfit("`capabilities` of an offer is no list", "write capabilities: [fp8]")
    return value
