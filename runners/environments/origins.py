"""What a lock's pins are of: a version each, or the commit or file that its wheel was made from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from matrix.sources import Source
from runners.environments.commits import built_from

_PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?"
    r"(?:==(?P<version>[^\s;\\]+)| @ (?P<url>\S+))",
    re.MULTILINE,
)


class Origin(NamedTuple):
    """A pin: its version, or the wheel that it names and the commit of that, where it is known."""

    name: str
    version: str = ""
    wheel: str = ""
    commit: Source | None = None

    @property
    def told(self) -> str:
        """Where it comes from: its commit's source, its wheel, or nothing more than a version."""
        return str(self.commit) if self.commit else self.wheel


def origins(text: str) -> tuple[Origin, ...]:
    """All pins of a lock's text, as they stand there."""
    return tuple(_origin(found) for found in _PIN.finditer(text))


def _origin(found: re.Match[str]) -> Origin:
    url = found["url"] or ""
    kept = Path(unquote(urlsplit(url).path)) if url.startswith("file://") else None
    return Origin(
        found["name"], found["version"] or "", url, built_from(kept) if kept is not None else None
    )
