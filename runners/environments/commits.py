"""Commits of git repositories become wheels: each is built once, and kept."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from matrix.names import Misfit
from matrix.sources import Source, source
from runners.environments.git import last_line, run
from runners.environments.platforms import Platform, here
from runners.environments.repositories import Repositories
from runners.environments.tool import uv_binary, uv_environment
from runners.environments.unresolved import ResolverFailed, Unresolved

FOLDER = "wheels"
NOTE = "source.txt"  # beside a wheel: what it was built from
_BUILD_SECONDS = 600.0


def wheel_of(wanted: Source, home: Path, platform: Platform) -> Path:
    """The wheel of a commit, built here once by `uv build` and kept in `home`/wheels.

    It runs the project's build backend. Raises Unresolved where the commit does not exist, does
    not build, or builds for this platform alone and another is wanted; else ResolverFailed.
    """
    folder = home.absolute() / FOLDER / _digest(wanted, platform)
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="build-", dir=folder.parent) as place:
            built = Path(place, "out")
            tree = _checked_out(wanted, Repositories(home), Path(place, "tree"))
            _build(tree, built, home, platform)
            try:
                built.rename(folder)
            except OSError:
                if not folder.exists():  # else somebody has built it meanwhile
                    raise
    if not (folder / NOTE).exists():
        (folder / NOTE).write_text(f"{wanted}\n")
    wheel = next(folder.glob("*.whl"))
    if not wheel.name.endswith("-any.whl") and platform._replace(kind="") != here(""):
        raise Unresolved.because(
            f"{wanted.origin} builds no wheel for {platform} here, only {wheel.name}",
            "let a suite build it on a machine of that kind",
        )
    return wheel


def built_from(wheel: Path) -> Source | None:
    """The commit that a kept wheel was built from; None where nothing says so."""
    try:
        return source((wheel.parent / NOTE).read_text().strip())
    except (OSError, Misfit):
        return None


def _digest(wanted: Source, platform: Platform) -> str:
    return hashlib.sha256(f"{wanted}\n{platform.python}".encode()).hexdigest()[:16]


def _checked_out(wanted: Source, repositories: Repositories, tree: Path) -> Path:
    """The folder of the project, at its commit."""
    repositories.check_out(wanted.place, wanted.reference, tree)
    project = tree / wanted.folder
    if not (project / "pyproject.toml").exists() and not (project / "setup.py").exists():
        where = wanted.folder or "its root"
        raise Unresolved.because(
            f"{wanted.place} at {wanted.reference[:12]} has no Python project in {where}",
            "name its folder as `subdirectory`",
        )
    return project


def _build(project: Path, built: Path, home: Path, platform: Platform) -> None:
    uv = uv_binary()
    if uv is None:
        raise ResolverFailed.because("uv is not installed here", "pip install uv")
    python = ("--python", platform.python)
    argv = (uv, "build", "--quiet", "--wheel", *python, "--out-dir", str(built), str(project))
    ran = run(argv, project, uv_environment(home), _BUILD_SECONDS, what="uv build")
    if ran.returncode:
        raise Unresolved.because(
            f"it does not build: {last_line(ran.stderr)}", "build it by hand: uv build --wheel"
        )
    (built / ".gitignore").unlink(missing_ok=True)
