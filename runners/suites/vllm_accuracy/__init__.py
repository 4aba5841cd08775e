"""vLLM's accuracy: log-probabilities against a stored reference, and a trained model's answers.

`main` carries the cases out one by one; each engine lives in a process of its own.
"""

from __future__ import annotations

import os


def main() -> None:
    """Run the suite; see docs/suites/vllm-accuracy.md for its parameter."""
    prepare()
    from runners.suites.vllm_accuracy import session  # noqa: PLC0415 - torch, after the settings

    session.run()


def prepare() -> None:
    """What has to hold before torch is loaded."""
    os.environ["TORCH_DEVICE_BACKEND_AUTOLOAD"] = "0"  # a plug-in's fault is the case `device`'s
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
