"""Environments of all three kinds with the same toy in them, made for real."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

from images import Image
from wheels import lock_of, wheel

from runners.environments.bindings import Binding, Bindings, Kind
from runners.work import Lock

TOY, VERSION = "coevo-toy", "1.5"
KINDS = ("uv", "python", "image")


class Brought(NamedTuple):
    """A way to the toy: what the runner brings, the lock where uv makes it, variables besides."""

    bindings: Bindings
    lock: Lock | None
    env: dict[str, str]
    says: str  # what the report's fact on the environment begins with


def by_uv(folder: Path) -> Brought:
    """The toy by a lock, from a folder of wheels."""
    lock = lock_of(wheel(folder, "coevo_toy", VERSION))
    env = {"UV_FIND_LINKS": str(folder), "UV_OFFLINE": "1"}
    return Brought(Bindings(), lock, env, "uv ")


def by_python(folder: Path, python: str = sys.executable) -> Brought:
    """The toy in a virtual environment of that Python."""
    venv = venv_with_toy(folder, python)
    return Brought(Bindings((Binding(Kind.PYTHON, str(venv)),)), None, {}, "python 3.")


def by_image(image: Image) -> Brought:
    """The toy in an image."""
    bound = Binding(Kind.IMAGE, image.ref)
    return Brought(Bindings((bound,)), None, image.env, f"image {image.ref}")


def venv_with_toy(folder: Path, python: str = sys.executable) -> Path:
    """A virtual environment that nobody of ours has built."""
    venv = folder / "venv"
    subprocess.run([python, "-m", "venv", "--without-pip", str(venv)], check=True)
    (site,) = venv.glob("lib/python3*/site-packages")
    with zipfile.ZipFile(wheel(folder, "coevo_toy", VERSION)) as archive:
        archive.extractall(site)
    return venv


def toy_files() -> dict[str, str]:
    """The files of the toy as they are installed."""
    info = f"coevo_toy-{VERSION}.dist-info/METADATA"
    meta = f"Metadata-Version: 2.1\nName: {TOY}\nVersion: {VERSION}\n"
    return {"coevo_toy.py": f"VERSION = {VERSION!r}\n", info: meta}


def pythons() -> dict[str, str]:
    """The Pythons of this machine by minor version: those of pyenv, else those on the PATH."""
    found = {}
    for minor in range(6, 16):
        roots = (Path.home() / ".pyenv" / "versions").glob(f"3.{minor}.*/bin/python")
        path = next((str(one) for one in sorted(roots)), shutil.which(f"python3.{minor}"))
        if path:
            found[f"3.{minor}"] = path
    return found
