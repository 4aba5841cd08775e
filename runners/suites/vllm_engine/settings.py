"""The variables that have to be set before vLLM is imported, here and in each engine's process."""

from __future__ import annotations

import os
from pathlib import Path

# Everything is local, and says nothing to anybody.
_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
_ON_CPU = {
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",  # the runner, not vLLM, says which cores there are
    "OMP_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "",
}
# Of the ranks of one engine: they are on this machine, whatever its network.
_LOCAL = {"VLLM_HOST_IP": "127.0.0.1", "GLOO_SOCKET_IFNAME": "lo"}


def settings(device: str, folder: Path, *, compiles: bool = False) -> dict[str, str]:
    """The variables for an engine on a torch device; caches lie in the folder.

    An engine that does not compile is kept from it wholly: with `enforce_eager` alone, single
    functions of vLLM are compiled all the same.
    """
    found = {**_OFFLINE, **_LOCAL, "VLLM_CACHE_ROOT": str(folder / "vllm-cache")}
    found["TORCHINDUCTOR_CACHE_DIR"] = str(folder / "inductor-cache")
    found["HF_HOME"] = str(folder / "hub")
    if not compiles:
        found["TORCHDYNAMO_DISABLE"] = "1"
    return {**found, **(_ON_CPU if device.partition(":")[0] == "cpu" else {})}


def surroundings(settings: dict[str, str]) -> dict[str, str]:
    """All variables of a process that has these settings."""
    return {**os.environ, **settings}
