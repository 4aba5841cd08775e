"""A second driver: makes two actors, one of them detached, says where they live, and ends."""

from __future__ import annotations

import json
import os
from pathlib import Path

import ray

from runners.suites.ray_core import actor_kinds, actors
from runners.suites.ray_core.calls import actor, value
from runners.suites.ray_core.cluster import send_by_value


def main() -> None:
    """Visit the cluster at `address`; write names and processes into the file `told`."""
    asked = json.loads(os.environ["COEVO_PARAMETERS"])
    send_by_value()
    ray.init(address=asked["address"], namespace=actors.VISITED, log_to_driver=False)
    made = {
        "detached": actor(actor_kinds.Ledger, 11, name="detached", lifetime="detached"),
        "attached": actor(actor_kinds.Ledger, 11, name="attached"),
    }
    value([one.add.remote(12) for one in made.values()])
    pids = {name: value(one.process.remote()) for name, one in made.items()}
    Path(asked["told"]).write_text("".join(f"{name} {pid}\n" for name, pid in pids.items()))
