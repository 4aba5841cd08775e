"""An environment with torch and Helion for the tests that need it, built once and kept."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

from torch_environment import ROOT

from runners.environments.tool import uv_binary, uv_environment

_HOME = ROOT / ".coevo-test" / "helion"
_WANTED = (
    "torch==2.13.0+cpu",
    "helion[pallas-cpu]==1.5.1",
    "jax==0.10.2",
    "numpy==2.4.6",
    "packaging==26.3",
    "triton==3.7.1",
)


def helion_python() -> Path:
    """The environment's Python; the first call takes about half a minute."""
    complete, wanted = _HOME / "complete", " ".join(_WANTED)
    _HOME.parent.mkdir(exist_ok=True)
    with (_HOME.parent / "helion.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists() or complete.read_text() != wanted:
            _build()
            complete.write_text(wanted)
    return _HOME / "bin" / "python"


def _build() -> None:
    uv = uv_binary()
    assert uv, "uv is part of the development environment"
    env = {**os.environ, **uv_environment(_HOME.parent)}
    links = ("--torch-backend", "cpu") if "UV_FIND_LINKS" not in env else ()
    subprocess.run([uv, "venv", "--clear", "--quiet", str(_HOME)], env=env, check=True)
    python = str(_HOME / "bin" / "python")
    install = [uv, "pip", "install", "--quiet", "--python", python, *links, *_WANTED]
    subprocess.run(install, env=env, check=True)
