"""How this machine introduces itself as a runner, and what it offers."""

from __future__ import annotations

import platform
import re
from dataclasses import replace

from orchestrator.service.settings import Settings
from runners import machine
from runners.work import Offer, RunnerCard

OWNER = "local"
_LONGEST_NAME = 63


def card(settings: Settings) -> RunnerCard:
    """What this machine is called and what it offers."""
    host = platform.node() or "machine"
    return RunnerCard(
        name=_name(f"{settings.site}-{host}"),
        label=host,
        owner=OWNER,
        kind="ray" if settings.use_ray else "process",
        offers=_offers(settings),
        facts=machine.facts(),
    )


def _offers(settings: Settings) -> tuple[Offer, ...]:
    brought = settings.bindings.capabilities
    found = machine.offers(settings.site, dict(settings.labels), settings.folder.path)
    return tuple(
        replace(
            offer,
            slots=settings.slots or offer.slots,
            capabilities=offer.capabilities | brought,
        )
        for offer in found
    )


def _name(text: str) -> str:
    """A text as a name of the glossary's grammar."""
    kept = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("._-")
    return kept[:_LONGEST_NAME] or "machine"
