"""A Ray cluster that many tests share: each uses it as its own, and none ends it."""

from __future__ import annotations

from orchestrator.dispatch.ray_embedded import Embedded
from orchestrator.dispatch.ray_executor import Deadlines

QUICK = Deadlines(make=40.0, ask=5.0, unknown=6.0, close=4.0)


class Borrowed:
    """The shared cluster, which tests use and do not end."""

    is_ours = True

    def __init__(self, cluster: Embedded) -> None:
        self.address, self.environment, self.beat = (
            cluster.address,
            cluster.environment,
            cluster.beat,
        )
        self.start = cluster.start

    def end(self) -> None:
        """It is needed further."""
