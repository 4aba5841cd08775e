"""Git repositories: which commit a reference names, what a commit says of itself, and its files."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from matrix.errors import CoevoError
from matrix.names import printable, shown
from matrix.sources import Source, is_commit
from runners.environments.git import (
    FEW,
    INIT,
    KEPT,
    PRUNE,
    SUBMODULES,
    adding,
    asking,
    copy_name,
    fetching,
    finding,
    git,
    has_origin,
    laying_out,
)
from runners.environments.unresolved import ResolverFailed, Unresolved

FOLDER = "repositories"
_ASK_SECONDS, _FETCH_SECONDS = 30.0, 300.0
_BEGUN = re.compile(r"[0-9a-f]{7,63}")
_LONGEST_TITLE = 120
_TREES = ("--no-tags", "--filter=blob:none")  # commits and the names of files
_OWN = ("log", "-1", "-z", "--format=", "-m", "--first-parent", "--name-only", "--no-renames")
_ONE = ("--no-tags", "--depth", "1", *FEW)


class Said(NamedTuple):
    """What a commit says of itself: when it was committed, the first line of its message.

    `parent` is the first commit that it came from, "" where there is none.
    """

    at: datetime
    title: str
    parent: str = ""


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
        named = _listed(origin)
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

    def fixed(self, given: Source) -> Source:
        """A source at the commit that its branch or tag is now; CoevoError where nobody knows."""
        if not given.is_moving:
            return given
        if not given.origin:
            raise CoevoError.because(
                f"nothing says which commit {shown(given.reference)} is", "give the whole commit"
            )
        return given.at(self.commit_of(given.origin, given.reference))

    def said(self, origin: str, commit: str) -> Said:
        """What a commit says of itself; it is fetched alone."""
        with self._copy("single", origin) as copy:
            _have(copy, commit, _ONE, _ASK_SECONDS)
            told = git(("log", "-1", "--format=%ct %s", commit), copy, _ASK_SECONDS)
            whole = git(("cat-file", "commit", commit), copy, _ASK_SECONDS)
        seconds, _, title = told.strip().partition(" ")
        title = printable(title)[:_LONGEST_TITLE]
        return Said(datetime.fromtimestamp(int(seconds), UTC), title, _parent(whole))

    def check_out(self, origin: str, commit: str, tree: Path) -> None:
        """Put a commit's files into a new folder, with submodules; its tags and history are there.

        So a project that reads its version from tags finds them.
        """
        with self._copy("whole", origin) as copy:
            _have(copy, commit, FEW, _FETCH_SECONDS)
            git(PRUNE, copy, _ASK_SECONDS)
            git(laying_out(commit, tree), copy, _FETCH_SECONDS)
        if (tree / ".gitmodules").exists():
            git(SUBMODULES, tree, _FETCH_SECONDS)

    def heads(self, origin: str, patterns: Sequence[str]) -> dict[str, str]:
        """The commits that references now name, by the full names of those that a glob matches."""
        named = _listed(origin, *patterns).items()
        return {name: commit for name, commit in named if not name.endswith("^{}")}

    def changed(self, origin: str, base: str, head: str) -> tuple[str, ...]:
        """The files that changed from where two commits part to `head`, from the root, sorted."""
        with self._copy("history", origin) as copy:
            for commit in (base, head):
                _have(copy, commit, _TREES, _FETCH_SECONDS)
            words = ("diff", "--name-only", "--no-renames", "-z", f"{base}...{head}", "--")
            return _names(git(words, copy, _FETCH_SECONDS))

    def own(self, origin: str, commit: str) -> tuple[str, ...]:
        """The files that a commit changes itself, held against the first that it came from."""
        with self._copy("history", origin) as copy:
            _have(copy, commit, _TREES, _FETCH_SECONDS)
            return _names(git((*_OWN, commit, "--"), copy, _FETCH_SECONDS))

    def parting(self, origin: str, one: str, other: str) -> str:
        """Where two commits part: the newest commit that led to both."""
        with self._copy("history", origin) as copy:
            for commit in (one, other):
                _have(copy, commit, _TREES, _FETCH_SECONDS)
            try:
                return git(("merge-base", one, other), copy, _FETCH_SECONDS).strip()
            except ResolverFailed as error:  # it says nothing where there is none
                raise Unresolved.because(
                    f"{one[:10]} and {other[:10]} have no commit in common",
                    "say what to compare with",
                ) from error

    def between(self, origin: str, base: str, head: str) -> tuple[str, ...]:
        """The commits after `base` up to `head`, oldest first; of a merge the merge alone."""
        with self._copy("history", origin) as copy:
            for commit in (base, head):
                _have(copy, commit, _TREES, _FETCH_SECONDS)
            words = ("rev-list", "--reverse", "--first-parent", head, f"^{base}", "--")
            return tuple(git(words, copy, _FETCH_SECONDS).split())

    def _begun(self, origin: str, digits: str) -> str:
        """The only commit of the default branch that begins so, or ""."""
        with self._copy("whole", origin) as copy:
            fetch = ("fetch", "--quiet", *FEW, "origin", f"+HEAD:{KEPT}HEAD")
            git(fetch, copy, _FETCH_SECONDS)
            listed = git(("rev-list", f"{KEPT}HEAD"), copy, _FETCH_SECONDS).split()
        found = [one for one in listed if one.startswith(digits)]
        return found[0] if len(found) == 1 else ""

    @contextmanager
    def _copy(self, kind: str, origin: str) -> Iterator[Path]:
        """Our copy of a repository, made where it is new, for one process at a time."""
        copy = self.home.absolute() / FOLDER / f"{copy_name(origin)}-{kind}"
        copy.mkdir(parents=True, exist_ok=True)
        with (copy / "coevo.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (copy / "config").exists():
                git(INIT, copy, _ASK_SECONDS)
            if not has_origin(copy):
                git(adding(origin), copy, _ASK_SECONDS)
            with asking(origin):
                yield copy


def _listed(origin: str, *patterns: str) -> dict[str, str]:
    """The commits of a repository's references, by their full names."""
    with asking(origin):
        said = git(("ls-remote", "--quiet", "--", origin, *patterns), Path.cwd(), _ASK_SECONDS)
    return dict(line.split("\t")[::-1] for line in said.splitlines() if "\t" in line)


def _parent(whole: str) -> str:
    """The first parent in a commit as it is stored: the log of a copy that was cut off hides it."""
    head = whole.partition("\n\n")[0].splitlines()
    return next((line.split()[1] for line in head if line.startswith("parent ")), "")


def _names(said: str) -> tuple[str, ...]:
    """Names of files that end in zeros each, sorted."""
    return tuple(sorted(name for name in said.split("\0") if name))


def _have(copy: Path, commit: str, options: Sequence[str], seconds: float) -> None:
    """Fetch a commit, where it was not fetched before."""
    try:
        git(finding(commit), copy, _ASK_SECONDS)
    except ResolverFailed:
        git(fetching(commit, options), copy, seconds)
