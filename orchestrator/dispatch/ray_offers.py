"""What a cluster offers, read from its nodes' labels and resources. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from matrix.model import ACCELERATOR, SITE
from runners.work import Offer, Pairs

SLOT = "coevo_slot"
RAY_OWN = "ray.io/"


class Family(NamedTuple):
    """A kind of accelerator: Ray's resource, the axis value, the torch device to test there.

    `model` is a label that tells kinds apart which share a value of the axis.
    """

    resource: str
    accelerator: str
    device: str
    model: str = ""


FAMILIES = (
    Family("GPU", "gpu", "cuda"),
    Family("TPU", "tpu", "xla"),
    Family("HPU", "asic", "hpu", "hpu"),
    Family("NPU", "asic", "npu", "npu"),
    Family("neuron_cores", "asic", "xla", "neuron"),
)
RESOURCES = {"cuda": "GPU", "xpu": "GPU", "xla": "TPU", "hpu": "HPU", "npu": "NPU"}


@dataclass(frozen=True, slots=True)
class Node:
    """A living node: labels without Ray's own, amounts by resource."""

    labels: Mapping[str, str]
    resources: Mapping[str, float]


def nodes(listed: Iterable[Mapping[str, object]]) -> tuple[Node, ...]:
    """The living nodes of what `ray.nodes()` says."""
    return tuple(_node(one) for one in listed if one.get("Alive"))


def offers(found: Iterable[Node], site: str, platform: Mapping[str, str]) -> tuple[Offer, ...]:
    """One offer for each set of labels; nodes that show the same ones are counted together.

    `site` is that of nodes without the label; `platform` names it by torch device. Disk is not
    known to Ray: as much as anybody may ask.
    """
    merged: dict[Pairs, Offer] = {}
    for node in found:
        for offer in _offers_of(node, site, platform):
            same = merged.get(offer.labels)
            merged[offer.labels] = _together(same, offer) if same else offer
    return tuple(merged[labels] for labels in sorted(merged))


def selector(offer: Offer, found: Iterable[Node]) -> dict[str, str]:
    """The label selector by which Ray places a slot of the offer: labels that nodes really have."""
    known = {item for node in found for item in node.labels.items()}
    return {key: value for key, value in offer.labels if (key, value) in known}


def amounts(offer: Offer, devices: int, found: Iterable[Node]) -> dict[str, float]:
    """What a slot of the offer takes of Ray, by resource: a place, and its devices.

    Where no node counts places (`coevo_slot`), a place is one CPU.
    """
    there = tuple(found)
    counted = any(SLOT in node.resources for node in there)
    place = {SLOT: 1.0} if counted else {"CPU": 1.0}
    resource = _resource(offer, there)
    return {**place, resource: float(max(1, devices))} if resource else place


def _resource(offer: Offer, found: tuple[Node, ...]) -> str | None:
    """What Ray counts the offer's devices by; several families are tested on one torch device."""
    if not offer.devices:
        return None
    device = offer.device.partition(":")[0]
    kinds = [family for family in FAMILIES if family.device == device]
    there = (kind.resource for kind in kinds for node in found if _has(node, kind, offer))
    return next(there, RESOURCES.get(device))


def _has(node: Node, family: Family, offer: Offer) -> bool:
    """Whether a node has devices of the family, and nothing it says contradicts the offer."""
    said = {ACCELERATOR: family.accelerator, **node.labels}
    labels = dict(offer.labels)
    return family.resource in node.resources and all(
        labels.get(key, value) == value for key, value in said.items()
    )


def _node(one: Mapping[str, object]) -> Node:
    labels, resources = one.get("Labels") or {}, one.get("Resources") or {}
    assert isinstance(labels, dict)
    assert isinstance(resources, dict)
    own = {str(k): str(v) for k, v in labels.items() if not str(k).startswith(RAY_OWN)}
    return Node(own, {str(key): float(value) for key, value in resources.items()})


def _offers_of(node: Node, site: str, platform: Mapping[str, str]) -> list[Offer]:
    found = [_offer(node, site, platform, family) for family in FAMILIES]
    devices = [offer for offer in found if offer is not None]
    if devices:
        return devices
    return [_plain(node, site, platform, node.labels.get(ACCELERATOR, "cpu"))]


def _offer(node: Node, site: str, platform: Mapping[str, str], family: Family) -> Offer | None:
    count = int(node.resources.get(family.resource, 0))
    if not count:
        return None
    accelerator = node.labels.get(ACCELERATOR, family.accelerator)
    named = {"model": family.model, **node.labels} if family.model else node.labels
    return replace(
        _plain(Node(named, node.resources), site, platform, accelerator),
        device=family.device,
        slots=min(count, int(node.resources.get(SLOT, count))),
        devices=count,
        platform=platform.get(family.device, ""),
    )


def _plain(node: Node, site: str, platform: Mapping[str, str], accelerator: str) -> Offer:
    labels = {SITE: site, **node.labels, ACCELERATOR: accelerator}
    places = node.resources.get(SLOT, node.resources.get("CPU", 0) // 2 or 1)
    memory = int(node.resources.get("memory", 0))
    return Offer(
        labels=tuple(sorted(labels.items())),
        device="cpu",
        slots=int(places),
        devices=0,
        memory_bytes=memory,
        disk_bytes=2**62,
        capabilities=frozenset(),
        platform=platform.get("cpu", ""),
    )


def _together(one: Offer, other: Offer) -> Offer:
    """Two nodes' offers as one: places add up, what one node has is what both have."""
    return replace(
        one,
        slots=one.slots + other.slots,
        devices=max(one.devices, other.devices),
        memory_bytes=min(one.memory_bytes, other.memory_bytes),
        node_devices=tuple(sorted((*_each(one), *_each(other)), reverse=True)),
    )


def _each(offer: Offer) -> tuple[int, ...]:
    """How many accelerators each of its nodes has."""
    return offer.node_devices or (offer.devices,)
