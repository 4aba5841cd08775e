"""The uv program: where it is, and what it must be told that it does not read itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from runners.environments.sources import Sources

REFUSED = "valid authentication credentials"  # of what uv says where an index wants others
# A lock is whole: what it lacks of anybody's dependencies was left out on purpose.
WHOLE = ("--no-deps", "--require-hashes")
_COLUMNS = "10000"  # uv breaks its sentences where it takes a terminal to end
_NOT_OURS = ("UV_CACHE_DIR", "UV_PROJECT_ENVIRONMENT", "UV_PYTHON")


def uv_binary() -> str | None:
    """The path of uv: the one installed beside this Python, or the one on the PATH."""
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else shutil.which("uv")


def uv_environment(home: Path, sources: Sources | None = None) -> dict[str, str]:
    """The variables uv is run with: this process's own for uv, the runner's sources, and ours.

    pip's configured folder of wheels is handed over, since uv does not read pip's configuration.
    The user's own cache is kept where hard links into `home` can be made from it.
    """
    given = {name: value for name, value in os.environ.items() if _is_for_uv(name)}
    given |= {"UV_NO_PROGRESS": "1", "UV_PYTHON_DOWNLOADS": "automatic", "NO_COLOR": "1"}
    given["COLUMNS"] = _COLUMNS
    # pip parts folders by blanks, uv by commas.
    links = given.get("UV_FIND_LINKS") or ",".join(pip_find_links().split())
    if links:
        given["UV_FIND_LINKS"] = links
    if not _same_filesystem(_users_cache(), home):
        given["UV_CACHE_DIR"] = str(home / "cache" / "uv")
    elif os.environ.get("UV_CACHE_DIR"):
        given["UV_CACHE_DIR"] = os.environ["UV_CACHE_DIR"]
    return given | (sources.variables(given) if sources else {})


def _is_for_uv(name: str) -> bool:
    return name.startswith("UV_") and name not in _NOT_OURS


@cache
def pip_find_links() -> str:
    """What pip is configured to find wheels in besides its index; "" where it is nothing."""
    said = os.environ.get("PIP_FIND_LINKS", "")
    if said:
        return said
    for pip in ([sys.executable, "-I", "-m", "pip"], ["pip"], ["pip3"]):
        try:
            asked = [*pip, "config", "get", "global.find-links"]
            ran = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if ran.returncode == 0:
            return ran.stdout.strip()
    return ""


def _users_cache() -> Path:
    said = os.environ.get("UV_CACHE_DIR")
    if said:
        return Path(said)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "uv"


def _same_filesystem(one: Path, other: Path) -> bool:
    return _device(one) == _device(other)


def _device(path: Path) -> int:
    """The filesystem of the path, or of what it would be made in."""
    while not path.exists():
        path = path.parent
    return path.stat().st_dev
