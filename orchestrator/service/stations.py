"""Where jobs are carried out for this server: a runner's card and what stands behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from matrix.model import Matrix
from orchestrator.dispatch.port import Executor
from orchestrator.dispatch.process import ProcessExecutor
from orchestrator.dispatch.ray_embedded import Embedded, Size
from orchestrator.dispatch.ray_executor import RayExecutor
from orchestrator.dispatch.ray_foreign import foreign
from orchestrator.dispatch.ray_offers import RESOURCES, SLOT
from orchestrator.dispatch.slurm_client import Slurm
from orchestrator.dispatch.slurm_executor import Cluster, SlurmExecutor
from orchestrator.dispatch.slurm_offers import Circumstances
from orchestrator.service import machine
from orchestrator.service.demo import cards
from orchestrator.service.settings import Batch, Settings
from runners.environments.platforms import here
from runners.slot import Slot
from runners.work import Pairs, RunnerCard

HANDED_OVER = 20  # attempts of one kind that Slurm has at once, where nobody says how many


@dataclass(frozen=True, slots=True)
class Station:
    """A runner beside the server; `starting` is said until it is ready.

    With `leaves`, what it carries out goes on when the server ends, and is found by the next one.
    """

    card: RunnerCard
    executor: Executor
    starting: str
    leaves: bool = False


def stations(settings: Settings, matrix: Matrix) -> tuple[Station, ...]:
    """The machine itself (plain processes, its own Ray, RAY_ADDRESS, Slurm), or the demo's."""
    if settings.simulated:
        return tuple(_plain(card, settings) for card in cards(matrix))
    card = machine.card(settings)
    if settings.batch is not None:
        return (_on_slurm(card, settings, settings.batch),)
    return (_on_ray(card, settings) if settings.use_ray else _plain(card, settings),)


def size(card: RunnerCard) -> Size:
    """The one node of an embedded cluster: a place for every slot, and its devices."""
    places = {SLOT: sum(offer.slots for offer in card.offers)}
    devices = {
        RESOURCES[offer.device]: offer.devices for offer in card.offers if offer.device in RESOURCES
    }
    return Size(dict(_shared_labels(card)), {**places, **devices})


def _plain(card: RunnerCard, settings: Settings) -> Station:
    home, bindings = settings.folder.path, settings.bindings

    def make(name: str) -> Slot:
        return Slot(name, home, bindings=bindings)

    executor = ProcessExecutor(card.name, card.offers, home, make)
    return Station(card, executor, f"starting {card.label}")


def _on_ray(card: RunnerCard, settings: Settings) -> Station:
    """A foreign cluster's offers are not known before it is joined."""
    cluster, bindings = foreign(), settings.bindings
    if cluster is not None:
        away = RayExecutor(cluster, card.name, settings.site, bindings=bindings)
        return Station(replace(card, offers=()), away, f"joining Ray at {cluster.where}")
    home = settings.folder.path
    embedded = Embedded(home / "ray", size(card))
    own = RayExecutor(
        embedded, card.name, settings.site, home=home, local=card.offers, bindings=bindings
    )
    return Station(card, own, "starting Ray")


def _on_slurm(card: RunnerCard, settings: Settings, batch: Batch) -> Station:
    bindings = settings.bindings
    around = Circumstances(
        settings.site,
        settings.labels,
        settings.slots or HANDED_OVER,
        bindings.capabilities,
        here(),
    )
    pending = batch.pending.total_seconds()
    cluster = Cluster(Slurm(batch.options), batch.template, around, pending)
    executor = SlurmExecutor(cluster, card.name, settings.folder.path, bindings=bindings)
    return Station(card, executor, "asking Slurm", leaves=True)


def _shared_labels(card: RunnerCard) -> Pairs:
    """The labels that all offers have: those of the machine."""
    kept = [set(offer.labels) for offer in card.offers]
    return tuple(sorted(set.intersection(*kept))) if kept else ()
