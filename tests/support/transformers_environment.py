"""An environment with torch and Transformers for the tests that need it, built once and kept."""

from __future__ import annotations

from pathlib import Path

from suite_environment import suite_python

_REQUIREMENTS = ("torch==2.13.0+cpu", "numpy==2.4.6", "safetensors==0.8.0")


def transformers_python(version: str) -> Path:
    """The Python of an environment with this release; the first call takes about 20 seconds."""
    return suite_python(f"transformers-{version}", *_REQUIREMENTS, f"transformers=={version}")
