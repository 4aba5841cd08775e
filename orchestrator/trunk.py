"""A component's commits in their order, and which of them goes before another. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from orchestrator.commit_views import Commit

_Heads = Mapping[tuple[str, str], Commit]


def newest_first(commits: Iterable[Commit]) -> tuple[Commit, ...]:
    """By their times; of those of one second children go before parents, as far as is known."""
    every = tuple(commits)
    heads = {(one.component, one.head): one for one in every}

    def place(one: Commit) -> tuple[datetime, int, int]:
        at, run = one.place
        return at, _depth(one, heads), run

    return tuple(sorted(every, key=place, reverse=True))


def _depth(commit: Commit, heads: _Heads) -> int:
    """How many parents in a row are of the same second."""
    for depth in range(len(heads)):
        parent = heads.get((commit.component, commit.parent))
        if parent is None or parent.place[0] != commit.place[0]:
            return depth
        commit = parent
    return len(heads)


def before(trunk: Sequence[Commit], commit: Commit) -> Commit | None:
    """The nearest one of a trunk, newest first, that is older and has results; None without one.

    Heads of pull requests are no part of the trunk. Whether a version is older than a commit
    nobody knows: each is held against its own kind; nor which of two commits of one second is,
    unless the one is known to have come from the other.
    """
    heads = [one.head for one in trunk]
    if commit.head in heads:
        older = trunk[heads.index(commit.head) + 1 :]
    else:
        older = [one for one in trunk if one.place < commit.place]
    found = [one for one in older if one.ended and not one.request]
    if not is_dated(commit):
        return next((one for one in found if not is_dated(one)), None)
    ancestors = _ancestors(commit, trunk)
    sure = (one for one in found if one.head in ancestors or one.place[0] < commit.place[0])
    return next((one for one in sure if is_dated(one)), None)


def _ancestors(commit: Commit, trunk: Sequence[Commit]) -> frozenset[str]:
    """Those that it is known to have come from."""
    parents = {one.head: one.parent for one in trunk}
    found = set[str]()
    head = commit.parent
    while head and head not in found:
        found.add(head)
        head = parents.get(head, "")
    return frozenset(found)


def is_dated(commit: Commit) -> bool:
    """Whether its place is by its own time, not by that of its run."""
    return commit.committed_at is not None
