"""Commits of git repositories: which one a reference names, and the wheel that one builds."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from matrix.sources import Source, is_commit
from runners.environments.platforms import Platform, here
from runners.environments.tool import uv_binary, uv_environment
from runners.environments.unresolved import ResolverFailed, Unresolved

FOLDER = "wheels"
_ASK_SECONDS, _FETCH_SECONDS, _BUILD_SECONDS = 30, 300, 600
_QUIET = {
    "GIT_TERMINAL_PROMPT": "0",  # a repository that wants a password is refused, not waited for
    "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file",
}
_NO_SUCH = ("not our ref", "couldn't find remote ref", "no such remote ref")


def commit_of(origin: str, reference: str) -> str:
    """The whole commit that a branch or tag is now; one that is whole already is itself.

    Raises Unresolved where the repository has no such reference, ResolverFailed where it cannot
    be asked.
    """
    if is_commit(reference):
        return reference
    said = _git(("ls-remote", "--quiet", "--", origin), Path.cwd(), _ASK_SECONDS)
    named = dict(line.split("\t")[::-1] for line in said.splitlines() if "\t" in line)
    peeled = f"refs/tags/{reference}^{{}}"  # the commit of a tag that is an object of its own
    for name in (reference, f"refs/heads/{reference}", peeled, f"refs/tags/{reference}"):
        if name in named:
            return named[name]
    raise Unresolved.because(
        f"{origin} has no branch or tag {reference}",
        "write a branch, a tag or a whole commit; abbreviations cannot be looked up",
    )


def wheel_of(source: Source, home: Path, platform: Platform) -> Path:
    """The wheel of a commit, built here once by `uv build` and kept in `home`/wheels.

    It runs the project's build backend. Raises Unresolved where the commit does not exist, does
    not build, or builds for this platform alone and another is wanted; else ResolverFailed.
    """
    folder = home.absolute() / FOLDER / _digest(source, platform)
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="build-", dir=folder.parent) as place:
            built = Path(place, "out")
            _build(_checked_out(source, Path(place, "tree")), built, home, platform)
            built.rename(folder)
    wheel = next(folder.glob("*.whl"))
    if not wheel.name.endswith("-any.whl") and platform._replace(kind="") != here(""):
        raise Unresolved.because(
            f"{source.origin} builds no wheel for {platform} here, only {wheel.name}",
            "let a suite build it on a machine of that kind",
        )
    return wheel


def _digest(source: Source, platform: Platform) -> str:
    return hashlib.sha256(f"{source}\n{platform.python}".encode()).hexdigest()[:16]


def _checked_out(source: Source, tree: Path) -> Path:
    """The folder of the project, at its commit."""
    tree.mkdir()
    _git(("init", "--quiet"), tree, _ASK_SECONDS)
    fetch = ("fetch", "--quiet", "--no-tags", "--depth", "1", "--", source.place)
    _git((*fetch, source.reference), tree, _FETCH_SECONDS)
    _git(("checkout", "--quiet", "--detach", "FETCH_HEAD"), tree, _FETCH_SECONDS)
    project = tree / source.folder
    if not (project / "pyproject.toml").exists() and not (project / "setup.py").exists():
        where = source.folder or "its root"
        raise Unresolved.because(
            f"{source.place} at {source.reference[:12]} has no Python project in {where}",
            "name its folder as `subdirectory`",
        )
    return project


def _build(project: Path, built: Path, home: Path, platform: Platform) -> None:
    uv = uv_binary()
    if uv is None:
        raise ResolverFailed.because("uv is not installed here", "pip install uv")
    python = ("--python", platform.python)
    argv = (uv, "build", "--quiet", "--wheel", *python, "--out-dir", str(built), str(project))
    ran = _run(argv, project, uv_environment(home), _BUILD_SECONDS)
    if ran.returncode:
        raise Unresolved.because(
            f"it does not build: {_last_line(ran.stderr)}", "build it by hand: uv build --wheel"
        )
    (built / ".gitignore").unlink(missing_ok=True)


def _git(words: Sequence[str], folder: Path, seconds: int) -> str:
    git = shutil.which("git")
    if git is None:
        raise ResolverFailed.because("git is not installed here", "apt install git")
    ran = _run((git, *words), folder, _QUIET, seconds)
    if ran.returncode == 0:
        return ran.stdout
    said = _last_line(ran.stderr)
    if any(word in ran.stderr for word in _NO_SUCH):
        raise Unresolved.because(f"there is no such commit: {said}", "is it pushed?")
    raise ResolverFailed.because(f"git {words[0]}: {said}", "can this machine reach it?")


def _run(
    argv: Sequence[str], folder: Path, extra: dict[str, str], seconds: int
) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    try:
        return subprocess.run(
            argv,
            cwd=folder,
            env=env | extra,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ResolverFailed.because(
            f"{Path(argv[0]).name} {argv[1]} did not end within {seconds} s", "try again later"
        ) from error


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
