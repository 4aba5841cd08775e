"""Messages of git hosts: which trigger each concerns, and which repositories wait for a look."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from matrix.model import Matrix
from matrix.trigger import TriggerRule
from orchestrator.messages import Kind, Message, Receipt, home
from orchestrator.service.finding import BRANCH
from orchestrator.store import deliveries
from orchestrator.store.store import Store

Vain = Mapping[str, str]  # why there is no run, by message
UNWATCHED = "no trigger looks at this repository"
NOTHING_NEW = "there is nothing new"
_NO_WORD = {
    Kind.PING: "the host only tries whether it is heard",
    Kind.OTHER: "such an event starts nothing",
}


def why_ignored(message: Message, matrices: Iterable[Matrix]) -> str:
    """Why a message is no reason to look at its repository; "" where it is one."""
    if message.trouble or message.kind in _NO_WORD:
        return message.trouble or _NO_WORD[message.kind]
    rules = list(_about(message, matrices))
    if not rules:
        return UNWATCHED
    asked = [rule for rule in rules if rule.kind == "pull_requests"]
    if message.kind is Kind.REQUEST:
        return "" if asked else "no trigger looks at its pull requests"
    if asked or any(_is_on(rule, message.reference) for rule in rules):
        return ""  # what is pushed may be the head of a request
    return f"no trigger looks at {message.reference.removeprefix(BRANCH)}"


def taken(store: Store, matrices: Sequence[Matrix], message: Message) -> Receipt:
    """Take a message once, judged by what is declared now."""
    reason = why_ignored(message, matrices)
    is_new = deliveries.received(store, message, reason, place_of(message, matrices))
    return Receipt(not is_new, reason)


def place_of(message: Message, matrices: Iterable[Matrix]) -> str:
    """What the repository is called of which a message tells, by a trigger where one looks."""
    names = {home(rule.repository) for rule in _about(message, matrices)}
    return min(names or message.homes, default="")


def _about(message: Message, matrices: Iterable[Matrix]) -> Iterator[TriggerRule]:
    for matrix in matrices:
        for rule in matrix.triggers:
            if rule.repository and home(rule.repository) in message.homes:
                yield rule


def _is_on(rule: TriggerRule, reference: str) -> bool:
    """Whether a push to a reference may be news; which branch is the default one nobody knows."""
    branch = reference.removeprefix(BRANCH)
    return reference.startswith(BRANCH) and rule.branch in {"", branch}


class Prompts:
    """Messages that are not followed yet, of this server and of the one before it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting = deliveries.pending(store)

    def refresh(self) -> frozenset[str]:
        """Learn of new ones; the repositories that they are about."""
        before = set(self._waiting)
        self._waiting = deliveries.pending(self._store)
        return frozenset(one.home for name, one in self._waiting.items() if name not in before)

    def about(self, repository: str) -> dict[str, str]:
        """The messages about a repository, with the branch or request of which each tells."""
        wanted = home(repository)
        return {name: one.reference for name, one in self._waiting.items() if one.home == wanted}

    def follow(self, looked_at: Container[str], watched: Container[str], why: Vain) -> None:
        """All triggers of these repositories have looked; `why` some led to nothing.

        What is about a repository that is not `watched` any more has nothing to wait for.
        """
        done = {
            name: why.get(name, NOTHING_NEW) if one.home in watched else UNWATCHED
            for name, one in self._waiting.items()
            if one.home in looked_at or one.home not in watched
        }
        deliveries.followed(self._store, done)
        self._waiting = {name: one for name, one in self._waiting.items() if name not in done}

    def is_waiting(self, message: str) -> bool:
        """Whether one is not followed yet."""
        return message in self._waiting
