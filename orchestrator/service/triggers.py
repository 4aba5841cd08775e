"""Starts the runs that a matrix declares triggers for: by the clock, and by what git has new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from matrix.clock import due
from matrix.errors import CoevoError
from matrix.model import Matrix, Overrides
from matrix.occasion import minds_paths
from matrix.paths import touched
from matrix.trigger import TriggerRule
from orchestrator.messages import home
from orchestrator.service import carrying, pairs
from orchestrator.service.answers import Answers
from orchestrator.service.carrying import NothingSelected, NothingTouched, Wish
from orchestrator.service.crediting import Look
from orchestrator.service.finding import Standings, found, reference_of
from orchestrator.service.pairs import Against
from orchestrator.service.prompting import Prompts
from orchestrator.service.striking import UNMOVED, Strike, strike
from orchestrator.store import deliveries, triggered
from orchestrator.store.runs import Seen, Trigger
from orchestrator.store.triggered import Standing
from runners.environments.unresolved import ResolverFailed, Unresolved

KINDS = {"cron": "schedule", "commits": "commit", "pull_requests": "pull request"}
UNHEARD = (
    "labels are told by messages of the git host alone, and the data folder has no hook-secret: "
    "it can start nothing"
)
_DIGITS = 10


class Triggers:
    """Looks at clocks and repositories; `look` is called again and again, from one thread.

    What a trigger finds at its first look starts nothing: only what comes after does.
    """

    def __init__(self, answers: Answers) -> None:
        self._answers, self._store, self._news = answers, answers.store, answers.news
        self._repositories = answers.repositories
        self._asked: dict[tuple[str, str], datetime] = {}
        self._prompts = Prompts(answers.store)
        self._behind: set[tuple[str, str]] = set()  # have not taken all at their last look
        self._vain: dict[str, str] = {}  # why a message led to nothing
        self._general: dict[str, str] = {}  # the same, where nobody knows better

    def look(self) -> None:
        """Start what is due now. What cannot be looked at is told, and looked at again later."""
        matrices = self._answers.declarations.matrices()
        if self._answers.prompted.is_set():
            self._answers.prompted.clear()
            self._hurry(matrices, self._prompts.refresh())
        done, waiting, watched = set[str](), set[str](), set[str]()
        for matrix in matrices:
            known = triggered.standings(self._store, matrix.name) if matrix.triggers else {}
            for rule in matrix.triggers:
                where, place = home(rule.repository), (matrix.name, rule.name)
                watched.add(where)
                is_done = self._look(matrix, rule, known.get(rule.name, {}))
                if is_done is not None:
                    (self._behind.discard if is_done else self._behind.add)(place)
                    done.add(where)
                if place in self._behind:
                    waiting.add(where)
        self._prompts.follow(done - waiting, watched, self._general | self._vain)
        for told in (self._vain, self._general):
            for message in [one for one in told if not self._prompts.is_waiting(one)]:
                del told[message]

    def poke(self) -> None:
        """Ask every repository at the next look, whenever it was asked last."""
        self._asked.clear()

    def _hurry(self, matrices: Sequence[Matrix], homes: frozenset[str]) -> None:
        """Ask these repositories now."""
        for matrix in matrices:
            for rule in matrix.triggers:
                if home(rule.repository) in homes:
                    self._asked.pop((matrix.name, rule.name), None)

    def _look(self, matrix: Matrix, rule: TriggerRule, known: Standings) -> bool | None:
        """Whether what is due was taken; None where it is not the rule's turn."""
        place = (matrix.name, rule.name)
        try:
            if rule.kind == "cron":
                self._clock(matrix, rule, known)
                return None
            if not self._is_turn(place, rule):
                return None
            is_all = self._repository(matrix, rule, known)
        except CoevoError as error:
            self._say(matrix, rule, error.mistakes[0].problem)
            return False
        is_deaf = rule.labels and not self._answers.hook_secret
        self._say(matrix, rule, UNHEARD if is_deaf else "")
        return is_all

    def _say(self, matrix: Matrix, rule: TriggerRule, trouble: str) -> None:
        told = f"trigger {rule.name} of {matrix.name}: {trouble}" if trouble else ""
        self._news.stands((matrix.name, rule.name), told)

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
        elif self._is_due(matrix, rule, before):
            told = "".join(f", {name} at {where}" for name, where in rule.at)
            note = f"{rule.name}: {rule.cron} {rule.zone}{told}"
            struck = strike(matrix, rule, known, self._news, self._repositories)
            trigger = replace(_trigger(matrix, rule, seen, note), marks=struck.marks)
            self._start(matrix, rule, trigger, struck.wish, struck)
            self._asked.pop((matrix.name, rule.name), None)
            self._say(matrix, rule, "")

    def _is_due(self, matrix: Matrix, rule: TriggerRule, before: Standing) -> bool:
        """Whether a clock has struck; what could not be started is tried again only later."""
        struck = due(rule.cron, rule.zone, before.seen_at, self._store.clock.now())
        return struck is not None and self._is_turn((matrix.name, rule.name), rule)

    def _repository(self, matrix: Matrix, rule: TriggerRule, known: Standings) -> bool:
        """Start runs at what is new; whether that is all."""
        labels = deliveries.labels(self._store, home(rule.repository)) if rule.labels else {}
        looked_at = Seen(rule.name, _looked_at(rule))
        told = self._prompts.about(rule.repository)
        fresh = found(self._repositories, rule, known, labels, told.values())
        look = Look(rule, fresh, labels)
        if gone := known.keys() - fresh.heads.keys() - {looked_at.reference}:
            triggered.forget(self._store, matrix.name, rule.name, sorted(gone))
        if looked_at.reference in known:
            self._take(matrix, rule, look)
        else:  # from now on whatever is not known is new
            tips = [one.seen for one in fresh.news if one.is_tip]
            triggered.note(self._store, matrix.name, *tips, looked_at)
        self._general |= look.reasons(told, self._general)
        if fresh.is_more:  # they are not to wait for the next turn
            self._asked.pop((matrix.name, rule.name), None)
        return not fresh.is_more

    def _take(self, matrix: Matrix, rule: TriggerRule, look: Look) -> None:
        """Start a run at each head that touches the rule's paths; remember the others."""
        troubles = []
        for seen, base, _ in look.fresh.news:
            trigger = _trigger(matrix, rule, seen, _told(rule, seen))
            trigger = replace(trigger, messages=self._about(look, seen))
            try:
                files = self._files(matrix, rule, seen, base)
                if files is None or touched(rule.paths, files):
                    change = Wish(at={rule.component: seen.head}, files=files, has_compared=True)
                    self._start(matrix, rule, trigger, change)
                else:
                    self._led_to_nothing(matrix, trigger, f"it touches no path of {rule.name}")
            except CoevoError as trouble:  # the other heads are no worse for it
                troubles.append(trouble)
                if rule.each and isinstance(trouble, ResolverFailed):
                    break  # it is tried again, and those after it would hide it
        if troubles:
            raise troubles[0]

    def _about(self, look: Look, seen: Seen) -> tuple[str, ...]:
        """The messages that tell of what was seen."""
        told = self._prompts.about(look.rule.repository)
        return tuple(one for one, where in told.items() if look.is_about(where, seen.reference))

    def _led_to_nothing(self, matrix: Matrix, trigger: Trigger, why: str) -> None:
        """Remember what was seen, and what messages about it say if nothing else comes of them."""
        for message in trigger.messages:
            self._vain.setdefault(message, why)
        if trigger.seen:
            marks = (trigger.seen._replace(why=why), *trigger.marks)
            triggered.note(self._store, matrix.name, *marks)

    def _files(
        self, matrix: Matrix, rule: TriggerRule, seen: Seen, base: str
    ) -> tuple[str, ...] | None:
        """What the change touches; None where nobody minds, or it cannot be told."""
        if not rule.paths and not minds_paths(matrix):
            return None
        try:
            known = base or self._repositories.commit_of(rule.repository, reference_of(rule))
            return self._repositories.changed(rule.repository, known, seen.head)
        except Unresolved:  # as after a push that threw the old head away
            return None

    def _start(
        self,
        matrix: Matrix,
        rule: TriggerRule,
        trigger: Trigger,
        change: Wish,
        struck: Strike | None = None,
    ) -> None:
        changes = Overrides(timeout=rule.timeout, env=rule.env)
        wish = replace(change, select=rule.select, changes=changes, when=rule.when)
        try:
            self._begin(matrix, rule, wish, trigger, struck)
        except NothingSelected as error:
            is_touched = not isinstance(error, NothingTouched)
            is_unmoved = struck is not None and struck.is_unmoved and not is_touched
            why = UNMOVED if is_unmoved else error.mistakes[0].problem
            self._led_to_nothing(matrix, trigger, why)
            if is_touched:
                raise
            return
        self._answers.changed()

    def _begin(
        self, matrix: Matrix, rule: TriggerRule, wish: Wish, trigger: Trigger, struck: Strike | None
    ) -> None:
        """A run, or two that are compared."""
        tools = (trigger, self._news, self._repositories)
        if struck:
            carrying.start_at(self._store, struck.aim, wish, trigger, self._repositories)
            return
        if not rule.pairs:
            carrying.start(self._store, matrix, wish, *tools)
            return
        against = Against(repetitions=rule.pairs, branch=reference_of(rule))
        pairs.start(self._store, matrix, wish, against, *tools)


def _trigger(matrix: Matrix, rule: TriggerRule, seen: Seen, note: str) -> Trigger:
    """Why a run of a rule starts."""
    supersedes = matrix.policies.supersede and not rule.each
    return Trigger(KINDS[rule.kind], rule.owner, note, seen=seen, supersedes=supersedes)


def _looked_at(rule: TriggerRule) -> str:
    """What a rule looks at, in a word; where that changes, its next look is the first."""
    labels = f" labelled {' '.join(rule.labels)}" if rule.labels else ""
    return f"{rule.kind} {rule.repository}{labels}"


def _told(rule: TriggerRule, seen: Seen) -> str:
    """A line for people: which branch or request is where."""
    if rule.kind == "pull_requests":
        what = "#" + seen.reference.split("/")[2]
    else:
        what = rule.branch or "the default branch"
    return f"{rule.name}: {what} at {seen.head[:_DIGITS]}"
