"""A checked trigger → the rule it means."""

from __future__ import annotations

from collections.abc import Mapping

from matrix.declaration import StackShape
from matrix.quantities import duration
from matrix.sources import source
from matrix.trigger import LOCAL, TriggerRule
from matrix.triggering import TriggerShape

POLLED = "5m"  # how often a repository is looked at that does not say


def trigger(
    name: str, shape: TriggerShape, stacks: Mapping[str, StackShape], line: int
) -> TriggerRule:
    """The rule of a checked shape; a repository that it does not say comes from the stacks."""
    component = shape.component
    return TriggerRule(
        name=name,
        kind=shape.kind,
        line=line,
        cron=shape.cron or "",
        zone=shape.zone or "UTC",
        component=component,
        repository=shape.repository or origin_of(component, stacks) if component else "",
        branch=shape.branch or "",
        paths=tuple(shape.paths),
        every=duration(shape.every or POLLED),
        select=shape.select,
        when=shape.when,
        timeout=duration(shape.timeout) if shape.timeout else None,
        env=tuple(sorted(shape.env.items())),
        pairs=shape.pairs or 0,
        owner=shape.owner or LOCAL,
        labels=tuple(shape.labels),
        at=tuple(sorted(shape.at.items())),
        each=shape.each,
    )


def origin_of(component: str, stacks: Mapping[str, StackShape]) -> str:
    """The repository that the first stack with the component takes it from, "" for none."""
    texts = ((shape.model_extra or {}).get(component, "") for shape in stacks.values())
    return next((origin for text in texts if text and (origin := source(text).origin)), "")
