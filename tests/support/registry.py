"""Prints pip's configured sources as the variables by which uv takes them, for a shell to eval."""

from __future__ import annotations

import shlex
import subprocess
import sys

NAMES = {
    "index-url": "UV_INDEX_URL",
    "extra-index-url": "UV_EXTRA_INDEX_URL",
    "find-links": "UV_FIND_LINKS",
}


def configured() -> dict[str, str]:
    """What pip is told, by setting; several values are parted by blanks."""
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    found: dict[str, str] = {}
    for line in listing.stdout.splitlines():
        name, _, value = line.partition("=")
        found[name.removeprefix("global.").removeprefix(":env:.")] = value.strip("'\"")
    return found


if __name__ == "__main__":
    for setting, value in configured().items():
        if setting in NAMES:
            joined = ",".join(value.split()) if setting == "find-links" else value
            print(f"export {NAMES[setting]}={shlex.quote(joined)}")
