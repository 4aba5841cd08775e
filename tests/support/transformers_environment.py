"""An environment with torch and Transformers for the tests that need it, built once and kept."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

from torch_environment import ROOT

from runners.environments.tool import uv_binary, uv_environment

_HOME = ROOT / ".coevo-test"
_REQUIREMENTS = ("torch==2.13.0+cpu", "numpy==2.4.6", "safetensors==0.8.0")


def transformers_python(version: str) -> Path:
    """The Python of an environment with this release; the first call takes about 20 seconds."""
    home = _HOME / f"transformers-{version}"
    complete, wanted = home / "complete", (*_REQUIREMENTS, f"transformers=={version}")
    _HOME.mkdir(exist_ok=True)
    with (_HOME / "transformers.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists() or complete.read_text() != " ".join(wanted):
            _build(home, wanted)
            complete.write_text(" ".join(wanted))
    return home / "bin" / "python"


def _build(home: Path, wanted: tuple[str, ...]) -> None:
    uv = uv_binary()
    assert uv, "uv is part of the development environment"
    env = {**os.environ, **uv_environment(_HOME)}
    links = ("--torch-backend", "cpu") if "UV_FIND_LINKS" not in env else ()
    subprocess.run([uv, "venv", "--clear", "--quiet", str(home)], env=env, check=True)
    python = str(home / "bin" / "python")
    install = [uv, "pip", "install", "--quiet", "--python", python, *links, *wanted]
    subprocess.run(install, env=env, check=True)
