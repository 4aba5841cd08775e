"""The private cluster: two nodes on the loopback in a folder of its own, and one more on demand."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any  # Ray's own classes

import ray
from ray import cloudpickle, cluster_utils

from runners.suites.ray_core import actor_kinds, processes, settings, work

STORE_BYTES = 80 * 2**20  # of each node; Ray refuses less than 75 MiB
CPUS, SEATS = 2, 2
NAMESPACE = "coevo"
_GONE_SECONDS = 10


class Cluster:
    """Nodes in the zones `east`, where the driver is, and `west`, each of two CPUs.

    Its folder lies in the working folder, and is named by a short link: its sockets have paths
    of at most 107 bytes.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ray-core-", dir=Path.cwd()))
        (self.folder / "ray").mkdir()
        self.link = _link(self.folder)
        # Ray writes there, too, where its newest cluster is; by default for all of the machine.
        os.environ["RAY_TMPDIR"] = str(self.link)
        self._cluster: Any = cluster_utils.Cluster()

    def start(self, gpus: int) -> None:
        """Start both nodes, and become their driver; `gpus` is what the first one offers."""
        send_by_value()
        self.east = self._node("east", num_gpus=gpus, resources={"seat": SEATS})
        self.west = self._node("west")
        ray.init(
            address=self.address,
            namespace=NAMESPACE,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )

    @property
    def address(self) -> str:
        """Where drivers find it."""
        return str(self._cluster.address)

    @contextmanager
    def another(self, zone: str) -> Iterator[Any]:
        """A third node while this lasts; `cut` may end it before."""
        node = self._node(zone)
        try:
            yield node
        finally:
            self.cut(node)

    def cut(self, node: Any) -> None:  # noqa: ANN401 - Ray's own
        """Kill all processes of a node, as if its power were gone."""
        if node in self._cluster.worker_nodes:
            self._cluster.remove_node(node, allow_graceful=False)

    def path(self, name: str) -> str:
        """A file of a name that nobody has used, for what tasks leave behind."""
        return str(self.folder / f"{name}-{secrets.token_hex(4)}")

    def spilled(self) -> list[Path]:
        """The files into which objects were written that the store has no room for."""
        found = (self.folder / "ray").glob("session_2*/ray_spilled_objects*/*")
        return [path for path in found if path.is_file()]

    def stop(self) -> list[processes.Process]:
        """End it; whoever is left seconds later, and was killed then."""
        ray.shutdown()
        if self._cluster.head_node is not None:
            self._cluster.shutdown()
        left = _left()
        processes.end(left)
        self.link.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        return left

    def _node(self, zone: str, **more: object) -> Any:  # noqa: ANN401 - Ray's own
        return self._cluster.add_node(
            num_cpus=CPUS,
            labels={"zone": zone},
            object_store_memory=STORE_BYTES,
            temp_dir=str(self.link / "ray"),
            node_ip_address="127.0.0.1",
            include_dashboard=False,
            include_log_monitor=False,
            no_monitor=True,
            **more,
        )


def send_by_value() -> None:
    """Have what runs in workers sent to them; they could not import it."""
    for module in (work, actor_kinds):
        cloudpickle.register_pickle_by_value(module)  # type: ignore[no-untyped-call] # reason: Ray's lacks types


def nodes() -> list[Any]:
    """What Ray says of each node that lives."""
    found: list[Any] = ray.nodes()  # type: ignore[no-untyped-call] # reason: Ray's lacks types
    return [one for one in found if one["Alive"]]


def zones() -> set[str]:
    """The zones of the nodes that live."""
    return {one["Labels"].get("zone", "") for one in nodes()}


def zone_of(node: str) -> str:
    """The zone of the node with that id."""
    (found,) = [one["Labels"]["zone"] for one in nodes() if one["NodeID"] == node]
    return str(found)


def _left() -> list[processes.Process]:
    give_up = time.monotonic() + _GONE_SECONDS
    while True:
        left = processes.marked(settings.MARK, os.environ[settings.MARK])
        if not left or time.monotonic() > give_up:
            return left
        time.sleep(0.1)


def _link(folder: Path) -> Path:
    """A name of some ten bytes for a folder."""
    while True:
        link = Path("/tmp") / f"r{secrets.token_hex(4)}"  # noqa: S108 - a link, made or refused as a whole
        try:
            link.symlink_to(folder)
        except FileExistsError:
            continue
        return link
