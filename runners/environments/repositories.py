"""Git repositories: which commit a reference names, what a commit says of itself, and its files."""

from __future__ import annotations

import fcntl
import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from matrix.names import printable
from matrix.sources import is_commit
from runners.environments.git import git
from runners.environments.unresolved import ResolverFailed, Unresolved

FOLDER = "repositories"
_ASK_SECONDS, _FETCH_SECONDS = 30.0, 300.0
_BEGUN = re.compile(r"[0-9a-f]{7,63}")
_LONGEST_TITLE = 120
_HERE = "refs/coevo/"  # what was fetched, by its commit
_FEW = ("--filter=tree:0",)  # commits alone, where the server can leave out the rest
_TREES = ("--no-tags", "--filter=blob:none")  # commits and the names of files
_ONE = ("--no-tags", "--depth", "1", *_FEW)


class Said(NamedTuple):
    """What a commit says of itself: when it was committed, and the first line of its message."""

    at: datetime
    title: str


@dataclass(frozen=True, slots=True)
class Repositories:
    """Repositories of others, of which copies are kept in `home`/repositories.

    There are some of each: of single commits, and of commits with all that led to them. Methods
    raise Unresolved for what a repository does not have, ResolverFailed where it cannot be asked.
    """

    home: Path

    def commit_of(self, origin: str, reference: str) -> str:
        """The whole commit that a branch, a tag, a full name of either or first digits are now.

        One that is whole already is itself, and nobody is asked. First digits are looked for in
        the history of the default branch.
        """
        if is_commit(reference):
            return reference
        said = git(("ls-remote", "--quiet", "--", origin), Path.cwd(), _ASK_SECONDS)
        named = dict(line.split("\t")[::-1] for line in said.splitlines() if "\t" in line)
        tag = f"refs/tags/{reference}"
        peeled = f"{tag}^{{}}"  # the commit of a tag that is an object of its own
        for name in (reference, f"refs/heads/{reference}", peeled, tag, f"refs/{reference}"):
            if name in named:
                return named[name]
        if found := _BEGUN.fullmatch(reference) and self._begun(origin, reference):
            return found
        raise Unresolved.because(
            f"{origin} has no branch, tag or commit {reference}",
            "a commit that the default branch does not have is named by all its digits",
        )

    def said(self, origin: str, commit: str) -> Said:
        """What a commit says of itself; it is fetched alone."""
        with self._copy("single", origin) as copy:
            if not _has(copy, commit):
                _fetch(copy, _ONE, f"{commit}:{_HERE}{commit}", _ASK_SECONDS)
            told = git(("log", "-1", "--format=%ct %s", commit), copy, _ASK_SECONDS)
        seconds, _, title = told.strip().partition(" ")
        return Said(datetime.fromtimestamp(int(seconds), UTC), printable(title)[:_LONGEST_TITLE])

    def check_out(self, origin: str, commit: str, tree: Path) -> None:
        """Put a commit's files into a new folder, with submodules; its tags and history are there.

        So a project that reads its version from tags finds them.
        """
        with self._copy("whole", origin) as copy:
            if not _has(copy, commit):
                _fetch(copy, _FEW, f"{commit}:{_HERE}{commit}", _FETCH_SECONDS)
            git(("worktree", "prune"), copy, _ASK_SECONDS)  # those that are gone
            add = ("worktree", "add", "--quiet", "--detach", str(tree.absolute()), commit)
            git(add, copy, _FETCH_SECONDS)
        if (tree / ".gitmodules").exists():
            update = ("submodule", "--quiet", "update", "--init", "--recursive", "--depth", "1")
            git(update, tree, _FETCH_SECONDS)

    def heads(self, origin: str, patterns: Sequence[str]) -> dict[str, str]:
        """The commits that references now name, by the full names of those that a glob matches."""
        said = git(("ls-remote", "--quiet", "--", origin, *patterns), Path.cwd(), _ASK_SECONDS)
        named = (line.split("\t") for line in said.splitlines() if "\t" in line)
        return {name: commit for commit, name in named if not name.endswith("^{}")}

    def changed(self, origin: str, base: str, head: str) -> tuple[str, ...]:
        """The files that changed from where two commits part to `head`, from the root, sorted."""
        with self._copy("history", origin) as copy:
            for commit in (base, head):
                if not _has(copy, commit):
                    _fetch(copy, _TREES, f"{commit}:{_HERE}{commit}", _FETCH_SECONDS)
            words = ("diff", "--name-only", "--no-renames", "-z", f"{base}...{head}", "--")
            said = git(words, copy, _FETCH_SECONDS)
        return tuple(sorted(name for name in said.split("\0") if name))

    def _begun(self, origin: str, digits: str) -> str:
        """The only commit of the default branch that begins so, or ""."""
        with self._copy("whole", origin) as copy:
            _fetch(copy, _FEW, f"+HEAD:{_HERE}HEAD", _FETCH_SECONDS)
            listed = git(("rev-list", f"{_HERE}HEAD"), copy, _FETCH_SECONDS).split()
        found = [one for one in listed if one.startswith(digits)]
        return found[0] if len(found) == 1 else ""

    @contextmanager
    def _copy(self, kind: str, origin: str) -> Iterator[Path]:
        """Our copy of a repository, made where it is new, for one process at a time."""
        name = f"{hashlib.sha256(origin.encode()).hexdigest()[:16]}-{kind}"
        copy = self.home.absolute() / FOLDER / name
        copy.mkdir(parents=True, exist_ok=True)
        with (copy / "coevo.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (copy / "config").exists():
                git(("init", "--quiet", "--bare"), copy, _ASK_SECONDS)
            if '[remote "origin"]' not in (copy / "config").read_text():
                git(("remote", "add", "origin", origin), copy, _ASK_SECONDS)
            yield copy


def _fetch(copy: Path, options: Sequence[str], refspec: str, seconds: float) -> None:
    git(("fetch", "--quiet", *options, "origin", refspec), copy, seconds)


def _has(copy: Path, commit: str) -> bool:
    """Whether it was fetched. Asking git for the object itself would fetch what is missing."""
    try:
        git(("show-ref", "--verify", "--quiet", f"{_HERE}{commit}"), copy, _ASK_SECONDS)
    except ResolverFailed:
        return False
    return True
