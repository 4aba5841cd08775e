"""What a cluster under Slurm offers, read from its nodes as sinfo shows them. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from matrix.model import ACCELERATOR, SITE
from orchestrator.dispatch.slurm_client import NodeSeen
from orchestrator.dispatch.slurm_template import MEBIBYTE
from runners.environments.platforms import Platform
from runners.work import Offer, Pairs

MODEL = "model"  # the label that tells kinds of one accelerator apart
_USABLE = frozenset({"idle", "mixed", "allocated", "completing", "reserved", "planned", "blocked"})
_GRES = re.compile(r"(?P<name>[\w.-]+)(?::(?P<type>[\w.-]+))??:(?P<count>\d+)(?:\([^)]*\))?(?:,|$)")
_AMD, _INTEL = re.compile(r"mi\d+", re.IGNORECASE), re.compile(r"pvc|max\d+", re.IGNORECASE)


class Kind(NamedTuple):
    """Accelerators of one kind, as Slurm counts them (`gres` without the number)."""

    accelerator: str
    device: str
    platform: str
    gres: str
    model: str = ""


class Place(NamedTuple):
    """An offer, and what an attempt there asks Slurm for, one for each device; "" for none."""

    offer: Offer
    gres: str


class Circumstances(NamedTuple):
    """What sinfo does not know: how the owner calls the place, and what it is given."""

    site: str
    labels: Pairs
    slots: int
    capabilities: frozenset[str]
    platform: Platform


_KINDS = {
    "gpu": ("gpu", "cuda"),
    "tpu": ("tpu", "xla"),
    "hpu": ("asic", "hpu"),
    "gaudi": ("asic", "hpu"),
    "npu": ("asic", "npu"),
    "ascend": ("asic", "npu"),
    "neuron": ("asic", "xla"),
}


def within(nodes: Iterable[NodeSeen], partitions: Sequence[str]) -> tuple[NodeSeen, ...]:
    """The nodes that jobs can go to: of these partitions, or of the default one; each once."""
    wanted = {name for text in partitions for name in text.split(",")}
    several = tuple(nodes)
    if any("{{" in name for name in wanted):
        wanted = {node.partition for node in several}
    inside = [node for node in several if _is_in(node, wanted) and is_usable(node)]
    return tuple({node.name: node for node in inside}.values())


def is_usable(node: NodeSeen) -> bool:
    """Whether jobs can be started there, now or once others have ended; a node may sleep."""
    return node.state.rstrip("~#%$@^-!+").lower() in _USABLE


def places(nodes: Sequence[NodeSeen], around: Circumstances) -> tuple[Place, ...]:
    """An offer of the processors of all nodes, and one for each kind of accelerator."""
    if not nodes:
        return ()
    counts: dict[Kind, list[int]] = defaultdict(list)
    homes: dict[Kind, list[NodeSeen]] = defaultdict(list)
    for node in nodes:
        for kind, count in kinds(node.gres):
            counts[kind].append(count)
            homes[kind].append(node)
    cpu = _offer(Kind("cpu", "cpu", "cpu", ""), [0] * len(nodes), nodes, around)
    several = {kind.accelerator for kind in counts if _is_one_of_several(kind, counts)}
    more = [
        Place(
            _offer(kind, counts[kind], homes[kind], around, named=kind.accelerator in several),
            kind.gres,
        )
        for kind in sorted(counts)
    ]
    return (Place(cpu, ""), *more)


def kinds(gres: str) -> list[tuple[Kind, int]]:
    """The accelerators that a node has, as in `gpu:a100:4(S:0-1)`; what is none is left out."""
    found = []
    for one in _GRES.finditer(gres):
        name, model = one["name"], one["type"] or ""
        if name in _KINDS and int(one["count"]):
            found.append((_kind(name, model), int(one["count"])))
    return found


def _kind(name: str, model: str) -> Kind:
    accelerator, device = _KINDS[name]
    platform = device
    if name == "gpu" and _AMD.fullmatch(model):
        platform = "rocm"
    elif name == "gpu" and _INTEL.fullmatch(model):
        device = platform = "xpu"
    gres = f"{name}:{model}" if model else name
    return Kind(accelerator, device, platform, gres, model or name)


def _is_in(node: NodeSeen, wanted: set[str]) -> bool:
    return node.partition in wanted if wanted else node.is_default


def _is_one_of_several(kind: Kind, found: Iterable[Kind]) -> bool:
    return sum(1 for one in found if one.accelerator == kind.accelerator) > 1


def _offer(
    kind: Kind,
    counts: Sequence[int],
    nodes: Sequence[NodeSeen],
    around: Circumstances,
    *,
    named: bool = False,
) -> Offer:
    """One kind of place. Disk is not known to Slurm: as much as anybody may ask.

    A feature of all its nodes is a capability; where kinds differ, a label tells them apart.
    """
    shared = frozenset.intersection(*(frozenset(node.features) for node in nodes))
    model = {MODEL: kind.model} if named else {}
    own = {kind.model} if kind.model else set()
    free = sorted({**model, **dict(around.labels)}.items())
    return Offer(
        labels=((SITE, around.site), (ACCELERATOR, kind.accelerator), *free),
        device=kind.device,
        slots=around.slots,
        devices=max(counts),
        memory_bytes=max(node.memory_mb for node in nodes) * MEBIBYTE,
        disk_bytes=2**62,
        capabilities=shared | own | around.capabilities | {around.platform.machine},
        platform=str(around.platform._replace(kind=kind.platform)),
        node_devices=tuple(sorted(counts, reverse=True)),
        queued=True,
    )
