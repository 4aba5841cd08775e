"""What a repository has that a trigger has not seen: heads that moved, or each commit."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from matrix.trigger import TriggerRule
from orchestrator.store.runs import Seen
from orchestrator.store.triggered import Standing
from runners.environments.repositories import Repositories
from runners.environments.unresolved import Unresolved

PULLS = ("refs/pull/*/head", "refs/merge-requests/*/head")
HEAD = "HEAD"
BRANCH = "refs/heads/"
EACH = 20  # commits of a branch that one look starts runs at

Standings = Mapping[str, Standing]
Labels = Mapping[str, Sequence[str]]


class New(NamedTuple):
    """A head that was not seen before, and what it changes: since `base`, "" for the branch.

    `is_tip`: whether a reference names it now.
    """

    seen: Seen
    base: str
    is_tip: bool = True


class Found(NamedTuple):
    """Heads that are wanted, by their references, what is new of them, and whether there is more.

    `listed` are all of their kind, `tips` are branches of which somebody has told beside.
    """

    heads: dict[str, str]
    news: tuple[New, ...]
    is_more: bool = False
    listed: Mapping[str, str] = {}
    tips: Mapping[str, str] = {}


def found(
    repositories: Repositories,
    rule: TriggerRule,
    known: Standings,
    labels: Labels,
    told: Collection[str] = (),
) -> Found:
    """Ask the repository of a rule; raises CoevoError where it has no such branch, or is silent.

    Of references that somebody has `told` of, those of branches are looked up as well, where a
    rule does not name its own.
    """
    patterns = PULLS if rule.kind == "pull_requests" else (reference_of(rule),)
    pushed = () if rule.kind == "commits" and rule.branch else _branches(told)
    named = repositories.heads(rule.repository, (*patterns, *pushed))
    tips = {name: head for name, head in named.items() if name in pushed}
    listed = heads = {name: head for name, head in named.items() if name not in tips}
    if rule.kind == "commits" and not heads:
        raise Unresolved.because(f"{rule.repository} has no branch {rule.branch}")
    if rule.labels:
        heads = {name: head for name, head in heads.items() if rule.wants(labels.get(name, ()))}
    news = list(_moved(rule, heads, known))
    if not rule.each:
        return Found(heads, tuple(news), listed=listed, tips=tips)
    commits = [one for new in news for one in _each(repositories, rule, new)]
    return Found(heads, tuple(commits[:EACH]), len(commits) > EACH, listed, tips)


def reference_of(rule: TriggerRule) -> str:
    """The branch of a rule, as git calls it."""
    return f"{BRANCH}{rule.branch}" if rule.branch else HEAD


def _branches(told: Collection[str]) -> tuple[str, ...]:
    """Those that are branches, and no patterns."""
    return tuple(sorted(one for one in set(told) if one.startswith(BRANCH) and "*" not in one))


def _moved(rule: TriggerRule, heads: Mapping[str, str], known: Standings) -> Iterator[New]:
    """The heads that are not known yet, as they are listed."""
    for reference, head in heads.items():
        before = known[reference].head if reference in known else ""
        if before != head:
            yield New(Seen(rule.name, reference, head), before if rule.kind == "commits" else "")


def _each(repositories: Repositories, rule: TriggerRule, new: New) -> list[New]:
    """The commits up to a new head, oldest first; where nothing leads to it, it alone."""
    if not new.base:
        return [new]
    try:
        commits = repositories.between(rule.repository, new.base, new.seen.head)
    except Unresolved:  # the head before was thrown away
        return [new]
    line = pairwise((new.base, *commits))
    return [New(new.seen._replace(head=c), base, c == new.seen.head) for base, c in line]
