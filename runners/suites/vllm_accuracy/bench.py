"""What checks work with: engines, and the checkpoints that they serve, written when needed."""

from __future__ import annotations

import tempfile
from pathlib import Path

from runners.suites.tiny_models import writing
from runners.suites.tiny_models.architectures import named
from runners.suites.vllm_accuracy import copying
from runners.suites.vllm_engine.asking import Answers, Ask, Engine, Engines


class ChangedWeightsError(Exception):
    """The weights are not those that the stored reference is of: the suite is wrong, not vLLM."""


class Bench:
    """Of one run of the suite."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._made = tempfile.TemporaryDirectory()
        self._fingerprints: dict[str, str] = {}

    def architecture(self, id: str, fingerprint: str, dtype: str, *asks: Ask) -> Answers:  # noqa: A002 - an architecture's id
        """What vLLM answers with a seeded model; raises EngineError and ChangedWeightsError."""
        folder = Path(self._made.name, id)
        if id not in self._fingerprints:
            self._fingerprints[id] = writing.written(named(id), folder)
        found = self._fingerprints[id]
        if found != fingerprint:
            message = f"the weights' sha256 is {found[:16]}… and not {fingerprint[:16]}…"
            raise ChangedWeightsError(message)
        return self._engines.answers(Engine(folder, dtype), asks)

    def trained(self, dtype: str, *asks: Ask) -> Answers:
        """What vLLM answers with the trained model."""
        folder = Path(self._made.name, "trained")
        if not folder.exists():
            copying.write(folder)
        return self._engines.answers(Engine(folder, dtype), asks)
