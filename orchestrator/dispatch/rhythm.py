"""How often a dispatcher looks, and how long it waits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rhythm:
    """All in seconds.

    `hoard`: claimed work on which no slot has begun for so long goes back to the queue; `drain`:
    how long suites may take to end when the server stops; `idle`: when an unused slot is retired;
    `starting`: how often leases are renewed while the executor starts.
    """

    claim: float = 0.5
    renew: float = 2.0
    starting: float = 5.0
    offers: float = 30.0
    collect: float = 10.0
    hoard: float = 5.0
    drain: float = 4.0
    idle: float = 300.0
    lost_pause: float = 1.0
