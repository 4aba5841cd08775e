"""Which files a run's subjects change, where that is asked for and can be told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from matrix.errors import CoevoError
from matrix.sources import is_commit
from orchestrator.store.runs import Subject
from runners.environments.repositories import Repositories


def changed(subjects: Sequence[Subject], repositories: Repositories) -> tuple[str, ...] | None:
    """The files of all these changes, from their repositories' roots.

    None where one of them is no commit, or nobody can tell: that may touch anything.
    """
    found = set[str]()
    for one in subjects:
        if not one.repository or not is_commit(one.head):
            return None
        try:
            found |= set(_of(one, repositories))
        except CoevoError:
            return None
    return tuple(sorted(found))


def since(
    heads: Iterable[tuple[Subject, str]], repositories: Repositories
) -> tuple[str, ...] | None:
    """The files of all that is new in each subject since a commit that was seen before.

    None where one was never seen, or nobody can tell: that may touch anything.
    """
    found = set[str]()
    for one, before in heads:
        if not before:
            return None
        try:
            found |= set(repositories.changed(one.repository, before, one.head))
        except CoevoError:
            return None
    return tuple(sorted(found))


def _of(one: Subject, repositories: Repositories) -> tuple[str, ...]:
    """What a commit changes since it left its base; of one that the base has, its own files.

    The base is what the stack is at otherwise, or the default branch.
    """
    origin = one.repository
    base = one.base if is_commit(one.base) else repositories.commit_of(origin, "HEAD")
    return repositories.changed(origin, base, one.head) or repositories.own(origin, one.head)
