"""An environment with torch and ExecuTorch for the tests that need it, built once and kept."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

from torch_environment import ROOT

from runners.environments.tool import uv_binary, uv_environment

_HOME = ROOT / ".coevo-test" / "executorch"
_REQUIREMENTS = (
    "torch==2.13.0+cpu",
    "executorch==1.5.1",
    "numpy==2.4.6",
    "safetensors==0.8.0",
)


def executorch_python() -> Path:
    """The environment's Python; the first call takes about half a minute."""
    complete = _HOME / "complete"
    _HOME.parent.mkdir(exist_ok=True)
    with (_HOME.parent / "executorch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists() or complete.read_text() != " ".join(_REQUIREMENTS):
            _build()
            complete.write_text(" ".join(_REQUIREMENTS))
    return _HOME / "bin" / "python"


def _build() -> None:
    uv = uv_binary()
    assert uv, "uv is part of the development environment"
    env = {**os.environ, **uv_environment(_HOME.parent)}
    links = ("--torch-backend", "cpu") if "UV_FIND_LINKS" not in env else ()
    subprocess.run([uv, "venv", "--clear", "--quiet", str(_HOME)], env=env, check=True)
    python = str(_HOME / "bin" / "python")
    install = [uv, "pip", "install", "--quiet", "--python", python, *links, *_REQUIREMENTS]
    subprocess.run(install, env=env, check=True)
