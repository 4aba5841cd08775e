"""What was observed beside what the lock wanted, as rows of a table."""

from __future__ import annotations

from typing import NamedTuple

from orchestrator.views import ReportView
from runners.work import Component


class ComponentRow(NamedTuple):
    """What was observed beside what the lock wanted; `agrees` is None where nothing was wanted."""

    name: str
    observed: str
    build: str
    locked: str
    agrees: bool | None
    source: str

    @property
    def is_wanted(self) -> bool:
        """Whether the lock names it, rather than it having come along with something else."""
        return self.agrees is not None


def component_rows(report: ReportView) -> tuple[ComponentRow, ...]:
    """All of a report; those that the lock names first, what nobody saw of them foremost."""
    locked = dict(report.locked)
    seen = {component.name: component for component in report.observed}
    names = sorted(seen, key=lambda name: (name not in locked, name))
    missing = [name for name in sorted(locked) if name not in seen]
    return tuple(
        component_row(seen.get(name), name, locked.get(name)) for name in [*missing, *names]
    )


def component_row(seen: Component | None, name: str, locked: str | None) -> ComponentRow:
    """One of them; `seen` is None where it was not there."""
    return ComponentRow(
        name=name,
        observed=seen.version if seen else "not seen",
        build=seen.build if seen else "",
        locked=locked or "",
        agrees=None if locked is None else bool(seen and seen.version == locked),
        source=seen.source if seen else "",
    )
