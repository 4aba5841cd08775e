"""Which messages of git hosts a run is about, and why the others led to none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from matrix.trigger import TriggerRule
from orchestrator.service.finding import BRANCH, Found, Labels, reference_of


class Look(NamedTuple):
    """What one look of a rule at its repository found; `labels` are those of open requests."""

    rule: TriggerRule
    fresh: Found
    labels: Labels

    def is_about(self, reference: str, seen: str) -> bool:
        """Whether what a message tells of is what a run is at, or is known to be its head."""
        if reference in {"", seen}:
            return True
        head = self.fresh.heads.get(seen)
        return head is not None and self.fresh.tips.get(reference) == head

    def reasons(self, told: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
        """Why nothing came of messages; who looks at their own branch knows better than before."""
        found = {message: self._why_not(reference) for message, reference in told.items()}
        is_better = self.rule.kind == "commits"
        return {
            name: why for name, why in found.items() if why and (is_better or name not in before)
        }

    def _why_not(self, reference: str) -> str:
        """Why nothing came of a message about that; "" where this look cannot tell."""
        if reference.startswith(BRANCH):
            return self._why_no_push(reference)
        return self._why_no_request(reference) if self.rule.kind == "pull_requests" else ""

    def _why_no_push(self, reference: str) -> str:
        branch, mine = reference.removeprefix(BRANCH), reference_of(self.rule)
        if self.rule.kind != "pull_requests":
            return f"there is nothing new at {branch}" if mine == reference else ""
        if self.rule.labels and not self.fresh.news:
            return f"no new head bears a label of {self.rule.name}"
        return "it is no new head of a pull request"

    def _why_no_request(self, reference: str) -> str:
        name = f"#{reference.split('/')[2]}" if reference.count("/") > 1 else "it"
        if self.rule.labels and reference not in self.labels:
            return f"{name} is closed"
        if reference not in self.fresh.listed:
            return f"the repository has no {name}"
        if reference not in self.fresh.heads:
            return f"{name} bears no label of {self.rule.name}"
        return f"there is nothing new at {name}"
