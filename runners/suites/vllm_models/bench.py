"""What checks work with: engines, tiny models written when they are needed, their references."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any  # a model of Transformers

from runners.suites.tiny_models import writing
from runners.suites.tiny_models.architectures import Architecture, named
from runners.suites.vllm_engine.asking import Answers, Ask, Engine, Engines


class Bench:
    """Of one run of the suite; `devices` is how many accelerators it may use (0: nobody said).

    `may_fetch` is leave to bring models from a hub.
    """

    def __init__(
        self, engines: Engines, device: str, devices: int, *, may_fetch: bool = False
    ) -> None:
        self.device, self.devices, self.may_fetch = device, devices, may_fetch
        self._engines = engines
        self._made = tempfile.TemporaryDirectory()
        self._models: dict[str, Any] = {}

    def model(self, id: str) -> Path:  # noqa: A002 - an architecture's id
        """The folder of an architecture's checkpoint."""
        return self.made(named(id))

    def made(self, architecture: Architecture) -> Path:
        """The folder of a checkpoint that is made here, once."""
        folder = Path(self._made.name, architecture.id)
        if not folder.exists():
            writing.written(architecture, folder)
        return folder

    def reference(self, id: str) -> Any:  # noqa: A002, ANN401 - an architecture's id; a model
        """Transformers' model of the same checkpoint, in float32 on the CPU."""
        if id not in self._models:
            self._models[id] = writing.loaded(self.model(id))
        return self._models[id]

    def answers(self, id: str, *asks: Ask, dtype: str = "float32", **more: object) -> Answers:  # noqa: A002 - the same
        """What an engine of vLLM's with that architecture answers; raises EngineError."""
        return self.served(self.model(id), *asks, dtype=dtype, **more)

    def served(self, folder: Path, *asks: Ask, dtype: str, **more: object) -> Answers:
        """The same of a checkpoint."""
        return self._engines.answers(Engine(folder, dtype, more), asks)
