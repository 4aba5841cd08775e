"""A claim that is made once more under its name has the answer that may have been lost."""

from __future__ import annotations

from worlds import World, card_of, offer_of, report_of

from matrix.status import Status
from orchestrator.dispatch.port import Room
from orchestrator.store.announcing import dismiss
from orchestrator.store.claiming import claim
from orchestrator.store.leases import foreign
from orchestrator.store.read_runners import runner
from runners.work import Key, Ticket


def claimed(small: World, name: str, free: int = 1) -> tuple[Ticket, ...]:
    return claim(small.store, small.runner, [Room(offer_of(), free)], name)


def test_the_same_name_has_the_same_answer(small: World) -> None:
    small.start("lab/cpu")
    first = claimed(small, "one", 2)
    assert len(first) == 2
    assert claimed(small, "one", 4) == first
    assert len(small.queue.held(small.runner)) == 2


def test_another_name_has_other_jobs(small: World) -> None:
    small.start("lab/cpu")
    first, second = claimed(small, "one"), claimed(small, "two")
    assert first[0].key != second[0].key


def test_what_has_ended_of_it_is_not_handed_out_again(small: World) -> None:
    small.start("lab/cpu")
    one, two = claimed(small, "one", 2)
    small.end([one], report_of(Status.PASS))
    assert claimed(small, "one") == (two,)


def test_once_all_of_it_has_ended_the_name_is_free(small: World) -> None:
    small.start("lab/cpu")
    first = claimed(small, "one")
    small.end(first, report_of(Status.PASS))
    assert claimed(small, "one")[0].key != first[0].key


def test_a_name_is_of_its_runner(small: World) -> None:
    small.start("lab/cpu")
    other = small.queue.announce(card_of("other"))
    (mine,) = claimed(small, "one")
    (theirs,) = claim(small.store, other, [Room(offer_of(), 1)], "one")
    assert mine.key.job != theirs.key.job


def test_attempts_of_others_are_told_from_ones_own(small: World) -> None:
    small.start("lab/cpu")
    other = small.queue.announce(card_of("other"))
    (mine,) = claimed(small, "one")
    small.end([mine], report_of(Status.PASS))
    strange = Key(mine.key.job, mine.key.fence + 1)
    assert foreign(small.store, small.runner, [mine.key, strange]) == {strange}
    assert foreign(small.store, other, [mine.key]) == {mine.key}
    assert foreign(small.store, other, []) == frozenset()


def test_a_runner_that_goes_offers_nothing_until_it_is_heard_of(small: World) -> None:
    small.start("lab/cpu")
    dismiss(small.store, small.runner)
    dismiss(small.store, small.runner)
    found = runner(small.store, "bench")
    assert found is not None
    assert found.state == "gone"
    assert claimed(small, "one")
    found = runner(small.store, "bench")
    assert found is not None
    assert found.state == "ready"
