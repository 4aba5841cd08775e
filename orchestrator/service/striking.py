"""At what a time table strikes: the commits that its branches are now, and what changed there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from matrix.model import Matrix
from matrix.occasion import minds_paths
from matrix.sources import is_commit
from matrix.trigger import TriggerRule
from orchestrator.service.carrying import Aim, Wish, aimed
from orchestrator.service.changes import since
from orchestrator.service.finding import Standings
from orchestrator.service.news import News
from orchestrator.store.runs import Seen, Subject
from runners.environments.repositories import Repositories

UNMOVED = "nothing there has changed since it struck last"


class Strike(NamedTuple):
    """What a run is to carry out, at what, and what is then seen.

    `is_unmoved`: whether it saw the same when it struck last.
    """

    wish: Wish
    aim: Aim
    marks: tuple[Seen, ...]
    is_unmoved: bool


def strike(
    matrix: Matrix, rule: TriggerRule, known: Standings, news: News, repositories: Repositories
) -> Strike:
    """Aim at what a rule names now; a change is all that is new since it struck last.

    What it has never seen may have changed anything. Raises CoevoError as `aimed` does.
    """
    wish = Wish(at=dict(rule.at))
    aim = aimed(matrix, wish, news, repositories)
    marks = tuple(_marks(rule, aim.subjects)) if rule.at else ()
    before = {one.reference: known[one.reference].head for one in marks if one.reference in known}
    is_unmoved = bool(marks) and all(before.get(one.reference) == one.head for one in marks)
    if not rule.at or not minds_paths(matrix):
        return Strike(wish, aim, marks, is_unmoved)
    heads = [(one, before.get(place(one), "")) for one in aim.subjects]
    wish = Wish(at=wish.at, files=since(heads, repositories), has_compared=True)
    return Strike(wish, aim, marks, is_unmoved)


def place(one: Subject) -> str:
    """What a rule calls the place in which it saw a commit."""
    return f"at {one.component} of {one.repository}"


def _marks(rule: TriggerRule, subjects: Iterable[Subject]) -> Iterator[Seen]:
    for one in subjects:
        if one.repository and is_commit(one.head):
            yield Seen(rule.name, place(one), one.head)
