"""A component's commits in their order, and which of them goes before another. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.commit_views import Commit


def before(trunk: Sequence[Commit], commit: Commit) -> Commit | None:
    """The nearest one of a trunk, newest first, that is older and has results; None without one.

    Whether a version is older than a commit nobody knows: each is held against its own kind.
    """
    found = (one for one in trunk if one.place < commit.place and one.ended)
    return next((one for one in found if is_dated(one) == is_dated(commit)), None)


def is_dated(commit: Commit) -> bool:
    """Whether its place is by its own time, not by that of its run."""
    return commit.committed_at is not None
