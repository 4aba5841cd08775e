"""What checks work with: engines, tiny models written when they are needed, their references."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any  # a model of Transformers

from runners.suites.tiny_models import writing
from runners.suites.tiny_models.architectures import named
from runners.suites.vllm_engine.asking import Answers, Ask, Engine, Engines


class Bench:
    """Of one run of the suite; `devices` is how many accelerators it may use (0: nobody said)."""

    def __init__(self, engines: Engines, device: str, devices: int) -> None:
        self.device, self.devices = device, devices
        self._engines = engines
        self._made = tempfile.TemporaryDirectory()
        self._models: dict[str, Any] = {}

    def model(self, id: str) -> Path:  # noqa: A002 - an architecture's id
        """The folder of an architecture's checkpoint."""
        folder = Path(self._made.name, id)
        if not folder.exists():
            writing.written(named(id), folder)
        return folder

    def reference(self, id: str) -> Any:  # noqa: A002, ANN401 - an architecture's id; a model
        """Transformers' model of the same checkpoint, in float32 on the CPU."""
        if id not in self._models:
            self._models[id] = writing.loaded(self.model(id))
        return self._models[id]

    def answers(self, id: str, *asks: Ask, dtype: str = "float32", **more: object) -> Answers:  # noqa: A002 - the same
        """What an engine of vLLM's with that architecture answers; raises EngineError."""
        return self._engines.answers(Engine(self.model(id), dtype, more), asks)
