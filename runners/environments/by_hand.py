"""The commands that make an environment without Coevo, as a script for a shell."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from runners.environments import devices
from runners.environments.origins import Origin, origins
from runners.environments.platforms import parsed
from runners.environments.shelf import Record
from runners.environments.sources import HIDDEN
from runners.environments.tool import WHOLE
from runners.work import Component

_END = "COEVO_REQUIREMENTS"
_WANTS_UV = (
    "command -v uv > /dev/null || "
    '{ echo "this script needs uv, which is not on the PATH: pip install uv" >&2; exit 1; }'
)
_NOT_DISTRIBUTIONS = ("python", "torch.")  # what is observed besides them


def script(name: str, record: Record, pins: str, installed: Iterable[Component]) -> str:
    """The script. `pins` is the lock's text that uv built from, `installed` what a Python holds."""
    match record.provider:
        case "image":
            lines = _image(name, record)
        case "python":
            lines = _python(name, record, installed)
        case _:
            lines = _uv(name, record, pins)
    return "\n".join(["#!/bin/sh", "set -e", *lines]) + "\n"


def _uv(name: str, record: Record, pins: str) -> Iterator[str]:
    folder = f"coevo-{name}"
    yield f"# The environment {name}, for {record.platform}."
    if any(HIDDEN in word for word in record.sources):
        yield f"# {HIDDEN} stands for credentials, which only its runner knows."
    for one in origins(pins):
        yield from _commit(one, folder)
    yield _WANTS_UV
    yield f"cat > {folder}.txt <<'{_END}'"
    yield pins.rstrip("\n")
    yield _END
    yield f"uv venv --python {parsed(record.platform).python} {folder}"
    install = ["uv", "pip", "install", "--python", f"{folder}/bin/python", *WHOLE]
    torch = ("--torch-backend", "cpu") if "+cpu" in pins else ()
    yield shlex.join([*install, *record.sources, *torch, "-r", f"{folder}.txt"])
    yield from _device(parsed(record.platform).kind, f"{folder}/bin/python")


def _device(kind: str, python: str) -> Iterator[str]:
    """What puts a device that Coevo brings along into it; it is compiled there."""
    if kind in devices.KINDS:
        install = ["uv", "pip", "install", "--python", python, "--no-deps"]
        yield shlex.join([*install, "--no-build-isolation", str(devices.SOURCES / kind)])


def _commit(one: Origin, folder: str) -> Iterator[str]:
    """Comments that name a pin's commit, and how its wheel is built where it is not at hand."""
    if one.commit is None:
        return
    tree = f"{folder}-{one.name}"
    clone = shlex.join(["git", "clone", one.commit.place, tree])
    check_out = shlex.join(["git", "-C", tree, "checkout", one.commit.reference])
    build = shlex.join(["uv", "build", "--wheel", "--out-dir", tree, f"{tree}/{one.commit.folder}"])
    yield f"# {one.name} is of {one.commit}."
    yield "# Its wheel was built and kept on this machine. Where it is not at hand, build it anew:"
    yield f"#   {clone} && {check_out} && {build}"
    yield "# and write its own path and sha256 into the line below that names it."


def _python(name: str, record: Record, installed: Iterable[Component]) -> Iterator[str]:
    folder = f"coevo-{name}"
    yield f"# Like {record.origin.partition(chr(10))[0]}, which its runner's owner has made."
    yield "# What a vendor has built is in no index: bring it by --find-links."
    yield _WANTS_UV
    yield f"uv venv --python {record.python} {folder}"
    pins = [_pin(one) for one in installed if not one.name.startswith(_NOT_DISTRIBUTIONS[1])]
    pins = [pin for pin in pins if not pin.startswith(f"{_NOT_DISTRIBUTIONS[0]}==")]
    if pins:
        install = ["uv", "pip", "install", "--python", f"{folder}/bin/python", "--no-deps"]
        yield shlex.join([*install, *pins])


def _image(name: str, record: Record) -> Iterator[str]:
    yield f"# The environment {name}, with Python {record.python}."
    if Path(record.origin).suffix == ".sif":
        yield shlex.join(["apptainer", "exec", record.origin, "python3", "-V"])
        return
    yield shlex.join(["podman", "pull", record.origin])
    run = ["podman", "run", "--rm", "--entrypoint", "python3"]
    yield shlex.join([*run, record.origin, "-V"])


def _pin(one: Component) -> str:
    return f"{one.name}=={one.version}" + (f"+{one.build}" if one.build else "")
