"""Which versions of Coevo's parts are installed; nothing of them is imported."""

from __future__ import annotations

import platform
from importlib import metadata

PARTS = ("coevo", "ray", "sqlalchemy", "fastapi", "uvicorn", "uv", "pydantic")


def versions() -> dict[str, str | None]:
    """Distribution → version, None where it is not installed; and Python's."""
    return {**{name: _version(name) for name in PARTS}, "python": platform.python_version()}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
