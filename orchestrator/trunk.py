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
    nobody knows: each is held against its own kind.
    """
    heads = [one.head for one in trunk]
    if commit.head in heads:
        older = trunk[heads.index(commit.head) + 1 :]
    else:
        older = [one for one in trunk if one.place < commit.place]
    found = (one for one in older if one.ended and not one.request)
    return next((one for one in found if is_dated(one) == is_dated(commit)), None)


def is_dated(commit: Commit) -> bool:
    """Whether its place is by its own time, not by that of its run."""
    return commit.committed_at is not None
