"""A commit's files in an attempt's folder: fetched once, checked out for each attempt."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from repositories import Repository, repository

from matrix.model import Workdir
from runners.environments import checkout
from runners.environments.checkout import check_out
from runners.environments.plain import shell
from runners.environments.provider import Note, Ran, Unprepared

pytestmark = pytest.mark.slow


@pytest.fixture
def made(tmp_path: Path) -> Repository:
    found = repository(tmp_path / "origin")
    found.commit({"a.txt": "one\n", "sub/b.txt": "b\n"})
    return found


class Heard:
    """A shell that remembers which git commands were run."""

    def __init__(self) -> None:
        self.commands: list[str] = []
        self.notes: list[str] = []

    async def run(self, argv: tuple[str, ...], env: Mapping[str, str], note: Note) -> Ran:
        words = [word for word in argv if word in {"init", "fetch", "worktree", "submodule"}]
        self.commands += words[:1]
        return await shell(argv, env, note)

    def note(self, line: str) -> None:
        self.notes.append(line)


def checked_out(home: Path, wanted: Workdir, tree: Path, heard: Heard | None = None) -> Path:
    ear = heard or Heard()
    asyncio.run(check_out(home, wanted, tree, ear.note, ear.run))
    return tree


def at(made: Repository, commit: str) -> Workdir:
    return Workdir(git=made.url, commit=commit)


def test_the_files_of_the_commit_are_there(tmp_path: Path, made: Repository) -> None:
    commit = made.git("rev-parse", "HEAD")
    tree = checked_out(tmp_path / "home", at(made, commit), tmp_path / "tree")

    assert (tree / "a.txt").read_text() == "one\n"
    assert (tree / "sub" / "b.txt").read_text() == "b\n"


def test_each_attempt_has_a_tree_of_its_own(tmp_path: Path, made: Repository) -> None:
    commit = made.git("rev-parse", "HEAD")
    home = tmp_path / "home"
    first = checked_out(home, at(made, commit), tmp_path / "1")
    (first / "a.txt").write_text("changed\n")
    second = checked_out(home, at(made, commit), tmp_path / "2")

    assert (second / "a.txt").read_text() == "one\n"


def test_what_was_fetched_is_not_fetched_again(tmp_path: Path, made: Repository) -> None:
    commit = made.git("rev-parse", "HEAD")
    home, heard = tmp_path / "home", Heard()
    checked_out(home, at(made, commit), tmp_path / "1", heard)
    assert heard.commands == ["init", "fetch", "worktree", "worktree"]
    assert heard.notes[0] == f"fetching {made.url} at {commit[:12]}"

    heard.commands.clear()
    checked_out(home, at(made, commit), tmp_path / "2", heard)
    assert "fetch" not in heard.commands


def test_a_new_commit_is_fetched_into_the_same_copy(tmp_path: Path, made: Repository) -> None:
    home = tmp_path / "home"
    checked_out(home, at(made, made.git("rev-parse", "HEAD")), tmp_path / "1")
    commit = made.commit({"a.txt": "two\n"})
    tree = checked_out(home, at(made, commit), tmp_path / "2")

    assert (tree / "a.txt").read_text() == "two\n"
    assert len(list((home / checkout.FOLDER).iterdir())) == 1


def test_tags_are_there_for_versions_that_are_read_from_them(
    tmp_path: Path, made: Repository
) -> None:
    made.git("tag", "v1.0")
    commit = made.commit({"a.txt": "two\n"})
    tree = checked_out(tmp_path / "home", at(made, commit), tmp_path / "tree")

    assert Repository(tree).git("describe", "--tags") == f"v1.0-1-g{commit[:7]}"


def test_a_folder_that_an_attempt_left_is_checked_out_anew(
    tmp_path: Path, made: Repository
) -> None:
    commit = made.git("rev-parse", "HEAD")
    tree = checked_out(tmp_path / "home", at(made, commit), tmp_path / "tree")
    for path in sorted(tree.rglob("*"), reverse=True):
        if path.is_file():
            path.unlink()
        else:
            path.rmdir()
    tree.rmdir()

    assert (checked_out(tmp_path / "home", at(made, commit), tree) / "a.txt").exists()


@pytest.mark.parametrize(
    ("url", "commit", "told"),
    [
        ("file:///nowhere/at/all", "0" * 40, "The checkout failed: "),
        ("", "0" * 40, "The checkout failed: "),
    ],
    ids=["no repository", "no such commit"],
)
def test_what_is_not_there_is_said(
    tmp_path: Path, made: Repository, url: str, commit: str, told: str
) -> None:
    wanted = Workdir(git=url or made.url, commit=commit)
    with pytest.raises(Unprepared) as caught:
        checked_out(tmp_path / "home", wanted, tmp_path / "tree")

    assert str(caught.value).startswith(told)
    assert caught.value.lines


def test_a_home_that_cannot_be_written_is_said(tmp_path: Path, made: Repository) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(Unprepared, match="cannot be written"):
        checked_out(tmp_path / "home", at(made, "0" * 40), tmp_path / "tree")


def test_two_attempts_at_once_do_not_disturb_each_other(tmp_path: Path, made: Repository) -> None:
    commit = made.git("rev-parse", "HEAD")
    ear = Heard()

    async def both() -> None:
        trees = [tmp_path / name for name in ("1", "2", "3")]
        home = tmp_path / "home"
        wanted = at(made, commit)
        await asyncio.gather(*(check_out(home, wanted, tree, ear.note, ear.run) for tree in trees))

    asyncio.run(both())

    assert ear.commands.count("fetch") == 1
    assert all((tmp_path / name / "a.txt").exists() for name in ("1", "2", "3"))


def test_waiting_for_another_one_can_be_cancelled(tmp_path: Path, made: Repository) -> None:
    commit = made.git("rev-parse", "HEAD")
    home, ear = tmp_path / "home", Heard()

    async def held(argv: tuple[str, ...], env: Mapping[str, str], note: Note) -> Ran:
        await asyncio.sleep(60)
        return await ear.run(argv, env, note)

    async def cancelled() -> None:
        first = asyncio.ensure_future(
            check_out(home, at(made, commit), tmp_path / "1", ear.note, held)
        )
        await asyncio.sleep(0)
        second = asyncio.ensure_future(
            check_out(home, at(made, commit), tmp_path / "2", ear.note, ear.run)
        )
        await asyncio.sleep(0)
        for one in (second, first):
            one.cancel()
        assert all(
            isinstance(end, asyncio.CancelledError)
            for end in await asyncio.gather(first, second, return_exceptions=True)
        )

    asyncio.run(cancelled())
    assert (checked_out(home, at(made, commit), tmp_path / "3") / "a.txt").exists()


def test_submodules_are_there(tmp_path: Path, made: Repository) -> None:
    inner = repository(tmp_path / "inner")
    inner.commit({"c.txt": "c\n"})
    allowed = ("-c", "protocol.file.allow=always")
    made.git(*allowed, "submodule", "--quiet", "add", inner.url, "inner")
    commit = made.commit({}, "with a submodule")
    home, heard = tmp_path / "home", Heard()
    tree = checked_out(home, at(made, commit), tmp_path / "tree", heard)

    assert (tree / "inner" / "c.txt").read_text() == "c\n"
    assert heard.commands[-1] == "submodule"
