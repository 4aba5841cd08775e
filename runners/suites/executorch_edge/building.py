"""Builds the runner that needs no torch, on the headers and libraries of ExecuTorch's wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import executorch

from runners.suites.executorch_edge import products
from runners.suites.executorch_edge.found import Found
from runners.suites.harness import Skipped

RUNNER = "pte-runner"
SOURCE = Path(__file__).resolve().parent / "runner.cpp"
# Whoever is registered by being loaded has to be linked although nothing names it.
_LIBRARIES = ("kernels_optimized", "kernels_quantized", "backend_xnnpack", "threadpool")
# As the wheel's own CMake configuration says them.
_DEFINED = ("C10_USING_CUSTOM_GENERATED_MACROS", "ET_EVENT_TRACER_ENABLED", "ET_USE_THREADPOOL")
_PATIENCE_SECONDS = 300


def build() -> Found:
    """Whether the runner can be built; it and the libraries are left behind for other jobs."""
    root = Path(next(iter(executorch.__path__)))
    names = ["libexecutorch.so", *(f"libexecutorch_{one}.so" for one in _LIBRARIES)]
    compiler = shutil.which(os.environ.get("CXX") or "c++")
    missing = [name for name in names if not (root / "lib" / name).exists()]
    if missing:
        return _lacking(f"this wheel of executorch has no {missing[0]}")
    for name in names:
        shutil.copyfile(root / "lib" / name, products.RUNTIME / name)
    if compiler is None:
        return _lacking("there is no C++ compiler here: neither CXX nor c++ is a program")
    done = subprocess.run(
        _command(compiler, root),
        capture_output=True,
        check=False,
        text=True,
        timeout=_PATIENCE_SECONDS,
    )
    problem = "" if done.returncode == 0 else _complaint(done.stderr)
    products.runner_lacks(problem)
    return Found(problem, {"tolerance": "it compiles and links", "compiler": compiler})


def _lacking(why: str) -> Found:
    products.runner_lacks(why)
    raise Skipped(f"capability: {why}")


def _command(compiler: str, root: Path) -> list[str]:
    headers = root / "include"
    places = (headers, headers / "executorch/runtime/core/portable_type/c10")
    libraries = [f"-lexecutorch_{one}" for one in _LIBRARIES]
    return [
        *(compiler, "-std=c++17", "-O2", "-w", str(SOURCE), "-o", str(products.RUNTIME / RUNNER)),
        *(f"-D{name}" for name in _DEFINED),
        *(f"-I{place}" for place in places),
        *(f"-L{products.RUNTIME}", "-Wl,--no-as-needed", *libraries, "-lexecutorch"),
        "-Wl,-rpath,$ORIGIN",  # beside the runner, wherever both are put
    ]


def _complaint(said: str) -> str:
    lines = said.strip().splitlines() or ["no word"]
    return next((line for line in lines if "error" in line), lines[-1])[:500]
