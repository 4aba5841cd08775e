"""Runs the Ray suite with faults in Ray: `drive_ray.py FAULT,FAULT… [ARGUMENT …]`.

The arguments are the launcher's. Faults are those of the driver's side, which decides what Ray is
asked for and what comes of its answers; its workers are Ray's own.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[4]))

from runners.suites import __main__ as launcher
from runners.suites import harness
from runners.suites.ray_core import settings

harness.claim_output()


def greedy() -> None:
    """`ray.wait` gives everything that is ready, however little was asked for."""
    import ray  # noqa: PLC0415 - after the settings

    right = ray.wait

    def wait(refs: Any, *, num_returns: int = 1, **options: Any) -> Any:
        right(refs, num_returns=num_returns, **options)
        return right(refs, num_returns=len(refs), timeout=0)

    ray.wait = wait


def scribbling() -> None:
    """A byte in the middle of what is put is another, where there are ten megabytes or more."""
    import ray  # noqa: PLC0415 - after the settings

    right = ray.put

    def put(value: Any) -> Any:
        if getattr(value, "nbytes", 0) >= 10_000_000:
            value = value.copy()
            value[value.size // 2] ^= 1
        return right(value)

    ray.put = put


def placeless() -> None:
    """No task heeds its label selector."""
    from ray.remote_function import RemoteFunction  # noqa: PLC0415 - after the settings

    right = RemoteFunction._remote

    def remote(self: Any, *args: Any, **options: Any) -> Any:
        options.pop("label_selector", None)
        return right(self, *args, **options)

    RemoteFunction._remote = remote


def huddling() -> None:
    """Bundles that are to be spread are packed."""
    import ray.util  # noqa: PLC0415 - after the settings

    right = ray.util.placement_group

    def placement_group(bundles: Any, strategy: str) -> Any:
        return right(bundles, strategy=strategy.replace("SPREAD", "PACK"))

    ray.util.placement_group = placement_group


def untiring() -> None:
    """A task is tried once more than it may be."""
    from ray.remote_function import RemoteFunction  # noqa: PLC0415 - after the settings

    right = RemoteFunction._remote

    def remote(self: Any, *args: Any, **options: Any) -> Any:
        options["max_retries"] = options.get("max_retries", 3) + 1
        return right(self, *args, **options)

    RemoteFunction._remote = remote


def unlocked() -> None:
    """The cluster asks nobody for a token."""
    os.environ["RAY_AUTH_MODE"] = "disabled"


def orphaning() -> None:
    """Nothing ends the cluster's processes."""
    from ray._private.node import Node  # noqa: PLC0415 - after the settings

    Node.kill_all_processes = lambda *_, **__: None
    Node.any_processes_alive = lambda _: False


def main(faults: str, *arguments: str) -> None:
    right = settings.make

    def make() -> None:
        right()
        for name in faults.split(","):
            globals()[name]()

    settings.make = make
    launcher.main(["ray_core", *arguments])


main(*sys.argv[1:])
