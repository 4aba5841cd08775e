"""What a requirements file of pins names: distributions and their versions."""

from __future__ import annotations

import re
from urllib.parse import unquote

_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s\\;]+)", re.MULTILINE)
_WHEELS = re.compile(
    r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])? @ \S*/[^/\s-]+-([^/\s-]+)-\S+\.whl", re.MULTILINE
)


def pins(text: str) -> tuple[tuple[str, str], ...]:
    """The distributions by name, with their versions; that of a wheel by URL is in its name."""
    found = [*_PINNED.findall(text), *_WHEELS.findall(text)]
    return tuple(sorted((name, unquote(version)) for name, version in found))
