"""The shapes of runners inside the API's answers, read off the views."""

from __future__ import annotations

from datetime import datetime

from dashboard.web.api_models import FactModel, JobModel, Model, Names, Pairs


class PlaceModel(Model):
    """What a runner offers in one place: its labels and what is there."""

    labels: Pairs
    device: str
    slots: int
    devices: int
    memory_bytes: int
    disk_bytes: int
    capabilities: Names
    platform: str
    node_devices: tuple[int, ...]


class RunnerModel(Model):
    """A registered runner."""

    id: int
    name: str
    label: str
    owner: str
    kind: str
    state: str
    simulated: bool
    seen_at: datetime
    offers: tuple[Pairs, ...]
    slots: int
    facts: tuple[FactModel, ...]
    running: tuple[JobModel, ...]
    recent: tuple[JobModel, ...]
    places: tuple[PlaceModel, ...]
