"""What slots are called: the same in Ray, in messages and on the disk."""

from __future__ import annotations

from matrix.model import ACCELERATOR, SITE
from runners.work import Offer

PREFIX = "coevo-slot-"
RANK = "coevo-rank-"


def slot_name(runner: str, offer: Offer, index: int, devices: int = 1, nodes: int = 1) -> str:
    """`coevo-slot-RUNNER-SITE-ACCELERATOR-INDEX`, and `xN` for several devices, `nN` for nodes.

    Offers that differ by free labels alone are told apart by those labels.
    """
    labels = dict(offer.labels)
    free = [value for key, value in offer.labels if key not in {SITE, ACCELERATOR}]
    place = [labels.get(SITE, ""), labels.get(ACCELERATOR, ""), *free]
    wide = (f"x{devices}" if devices > 1 else "") + (f"n{nodes}" if nodes > 1 else "")
    return f"{prefix(runner)}{'-'.join(part for part in place if part)}-{index}{wide}"


def rank_name(slot: str, rank: int) -> str:
    """What the slot of one rank is called: rank 0 as the whole, no other like a whole slot."""
    return f"{RANK}{rank}/{slot}" if rank else slot


def prefix(runner: str) -> str:
    """How the names of all slots of a runner begin. A runner's name never holds a slash."""
    return f"{PREFIX}{runner}/"
