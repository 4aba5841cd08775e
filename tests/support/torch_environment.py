"""One environment with torch for all tests that need it, built once and kept between runs."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

from runners.environments.tool import uv_binary, uv_environment

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = ROOT / "runners" / "suites" / "__main__.py"
_HOME = ROOT / ".coevo-test" / "torch"
# pytest is there for the checks that run inside; suites never need it.
_REQUIREMENTS = ("torch==2.13.0+cpu", "numpy==2.4.6", "expecttest==0.3.0", "pytest")


def torch_python() -> Path:
    """The environment's Python; the first call on a machine takes about 20 seconds."""
    python, complete = _HOME / "bin" / "python", _HOME / "complete"
    _HOME.parent.mkdir(exist_ok=True)
    with (_HOME.parent / "torch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists() or complete.read_text() != " ".join(_REQUIREMENTS):
            _build(python)
            complete.write_text(" ".join(_REQUIREMENTS))
    return python


def _build(python: Path) -> None:
    uv = uv_binary()
    assert uv, "uv is part of the development environment"
    env = {**os.environ, **uv_environment(_HOME.parent)}
    links = ("--torch-backend", "cpu") if "UV_FIND_LINKS" not in env else ()
    subprocess.run([uv, "venv", "--clear", "--quiet", str(_HOME)], env=env, check=True)
    install = [uv, "pip", "install", "--quiet", "--python", str(python), *links, *_REQUIREMENTS]
    subprocess.run(install, env=env, check=True)
