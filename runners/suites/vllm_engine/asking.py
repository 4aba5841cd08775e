"""Asks engines: each lives in a process of its own, and is ended with all that it has started."""

from __future__ import annotations

import contextlib
import json
import math
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple  # Any: what is asked and answered is JSON

from runners.suites.vllm_engine.forking import Zygote
from runners.suites.vllm_engine.group import Group, last_words
from runners.suites.vllm_engine.settings import settings, surroundings

PATIENCE_SECONDS = 240.0
KV_CACHE_BYTES = 1 << 27
LONGEST = 256  # tokens of a sequence, prompt and answer
_LAUNCHER = Path(__file__).resolve().parent.parent / "__main__.py"
_ONE_PROCESS = "VLLM_ENABLE_V1_MULTIPROCESSING"
Answers = list[list[dict[str, Any]]]  # of each ask, of each prompt


class Engine(NamedTuple):
    """An engine to be started: a model's folder, a dtype, and other arguments of vLLM's `LLM`."""

    model: Path
    dtype: str = "float32"
    more: Mapping[str, Any] = {}

    @property
    def compiles(self) -> bool:
        """Whether it compiles the model; the others are as eager as vLLM can be."""
        return self.more.get("enforce_eager") is False

    @property
    def ranks(self) -> int:
        """How many processes compute together."""
        sizes = (self.more.get(f"{kind}_parallel_size", 1) for kind in ("tensor", "pipeline"))
        return math.prod(sizes)

    @property
    def arguments(self) -> dict[str, Any]:
        """All arguments of `LLM`."""
        return {
            "model": str(self.model),
            "dtype": self.dtype,
            "enforce_eager": True,
            "max_model_len": LONGEST,
            "max_num_seqs": 16,
            "kv_cache_memory_bytes": KV_CACHE_BYTES,
            "seed": 0,
            **self.more,
        }


class Ask(NamedTuple):
    """What an engine is asked: prompts as tokens, and arguments of `SamplingParams`."""

    prompts: Sequence[Sequence[int]]
    sampling: Mapping[str, Any] = {}
    kind: str = "generate"


class EngineError(Exception):
    """An engine that did not answer; says how it ended and its last words."""


class Engines:
    """Starts engines on a device, one after the other; as a context it leaves nothing behind.

    What one has answered is kept: an engine that is asked the same again is not started again.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._stack = contextlib.ExitStack()
        self._known: dict[str, Answers] = {}

    def __enter__(self) -> Engines:  # noqa: PYI034 - Self is Python 3.11's
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        own = self._variables(compiles=False)
        self._zygote = Zygote(self._argv("zygote"), own)
        self._stack.callback(self._zygote.close)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def answers(self, engine: Engine, asks: Sequence[Ask]) -> Answers:
        """What the engine answers to each ask, prompt by prompt; raises EngineError.

        Takes two seconds where it can be forked, about ten elsewhere.
        """
        asked = json.dumps({"arguments": engine.arguments, "asks": [one._asdict() for one in asks]})
        if asked not in self._known:
            self._known[asked] = self._asked(engine, asked)
        return self._known[asked]

    def _asked(self, engine: Engine, asked: str) -> Answers:
        with tempfile.TemporaryDirectory(dir=self._folder) as made:
            folder = Path(made)
            (folder / "asked.json").write_text(asked, encoding="utf-8")
            if self._device == "cpu" and engine.ranks == 1 and not engine.compiles:
                problem = self._zygote.forked(folder, PATIENCE_SECONDS)
            else:
                problem = self._alone(engine, folder)
            log = folder / "log"
            lines = log.read_text(errors="replace").splitlines() if log.exists() else []
            print(*lines, sep="\n", file=sys.stderr)  # noqa: T201 - the log
            if problem:
                raise EngineError(": ".join([problem, *last_words(lines)]))
            found: Answers = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
        return found

    def _alone(self, engine: Engine, folder: Path) -> str:
        """Let the engine live in a process that imports vLLM itself; what went wrong, or ""."""
        env = self._variables(compiles=engine.compiles)
        if engine.ranks > 1:
            del env[_ONE_PROCESS]
        argv = self._argv("engine", f"folder={folder}")
        with Group(argv, env, folder / "log") as group:
            return group.ended(PATIENCE_SECONDS)

    def _argv(self, program: str, *parameters: str) -> list[str]:
        start = [sys.executable, "-I", str(_LAUNCHER), f"vllm_engine.{program}"]
        return [*start, "--device", self._device, *parameters]

    def _variables(self, *, compiles: bool) -> dict[str, str]:
        own = settings(self._device, self._folder, compiles=compiles)
        return surroundings({**own, _ONE_PROCESS: "0"})
