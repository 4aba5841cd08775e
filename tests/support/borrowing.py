"""A Ray cluster that many tests share: each uses it as its own, and none ends it."""

from __future__ import annotations

import atexit
import tempfile
from functools import cache
from pathlib import Path

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


@cache
def ray_folder() -> Path:
    """Where all clusters of this process lie: Ray reads a token once, so they must share it."""
    folder = tempfile.TemporaryDirectory(prefix="coevo-")
    atexit.register(folder.cleanup)
    return Path(folder.name) / "ray"
