"""The git program: run quietly, within a limit, and never asking anybody for a password."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from runners.environments.unresolved import ResolverFailed, Unresolved

QUIET = {
    "GIT_TERMINAL_PROMPT": "0",  # a repository that wants a password is refused, not waited for
    "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file",
}
ALONE = ("-c", "gc.auto=0", "-c", "maintenance.auto=false")  # nothing goes on in the background
_NO_SUCH = ("not our ref", "couldn't find remote ref", "no such remote ref")
_FATAL = "fatal:"
_UNREAD = "Could not read from remote repository"  # it is not git that knows why
_NOTHING_IN_COMMON = "no merge base"
KEPT = "refs/coevo/"  # what was fetched into a copy, by its commit
FEW = ("--filter=tree:0",)  # commits alone, where the server can leave out the rest
INIT = ("init", "--quiet", "--bare")
PRUNE = ("worktree", "prune")  # those that are gone
SUBMODULES = ("submodule", "--quiet", "update", "--init", "--recursive", "--depth", "1")


def copy_name(origin: str) -> str:
    """What the folder of a repository's copy is called."""
    return hashlib.sha256(origin.encode()).hexdigest()[:16]


def has_origin(copy: Path) -> bool:
    """Whether a copy knows where it is a copy of."""
    return '[remote "origin"]' in (copy / "config").read_text()


def adding(origin: str) -> tuple[str, ...]:
    """Tells a copy where it is a copy of."""
    return ("remote", "add", "origin", origin)


def fetching(commit: str, options: Sequence[str] = FEW) -> tuple[str, ...]:
    """Fetches a commit into a copy, where it is kept."""
    return ("fetch", "--quiet", *options, "origin", f"{commit}:{KEPT}{commit}")


def finding(commit: str) -> tuple[str, ...]:
    """Fails where it was not fetched. Asking for the object itself would fetch what is missing."""
    return ("show-ref", "--verify", "--quiet", f"{KEPT}{commit}")


def laying_out(commit: str, tree: Path) -> tuple[str, ...]:
    """Puts the files of a commit into a new folder."""
    return ("worktree", "add", "--quiet", "--detach", str(tree.absolute()), commit)


def git(words: Sequence[str], folder: Path, seconds: float) -> str:
    """What it prints; raises Unresolved for a commit that is not there, else ResolverFailed."""
    program = shutil.which("git")
    if program is None:
        raise ResolverFailed.because("git is not installed here", "apt install git")
    ran = run((program, *ALONE, *words), folder, QUIET, seconds, what=f"git {words[0]}")
    if ran.returncode == 0:
        return ran.stdout
    said = complaint(ran.stderr)
    if any(word in ran.stderr for word in _NO_SUCH):
        raise Unresolved.because(f"there is no such commit: {said}", "is it pushed?")
    if _NOTHING_IN_COMMON in ran.stderr:
        hint = "was the branch begun anew?"
        raise Unresolved.because("the two commits have no history in common", hint)
    raise ResolverFailed.because(f"git {words[0]}: {said}", "can this machine reach it?")


def run(
    argv: Sequence[str], folder: Path, extra: Mapping[str, str], seconds: float, *, what: str
) -> subprocess.CompletedProcess[str]:
    """A program to its end, without git's own variables; ResolverFailed after so many seconds."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    try:
        return subprocess.run(
            argv,
            cwd=folder,
            env={**env, **extra},
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ResolverFailed.because(
            f"{what} did not end within {seconds:g} s", "try again later"
        ) from error


@contextmanager
def asking(origin: str) -> Iterator[None]:
    """Say which repository it is that does not answer."""
    try:
        yield
    except ResolverFailed as error:
        told = error.mistakes[0]
        if origin in told.problem:
            raise
        raise ResolverFailed.because(f"{origin}: {told.problem}", told.hint) from error


def complaint(text: str) -> str:
    """What git says is wrong, without its advice; of ssh and hosts what they say before it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = next((n for n, line in enumerate(lines) if line.startswith(_FATAL)), None)
    if found is None:
        return last_line(text)
    cause = lines[found - 1] if found and _UNREAD in lines[found] else ""
    return f"{cause}; {lines[found]}" if cause else lines[found]


def last_line(text: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
