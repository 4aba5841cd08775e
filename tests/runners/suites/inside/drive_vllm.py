"""Runs a suite of vLLM with faults in vLLM: `drive_vllm.py FAULT,FAULT… PROGRAM [ARGUMENT …]`.

The arguments are the launcher's. Engines are run by this file, too, so that the faults are where
vLLM is; the suite itself and its references stay right.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[4]))

from runners.suites import __main__ as launcher
from runners.suites import harness

harness.claim_output()

HOW = "DRIVE_VLLM_FAULTS"


def skewed() -> None:
    """Rotary embeddings turn by a hundredth too far."""
    module: Any = importlib.import_module("vllm.model_executor.layers.rotary_embedding.base")
    right = module.RotaryEmbeddingBase._compute_inv_freq
    module.RotaryEmbeddingBase._compute_inv_freq = lambda self, base: right(self, base) * 1.01


def lukewarm() -> None:
    """The sampler does not heed the temperature."""
    module: Any = importlib.import_module("vllm.v1.sample.sampler")
    module.Sampler.apply_temperature = staticmethod(lambda logits, *_, **__: logits)


def confused() -> None:
    """The cache of prefixes takes every text of a length for the same."""
    module: Any = importlib.import_module("vllm.v1.core.kv_cache_utils")
    right = module.hash_block_tokens

    def hashed(function: Any, parent: Any, tokens: Any, *more: Any) -> Any:
        return right(function, parent, [0] * len(tokens), *more)

    module.hash_block_tokens = hashed


def dying() -> None:
    """An engine dies when it is to answer."""
    module: Any = importlib.import_module("vllm")
    module.LLM.generate = lambda *_, **__: os.abort()


def forged() -> None:
    """Weights are made from another seed than those of the references."""
    from runners.suites.tiny_models import weights  # noqa: PLC0415 - torch

    right = weights.filled
    weights.filled = lambda name, before, _: right(name, before, "another")


IN_THE_SUITE = {"forged"}


def main(*arguments: str) -> None:
    is_engine = arguments[0].startswith("vllm_engine.")
    for name in os.environ[HOW].split(","):
        if is_engine is not (name in IN_THE_SUITE):
            globals()[name]()
    if not is_engine:
        from runners.suites.vllm_engine import asking  # noqa: PLC0415 - it starts the engines

        asking._LAUNCHER = Path(__file__)
    launcher.main([*arguments])


if HOW in os.environ:
    main(*sys.argv[1:])
else:
    os.environ[HOW] = sys.argv[1]
    main(*sys.argv[2:])
