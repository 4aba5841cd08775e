"""Names of platforms: what a lock is resolved for and what a runner's offer says it has."""

from __future__ import annotations

import platform
import re
import sys
from typing import NamedTuple

_NAME = re.compile(
    r"(?P<system>[a-z]+)-(?P<machine>\w+)-cp(?P<major>\d)(?P<minor>\d+)-(?P<kind>\w+)"
)
_ON_CPU = ("cpu", "lazy", "simacc")  # what the CPU's build of torch serves
_TRIPLES = {
    ("linux", "x86_64"): "x86_64-manylinux_2_28",
    ("linux", "aarch64"): "aarch64-manylinux_2_28",
    ("darwin", "arm64"): "aarch64-apple-darwin",
    ("darwin", "x86_64"): "x86_64-apple-darwin",
    ("windows", "amd64"): "x86_64-pc-windows-msvc",
}


class Platform(NamedTuple):
    """Where wheels are to run. `kind` is a torch device type such as cpu or cuda."""

    system: str
    machine: str
    python: str  # "3.11"
    kind: str

    def __str__(self) -> str:
        return f"{self.system}-{self.machine}-cp{self.python.replace('.', '')}-{self.kind}"

    @property
    def triple(self) -> str:
        """The name by which uv knows it (`--python-platform`)."""
        return _TRIPLES.get((self.system, self.machine), self.system)

    @property
    def kind_of_wheels(self) -> str:
        """The device whose packages serve it: the CPU's where it is simulated on one."""
        return "cpu" if self.kind in _ON_CPU else self.kind

    @property
    def torch_backend(self) -> str:
        """The name of uv's `--torch-backend` for it."""
        return "cpu" if self.kind_of_wheels == "cpu" else "auto"


def here(device: str = "cpu") -> Platform:
    """The platform of this machine and this Python, for a torch device such as "cuda:1"."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    kind = device.partition(":")[0]
    return Platform(platform.system().lower(), platform.machine().lower(), version, kind)


def parsed(name: str) -> Platform:
    """The platform of a name such as `linux-x86_64-cp311-cpu`; ValueError where it is none."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise ValueError(f"{name!r} is no platform such as linux-x86_64-cp311-cpu")
    python = f"{found['major']}.{found['minor']}"
    return Platform(found["system"], found["machine"], python, found["kind"])
