"""What pages without a view of their own are given."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.web.problems import Problem
from dashboard.web.shell import Shell


@dataclass(frozen=True, slots=True)
class EmptyContext:
    """What `empty.html` draws: a server that has no matrix yet."""

    shell: Shell


@dataclass(frozen=True, slots=True)
class ProblemContext:
    """What `problem.html` draws."""

    shell: Shell
    problem: Problem
