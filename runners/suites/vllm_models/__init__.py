"""vLLM: tiny models of many architectures, and the engine's features, against Transformers.

`main` carries the cases out one by one; each engine lives in a process of its own.
"""

from __future__ import annotations

import os


def main() -> None:
    """Run the suite; see docs/suites/vllm-models.md for its parameter."""
    prepare()
    from runners.suites.vllm_models import session  # noqa: PLC0415 - torch, after the settings

    session.run()


def prepare() -> None:
    """What has to hold before torch is loaded."""
    os.environ["TORCH_DEVICE_BACKEND_AUTOLOAD"] = "0"  # a plug-in's fault is the case `device`'s
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
