"""Who served the server before offers nothing to the next one until it announces itself."""

from __future__ import annotations

from offers import card, cpu

from orchestrator.store.announcing import announce, dismiss_all
from orchestrator.store.read_runners import runners
from orchestrator.store.store import Store


def states(store: Store) -> dict[str, str]:
    return {one.name: one.state for one in runners(store)}


def test_a_runner_of_the_server_before_is_gone(store: Store) -> None:
    announce(store, card(cpu(1), name="before"))
    dismiss_all(store)
    assert states(store) == {"before": "gone"}


def test_a_runner_that_announces_itself_again_is_back(store: Store) -> None:
    announce(store, card(cpu(1), name="same"))
    dismiss_all(store)
    announce(store, card(cpu(1), name="same"))
    assert states(store) == {"same": "ready"}


def test_dismissing_nobody_changes_nothing(store: Store) -> None:
    dismiss_all(store)
    assert states(store) == {}
