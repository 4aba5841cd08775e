"""Messages of git hosts in the store: each once, also from two at a time, and not for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from worlds import Hand

from orchestrator.messages import Message
from orchestrator.store import deliveries
from orchestrator.store.deliveries import KEPT
from orchestrator.store.store import Store


def received(store: Store, delivery: str, event: str, reason: str = "") -> bool:
    return deliveries.received(store, Message(delivery, event), reason)


def test_a_message_is_new_once(store: Store) -> None:
    assert [received(store, "a", "push") for _ in range(3)] == [True, False, False]
    assert received(store, "b", "push")


def test_of_many_at_once_one_is_new(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: received(store, "a", "push"), range(32)))
    assert sum(found) == 1


def test_old_ones_are_forgotten_when_new_ones_come(store: Store, clock: Hand) -> None:
    received(store, "a", "push")
    deliveries.followed(store, {"a": "there is nothing new"})
    clock.pass_by(KEPT - timedelta(seconds=1))
    assert received(store, "b", "push")
    assert not received(store, "a", "push")
    clock.pass_by(timedelta(seconds=2))
    assert received(store, "c", "push")
    assert received(store, "a", "push")
