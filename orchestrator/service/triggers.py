"""Starts the runs that a matrix declares triggers for: by the clock, and by what git has new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from matrix.clock import due
from matrix.errors import CoevoError
from matrix.model import Matrix, Overrides, TriggerRule
from matrix.occasion import minds_paths
from matrix.paths import touched
from orchestrator.service import carrying, pairs
from orchestrator.service.answers import Answers
from orchestrator.service.carrying import NothingSelected, NothingTouched, Wish
from orchestrator.service.pairs import Against
from orchestrator.store import triggered
from orchestrator.store.runs import Seen, Trigger
from orchestrator.store.triggered import Standing
from runners.environments.unresolved import Unresolved

KINDS = {"cron": "schedule", "commits": "commit", "pull_requests": "pull request"}
PULLS = ("refs/pull/*/head", "refs/merge-requests/*/head")
HEAD = "HEAD"
_DIGITS = 10

Standings = Mapping[str, Standing]


class Triggers:
    """Looks at clocks and repositories; `look` is called again and again, from one thread.

    What a trigger finds at its first look starts nothing: only what comes after does.
    """

    def __init__(self, answers: Answers) -> None:
        self._answers, self._store, self._news = answers, answers.store, answers.news
        self._repositories = answers.repositories
        self._asked: dict[tuple[str, str], datetime] = {}

    def look(self) -> None:
        """Start what is due now. What cannot be looked at is told, and looked at again later."""
        if self._answers.prompted.is_set():
            self._answers.prompted.clear()
            self.poke()
        for matrix in self._answers.declarations.matrices():
            known = triggered.standings(self._store, matrix.name) if matrix.triggers else {}
            for rule in matrix.triggers:
                self._look(matrix, rule, known.get(rule.name, {}))

    def poke(self) -> None:
        """Ask every repository at the next look, whenever it was asked last."""
        self._asked.clear()

    def _look(self, matrix: Matrix, rule: TriggerRule, known: Standings) -> None:
        place = (matrix.name, rule.name)
        try:
            if rule.kind == "cron":
                self._clock(matrix, rule, known)
            elif self._is_turn(place, rule):
                self._repository(matrix, rule, known)
                self._news.stands(place, "")
        except CoevoError as error:
            trouble = f"trigger {rule.name} of {matrix.name}: {error.mistakes[0].problem}"
            self._news.stands(place, trouble)

    def _is_turn(self, place: tuple[str, str], rule: TriggerRule) -> bool:
        """Whether its repository is to be asked now; then it is not asked again for a while."""
        now = self._store.clock.now()
        asked = self._asked.get(place)
        if asked is not None and asked <= now < asked + rule.every:
            return False
        self._asked[place] = now
        return True

    def _clock(self, matrix: Matrix, rule: TriggerRule, known: Standings) -> None:
        seen = Seen(rule.name)
        if (before := known.get("")) is None:
            triggered.forget(self._store, matrix.name, rule.name, sorted(known))
            triggered.note(self._store, matrix.name, seen)
        elif due(rule.cron, rule.zone, before.seen_at, self._store.clock.now()):
            self._start(matrix, rule, seen, f"{rule.name}: {rule.cron} {rule.zone}", Wish())
            self._news.stands((matrix.name, rule.name), "")

    def _repository(self, matrix: Matrix, rule: TriggerRule, known: Standings) -> None:
        named = PULLS if rule.kind == "pull_requests" else (_reference(rule),)
        heads = self._repositories.heads(rule.repository, named)
        if rule.kind == "commits" and not heads:
            raise Unresolved.because(f"{rule.repository} has no branch {rule.branch}")
        looked_at = Seen(rule.name, f"{rule.kind} {rule.repository}")
        new = list(_news(rule, heads, known))
        if gone := known.keys() - heads.keys() - {looked_at.reference}:
            triggered.forget(self._store, matrix.name, rule.name, sorted(gone))
        if looked_at.reference in known:
            self._take(matrix, rule, new, known)
        else:  # from now on whatever is not known is new
            triggered.note(self._store, matrix.name, *new, looked_at)

    def _take(
        self, matrix: Matrix, rule: TriggerRule, new: Sequence[Seen], known: Standings
    ) -> None:
        """Start a run at each head that touches the rule's paths; remember the others."""
        troubles = []
        for seen in new:
            try:
                files = self._files(matrix, rule, seen, known)
                if files is None or touched(rule.paths, files):
                    change = Wish(at={rule.component: seen.head}, files=files, has_compared=True)
                    self._start(matrix, rule, seen, _told(rule, seen), change)
                else:
                    triggered.note(self._store, matrix.name, seen)
            except CoevoError as trouble:  # the other heads are no worse for it
                troubles.append(trouble)
        if troubles:
            raise troubles[0]

    def _files(
        self, matrix: Matrix, rule: TriggerRule, seen: Seen, known: Standings
    ) -> tuple[str, ...] | None:
        """What the change touches; None where nobody minds, or it cannot be told."""
        if not rule.paths and not minds_paths(matrix):
            return None
        try:
            base = self._base(rule, seen, known)
            return self._repositories.changed(rule.repository, base, seen.head)
        except Unresolved:  # as after a push that threw the old head away
            return None

    def _base(self, rule: TriggerRule, seen: Seen, known: Standings) -> str:
        """What a change starts from: the branch's head before, or what a request is made for."""
        if rule.kind == "commits" and seen.reference in known:
            return known[seen.reference].head
        return self._repositories.commit_of(rule.repository, _reference(rule))

    def _start(
        self, matrix: Matrix, rule: TriggerRule, seen: Seen, note: str, change: Wish
    ) -> None:
        changes = Overrides(timeout=rule.timeout, env=rule.env)
        wish = replace(change, select=rule.select, changes=changes, when=rule.when)
        trigger = Trigger(KINDS[rule.kind], note=note, seen=seen)
        try:
            run = self._begin(matrix, rule, wish, trigger)
        except NothingTouched:
            triggered.note(self._store, matrix.name, seen)
            return
        except NothingSelected:
            triggered.note(self._store, matrix.name, seen)
            raise
        if matrix.policies.supersede:
            triggered.supersede(self._store, matrix.name, seen, run)
        self._answers.changed()

    def _begin(self, matrix: Matrix, rule: TriggerRule, wish: Wish, trigger: Trigger) -> int:
        """The run, or of two that are compared the older one."""
        tools = (trigger, self._news, self._repositories)
        if not rule.pairs:
            return carrying.start(self._store, matrix, wish, *tools)
        against = Against(repetitions=rule.pairs, branch=_reference(rule))
        return pairs.start(self._store, matrix, wish, against, *tools).base


def _reference(rule: TriggerRule) -> str:
    return f"refs/heads/{rule.branch}" if rule.branch else HEAD


def _news(rule: TriggerRule, heads: Mapping[str, str], known: Standings) -> Iterator[Seen]:
    """The heads that are not known yet, as they are listed."""
    for reference, head in heads.items():
        if reference not in known or known[reference].head != head:
            yield Seen(rule.name, reference, head)


def _told(rule: TriggerRule, seen: Seen) -> str:
    """A line for people: which branch or request is where."""
    if rule.kind == "pull_requests":
        what = "#" + seen.reference.split("/")[2]
    else:
        what = rule.branch or "the default branch"
    return f"{rule.name}: {what} at {seen.head[:_DIGITS]}"
