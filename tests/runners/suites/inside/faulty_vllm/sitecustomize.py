"""Faults in vLLM, each planted when the module that it is in has been imported.

Python imports this file by itself where it is on its path. FAULTY_VLLM says which faults there are.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from types import ModuleType
from typing import Any


def dropping(module: ModuleType) -> None:
    """The text of the last piece of a streamed completion is lost."""
    server = module.OpenAIServingCompletion
    right = server.completion_stream_generator

    async def generator(*args: Any, **kwargs: Any) -> AsyncIterator[str]:
        async for piece in right(*args, **kwargs):
            yield _without_text(piece)

    server.completion_stream_generator = generator


def _without_text(piece: str) -> str:
    if '"finish_reason":"' not in piece:
        return piece
    said = json.loads(piece.removeprefix("data: "))
    said["choices"][0]["text"] = ""
    return f"data: {json.dumps(said)}\n\n"


def deaf(module: ModuleType) -> None:
    """No stop string is ever seen."""
    module.check_stop_strings = lambda *_, **__: None


def doubling(module: ModuleType) -> None:
    """Each request that went well is counted twice."""
    right = module.Counter.inc

    def inc(self: Any, amount: float = 1, *args: Any) -> None:
        twice = 2 if self._name == "vllm:request_success" else 1
        right(self, twice * amount, *args)

    module.Counter.inc = inc


def leaking(_: ModuleType) -> None:
    """The server starts a process that is nobody's child, and which nobody ends."""
    subprocess.run(["sh", "-c", "sleep 600 &"], check=True)


def lawless(module: ModuleType) -> None:
    """No token is ever forbidden by a grammar."""
    module.StructuredOutputManager.grammar_bitmask = lambda *_, **__: None


def stubborn(module: ModuleType) -> None:
    """Who waits for an answer and leaves is never noticed."""

    async def listen_for_disconnect(_: Any) -> None:
        import asyncio  # noqa: PLC0415 - in the server alone

        await asyncio.Event().wait()

    module.listen_for_disconnect = listen_for_disconnect


def generous(module: ModuleType) -> None:
    """A benchmark tells one request more than there was, in every figure."""

    def more(metrics: Any, seconds: float) -> None:
        metrics.completed += 1
        metrics.request_throughput = metrics.completed / seconds

    _change_metrics(module, more)


def hasty(module: ModuleType) -> None:
    """A benchmark tells a tenth more output tokens in a second than it counted."""

    def more(metrics: Any, _: float) -> None:
        metrics.output_throughput *= 1.1

    _change_metrics(module, more)


def _change_metrics(module: ModuleType, change: Callable[[Any, float], None]) -> None:
    right = module.calculate_metrics

    def calculate_metrics(*args: Any, **kwargs: Any) -> Any:
        metrics, lengths = right(*args, **kwargs)
        change(metrics, kwargs["dur_s"])
        return metrics, lengths

    module.calculate_metrics = calculate_metrics


FAULTS: dict[str, tuple[str, Callable[[ModuleType], None]]] = {
    "dropping": ("vllm.entrypoints.openai.completion.serving", dropping),
    "deaf": ("vllm.v1.engine.detokenizer", deaf),
    "doubling": ("prometheus_client", doubling),
    "leaking": ("vllm.entrypoints.launchers.api_server.entry", leaking),
    "lawless": ("vllm.v1.structured_output", lawless),
    "stubborn": ("vllm.entrypoints.serve.utils.api_utils", stubborn),
    "generous": ("vllm.benchmarks.serve", generous),
    "hasty": ("vllm.benchmarks.serve", hasty),
}


class Planting(importlib.abc.MetaPathFinder):
    """Finds a module as everybody does, and plants its fault behind its code."""

    def __init__(self, faults: dict[str, Callable[[ModuleType], None]]) -> None:
        self.faults = faults

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        plant = self.faults.get(name)
        spec = plant and importlib.machinery.PathFinder.find_spec(name, path, target)
        if not plant or spec is None or spec.loader is None:
            return None
        right = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            right(module)
            plant(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign] # reason: that is how the fault is planted
        return spec


wanted = filter(None, os.environ.get("FAULTY_VLLM", "").split(","))
sys.meta_path.insert(0, Planting(dict(FAULTS[name] for name in wanted)))
