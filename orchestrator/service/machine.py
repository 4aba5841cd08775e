"""How this machine introduces itself as a runner, and what it offers."""

from __future__ import annotations

import platform
import re
import subprocess
from dataclasses import replace

from orchestrator.service.settings import Settings
from runners import machine
from runners.work import Fact, Offer, RunnerCard

OWNER = "local"
_LONGEST_NAME = 63


def card(settings: Settings) -> RunnerCard:
    """What this machine is called and what it offers."""
    host = platform.node() or "machine"
    if settings.batch is not None:
        return _login_node(settings, host)
    return RunnerCard(
        name=_name(f"{settings.site}-{host}"),
        label=host,
        owner=OWNER,
        kind="ray" if settings.use_ray else "process",
        offers=_offers(settings),
        facts=machine.facts(),
    )


def _login_node(settings: Settings, host: str) -> RunnerCard:
    """What the compute nodes are is known once Slurm answers."""
    facts = (Fact("hostname", host, "uname"), Fact("slurm.version", _slurm_version(), "sinfo"))
    name = _name(f"{settings.site}-{host}")
    return RunnerCard(name, host, OWNER, "slurm", (), facts)


def _slurm_version() -> str:
    try:
        asked = ["sinfo", "--version"]
        ran = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return ran.stdout.strip()


def _offers(settings: Settings) -> tuple[Offer, ...]:
    brought = settings.bindings.capabilities
    found = machine.offers(
        settings.site, dict(settings.labels), settings.folder.path, settings.simulate
    )
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
