"""What the machine is: every fact with its source, "unknown" where nobody would say.

Each group of facts is read in a child of its own with 10 seconds to answer, since a sick driver
hangs or crashes whoever asks it. Torch is used where it is installed and missed nowhere else.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator

from runners.suites import harness
from runners.suites.probe import accelerators, system, torch_facts
from runners.suites.probe.asking import Told, ask

Group = Callable[[], Iterator[tuple[str, str, str]]]
GROUPS: tuple[tuple[str, Group], ...] = (
    ("cpu", system.cpu),
    ("memory", system.memory),
    ("disk", system.disk),
    ("system", system.versions),
    ("accelerators", accelerators.devices),
    ("drivers", accelerators.drivers),
)
TORCH_GROUPS: tuple[tuple[str, Group], ...] = (
    ("torch", torch_facts.build),
    ("torch.backends", torch_facts.backends),
    ("torch.accelerator", torch_facts.accelerator),
)
_LIMIT_SECONDS = 10.0
_IMPORT_SECONDS = 120.0


def main() -> None:
    """Run the suite: one case a group."""
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    with harness.suite(total=len(GROUPS) + len(TORCH_GROUPS), resume=True) as suite:
        for name, group in GROUPS:
            _group(suite, name, group, None)
        for name, group in TORCH_GROUPS:
            _torch_group(suite, name, group)


def _torch_group(suite: harness.Suite, name: str, group: Group) -> None:
    if importlib.util.find_spec("torch"):
        _group(suite, name, group, torch_facts.load)
    elif suite.wants(name):
        suite.fact(name, "unknown", "importlib.util.find_spec")
        suite.ended(name, "SKIP", message="capability: torch is not installed here")


def _group(
    suite: harness.Suite,
    name: str,
    group: Group,
    prepare: Callable[[], None] | None,
) -> None:
    if not suite.wants(name):
        return
    with suite.case(name) as case:
        told = ask(group, _LIMIT_SECONDS, prepare, _IMPORT_SECONDS)
        for fact, value, source in told.facts:
            suite.fact(fact, value or "unknown", source)
        if told.problem:
            suite.fact(name, "unknown", told.problem)
            _ended(case, told)


def _ended(case: harness.Case, told: Told) -> None:
    """A child that died or hung says something about the machine; one that raised, about us."""
    if told.is_machine:
        case.miss(told.problem)
    else:
        case.error(told.problem)
