"""The process that has vLLM imported and forks one for each engine: seconds instead of ten each.

It reads a folder for each line on its standard input, and says `began PID` and `ended CODE`. Each
engine has a session of its own, its log in the folder, and ends with its process. A device that
may have been opened by an import cannot be forked, so this is for CPUs.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from pathlib import Path
from typing import Any  # a module of vLLM's

from runners.suites import harness
from runners.suites.vllm_engine import engine


def main() -> None:
    """Fork until standard input ends."""
    output = harness.claim_output()
    importlib.import_module("vllm")
    importlib.import_module("vllm.entrypoints.llm")
    _inspect_here()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _live(Path(line.strip()))
        os.write(output, f"began {pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        os.write(output, f"ended {os.waitstatus_to_exitcode(status)}\n".encode())


def _inspect_here() -> None:
    """Let vLLM look at a model's class in the engine's own process.

    It starts one that imports vLLM for that, once for each class, lest CUDA be initialised.
    """
    registry: Any = importlib.import_module("vllm.model_executor.models.registry")
    if hasattr(registry, "_run_in_subprocess"):
        registry._run_in_subprocess = lambda look: look()  # noqa: SLF001 - there is no public one


def _live(folder: Path) -> None:
    """Be the engine's process, to its end."""
    code = 1
    try:
        os.setsid()
        log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for descriptor in (1, 2):
            os.dup2(log, descriptor)
        engine.answer(folder)
        code = 0
    except BaseException:  # noqa: BLE001 - all that it can do is say so
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
