"""vLLM's server as its clients see it: the OpenAI interface, its refusals, its start and its end.

`main` starts `vllm serve` with a tiny model on a free port of loopback and carries the cases out
against it, one by one.
"""

from __future__ import annotations

import os


def main() -> None:
    """Run the suite; see docs/suites/vllm-serve.md for its parameter."""
    os.environ["TORCH_DEVICE_BACKEND_AUTOLOAD"] = "0"  # a plug-in's fault is the case `device`'s
    from runners.suites.vllm_serve import session  # noqa: PLC0415 - torch, after the settings

    session.run()
