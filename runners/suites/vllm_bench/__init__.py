"""vLLM's own benchmarks, `vllm bench serve`, `latency` and `throughput`, and whether they add up.

`main` runs each with a tiny model, holds its figures against each other and against our own
counts, and says as metrics what has stood that.
"""

from __future__ import annotations

import os


def main() -> None:
    """Run the suite; see docs/suites/vllm-bench.md for its parameter."""
    os.environ["TORCH_DEVICE_BACKEND_AUTOLOAD"] = "0"  # a plug-in's fault is the case `device`'s
    from runners.suites.vllm_bench import session  # noqa: PLC0415 - torch, after the settings

    session.run()
