"""Worlds whose matrix caps device time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from worlds import TEXT, Hand, World, matrix_of, world

from orchestrator.store.budgets import balances
from orchestrator.store.planning import save_matrix
from orchestrator.store.store import Store

HOUR = timedelta(hours=1)


def text_of(budget: str, more: str = "") -> str:
    return f"{TEXT}policies: {{timeout: 1h, budget: {budget}{more}}}\n"


def capped(store: Store, clock: Hand, budget: str, more: str = "") -> World:
    return world(store, clock, text_of(budget, more))


def declared(world: World, budget: str) -> World:
    """The same world after its file has said another budget."""
    matrix = matrix_of(text_of(budget))
    save_matrix(world.store, matrix)
    return replace(world, matrix=matrix)


def used(world: World, owner: str = "local") -> tuple[float, float]:
    """Device-hours used today and reserved."""
    with world.store.read() as connection:
        found = balances(connection, world.clock.now()).of(1, owner)
    return found.used.day / HOUR, found.held / HOUR
