"""Environments with releases of other projects for tests, each built once and kept."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

from torch_environment import ROOT

from runners.environments.tool import uv_binary, uv_environment

_HOME = ROOT / ".coevo-test"


def suite_python(name: str, *requirements: str) -> Path:
    """The Python of an environment of that name, built anew when its requirements have changed."""
    home = _HOME / name
    complete = home / "complete"
    _HOME.mkdir(exist_ok=True)
    with (_HOME / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists() or complete.read_text() != " ".join(requirements):
            _build(home, requirements)
            complete.write_text(" ".join(requirements))
    return home / "bin" / "python"


def _build(home: Path, requirements: tuple[str, ...]) -> None:
    uv = uv_binary()
    assert uv, "uv is part of the development environment"
    env = {**os.environ, **uv_environment(_HOME)}
    links = ("--torch-backend", "cpu") if "UV_FIND_LINKS" not in env else ()
    subprocess.run([uv, "venv", "--clear", "--quiet", str(home)], env=env, check=True)
    python = str(home / "bin" / "python")
    install = [uv, "pip", "install", "--quiet", "--python", python, *links, *requirements]
    subprocess.run(install, env=env, check=True)
