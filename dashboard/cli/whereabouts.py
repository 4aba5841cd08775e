"""Where the server is that a verb asks: noted in a folder, or named by a setting."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from orchestrator.service.folder import DEMO, Folder, Server, found_above
from runners.client import NoServer


def noted_server(data: Path) -> Server:
    """The server of a data folder, or of the demo in it; NoServer where none is noted."""
    for folder in (Folder(data), Folder(data / DEMO)):
        if (noted := folder.server()) is not None:
            return noted
    raise NoServer.because(f"no server is noted in {data}", "start it with `coevo up --data DIR`")


def found_server(start: Path, settings: Mapping[str, str]) -> Server:
    """Where the server is; NoServer where neither a folder nor a setting says."""
    folder = found_above(start)
    if folder is not None and (noted := folder.server()) is not None:
        return noted
    if url := settings.get("COEVO_SERVER"):
        return Server(url.rstrip("/"), settings.get("COEVO_TOKEN", ""), 0)
    raise NoServer.because("no server is known here", _HINT)


_HINT = "start one with `coevo up`, or set COEVO_SERVER to its address"
