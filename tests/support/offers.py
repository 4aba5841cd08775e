"""Offers and cards of runners that tests of the dispatcher make up."""

from __future__ import annotations

from dataclasses import replace

from runners.work import Offer, RunnerCard

_CPU = Offer(
    labels=(("site", "lab"), ("accelerator", "cpu")),
    device="cpu",
    slots=2,
    devices=0,
    memory_bytes=2**34,
    disk_bytes=2**36,
    capabilities=frozenset(),
    platform="linux-x86_64-cp311-cpu",
)


def cpu(slots: int = 2) -> Offer:
    """The CPU of a machine in the lab."""
    return replace(_CPU, slots=slots)


def gpu(devices: int = 2) -> Offer:
    """Accelerators of a machine in the lab, a slot for each."""
    labels = (("site", "lab"), ("accelerator", "gpu"))
    return replace(_CPU, labels=labels, device="cuda", slots=devices, devices=devices)


def card(*offers: Offer, name: str = "lab-one", kind: str = "process") -> RunnerCard:
    """A runner with these offers."""
    return RunnerCard(name, name, "local", kind, offers, ())
