"""Hosts on one machine: network namespaces on a bridge of their own, each with its processes.

Needs root and the right to make namespaces; `why_not` says what is missing.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from foreign_ray import ForeignRay, foreign_ray
from ray_nodes import end_all, node_command, node_environment

SECRET = secrets.token_hex(32)
LABELS = "site=lab,accelerator=cpu"


def why_not() -> str:
    """What keeps hosts from being made here, "" where nothing does."""
    if os.geteuid() != 0:
        return "network namespaces need root: run these tests as root"
    if shutil.which("ip") is None or shutil.which("unshare") is None:
        return "ip and unshare are missing: apt-get install iproute2 util-linux"
    name = f"cv{secrets.token_hex(3)}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    if made.returncode:
        return f"no network namespace can be made here: {made.stderr.decode().strip()}"
    bridge = subprocess.run(
        ["ip", "link", "add", name, "type", "bridge"], capture_output=True, check=False
    )
    _ip("netns", "del", name)
    if bridge.returncode:
        return f"no bridge can be made here: {bridge.stderr.decode().strip()}"
    _ip("link", "del", name)
    return ""


@dataclass
class Host:
    """A namespace with an address; `process` is the first of what runs in it."""

    name: str
    address: str
    process: subprocess.Popen[bytes] | None = None

    def start(self, argv: list[str], env: dict[str, str], log: Path) -> None:
        """Run a program there, first of its own tree of processes, under its own host name."""
        inner = f'hostname {self.name} && exec "$@"'
        shell = ["sh", "-c", inner, "sh", *argv]
        own = ["unshare", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc", *shell]
        with log.open("ab") as sink:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", self.name, *own],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )

    def cut_off(self) -> None:
        """Nothing goes in or out any more, and nobody is told."""
        _ip("link", "set", f"{self.name}b", "down")

    def power_off(self) -> None:
        """End everything there at once."""
        if self.process is not None:
            end_all(self.process.pid)
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass
class Lan:
    """A bridge with hosts on it, and the Ray cluster whose head is this machine's."""

    cluster: ForeignRay
    hosts: list[Host] = field(default_factory=list)


@contextmanager
def lan(folder: Path, count: int = 2) -> Iterator[Lan]:
    """Hosts that are nodes of one Ray cluster, until the block ends."""
    net = f"cv{secrets.token_hex(3)}"
    subnet = f"10.{200 + secrets.randbelow(50)}.{secrets.randbelow(250)}"
    _ip("link", "add", net, "type", "bridge")
    hosts = [Host(f"{net}{number}", f"{subnet}.{number + 2}") for number in range(count)]
    try:
        _ip("addr", "add", f"{subnet}.1/24", "dev", net)
        _ip("link", "set", net, "up")
        for host in hosts:
            _join(host, net)
        head = ("--node-ip-address", f"{subnet}.1")
        with foreign_ray("site=lab,accelerator=none", *head, alone=False, secret=SECRET) as cluster:
            for host in hosts:
                _serve(host, cluster, folder)
            yield Lan(cluster, hosts)
            for host in hosts:
                host.power_off()
    finally:
        for host in hosts:
            host.power_off()
            _ip("netns", "del", host.name, check=False)
        _ip("link", "del", net, check=False)


def _join(host: Host, bridge: str) -> None:
    """A namespace with one cable to the bridge."""
    inner, outer = f"{host.name}a", f"{host.name}b"
    _ip("netns", "add", host.name)
    _ip("link", "add", outer, "type", "veth", "peer", "name", inner)
    _ip("link", "set", inner, "netns", host.name)
    _ip("link", "set", outer, "master", bridge, "up")
    inside = ("-n", host.name)
    _ip(*inside, "link", "set", "lo", "up")
    _ip(*inside, "addr", "add", f"{host.address}/24", "dev", inner)
    _ip(*inside, "link", "set", inner, "up")


def _serve(host: Host, cluster: ForeignRay, folder: Path) -> None:
    own = folder / host.name
    own.mkdir()
    words = ("--node-ip-address", host.address)
    argv = node_command(cluster.address, own, LABELS, *words)
    host.start(argv, node_environment(cluster.token), own / "log")


def _ip(*words: str, check: bool = True) -> None:
    subprocess.run(["ip", *words], check=check, capture_output=True)
