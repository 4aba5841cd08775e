"""A cluster that somebody else runs, named by RAY_ADDRESS: used, and never ended by us."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import NamedTuple

from matrix.errors import CoevoError
from orchestrator.dispatch.ray_reach import is_reachable

VARIABLE = "RAY_ADDRESS"
ASK_SECONDS = 30.0
# Run in a process of its own, which may hang in Ray: the cluster's own notes of what it runs with.
ASK = """
import json, sys
from ray._common.usage.usage_lib import get_cluster_metadata
from ray._raylet import GcsClient
said = get_cluster_metadata(GcsClient(address=sys.argv[1]))
print(json.dumps([said["ray_version"], said["python_version"]]))
"""


class Versions(NamedTuple):
    """What a cluster runs with; a driver has to have the same."""

    ray: str
    python: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """The cluster at an address `host:port`. Its token comes from Ray's own variables or file."""

    where: str

    is_ours = False

    def environment(self) -> dict[str, str]:
        """What a driver must have set."""
        return {"RAY_AUTH_MODE": os.environ.get("RAY_AUTH_MODE", "token")}

    def beat(self) -> None:
        """Nobody waits for us there."""

    def address(self) -> str | None:
        """Where it answers, None where it does not."""
        return self.where if is_reachable(self.where) else None

    def start(self) -> str:
        """The address. Raises CoevoError where nothing answers."""
        found = self.address()
        if found is None:
            raise CoevoError.because(
                f"no Ray cluster answers at {self.where}",
                f"correct {VARIABLE} (host:port), or unset it to let Coevo start its own",
            )
        return found

    def end(self) -> None:
        """It is not ours to end."""

    def abandon(self) -> None:
        """Nor to be told so."""

    def versions(self) -> Versions | None:
        """What it runs with, None where it does not say. Blocks for seconds."""
        try:
            done = subprocess.run(
                [sys.executable, "-c", ASK, self.where],
                env={**os.environ, **self.environment()},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=ASK_SECONDS,
                check=True,
            )
            return Versions(*map(str, json.loads(done.stdout)))
        except (OSError, ValueError, TypeError, subprocess.SubprocessError):
            return None


def foreign() -> Foreign | None:
    """The cluster that the environment names, None where it names none."""
    where = os.environ.get(VARIABLE, "").removeprefix("ray://")
    return Foreign(where) if where and where != "local" else None
