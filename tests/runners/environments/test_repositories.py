"""References are looked up in real repositories, and commits say what they are."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from repositories import Repository, project, repository

from runners.environments import repositories as looking
from runners.environments.repositories import Repositories
from runners.environments.unresolved import ResolverFailed, Unresolved

pytestmark = pytest.mark.slow
NOWHERE = "1" * 40
AT = "2026-03-04T05:06:07+00:00"


@pytest.fixture
def toy(tmp_path: Path) -> Repository:
    return repository(tmp_path / "toy")


@pytest.fixture
def repositories(tmp_path: Path) -> Repositories:
    return Repositories(tmp_path / "home")


def test_a_branch_is_the_commit_at_its_tip(toy: Repository, repositories: Repositories) -> None:
    first = toy.commit(project())
    toy.git("branch", "feature/main")
    second = toy.commit(project(version="1.1"))

    assert repositories.commit_of(toy.url, "main") == second
    assert repositories.commit_of(toy.url, "HEAD") == second
    assert repositories.commit_of(toy.url, "feature/main") == first
    assert repositories.commit_of(toy.url, "refs/heads/main") == second


@pytest.mark.parametrize("annotated", [True, False])
def test_a_tag_is_the_commit_that_it_marks(
    toy: Repository, repositories: Repositories, *, annotated: bool
) -> None:
    commit = toy.commit(project())
    toy.git("tag", *(("--annotate", "--message", "x") if annotated else ()), "v1.0")
    toy.commit(project(version="1.1"))

    assert repositories.commit_of(toy.url, "v1.0") == commit


def test_a_branch_goes_before_a_tag_of_its_name(
    toy: Repository, repositories: Repositories
) -> None:
    toy.commit(project())
    toy.git("tag", "release")
    toy.git("checkout", "--quiet", "-b", "release")
    tip = toy.commit(project(version="1.1"))

    assert repositories.commit_of(toy.url, "release") == tip


def test_a_whole_commit_is_itself_and_nobody_is_asked(repositories: Repositories) -> None:
    assert repositories.commit_of("file:///nowhere", NOWHERE) == NOWHERE


@pytest.mark.parametrize("reference", ["nosuch", "0123abc", "v1", "abcdef"])
def test_what_a_repository_does_not_have_is_said(
    toy: Repository, repositories: Repositories, reference: str
) -> None:
    toy.commit(project())
    with pytest.raises(Unresolved, match=f"has no branch, tag or commit {reference}"):
        repositories.commit_of(toy.url, reference)


def test_first_digits_are_enough_for_a_commit_of_the_default_branch(
    toy: Repository, repositories: Repositories
) -> None:
    first = toy.commit(project())
    assert repositories.commit_of(toy.url, first[:7]) == first
    second = toy.commit(project(version="1.1"))
    toy.git("checkout", "--quiet", "--detach")
    aside = toy.commit(project(version="1.2"))
    toy.git("checkout", "--quiet", "main")

    assert repositories.commit_of(toy.url, first[:9]) == first
    assert repositories.commit_of(toy.url, second[:12]) == second
    with pytest.raises(Unresolved, match="no branch, tag or commit"):
        repositories.commit_of(toy.url, aside[:12])


def test_a_pull_request_is_named_as_its_repository_does(
    toy: Repository, repositories: Repositories
) -> None:
    toy.commit(project())
    toy.git("checkout", "--quiet", "--detach")
    head = toy.commit(project(version="1.1"))
    toy.git("update-ref", "refs/pull/12/head", head)

    assert repositories.commit_of(toy.url, "pull/12/head") == head


@pytest.mark.parametrize("partial", [True, False])
def test_a_commit_says_when_it_was_made_and_what_it_does(
    toy: Repository, repositories: Repositories, *, partial: bool
) -> None:
    toy.git("config", "uploadpack.allowFilter", str(partial).lower())
    commit = toy.commit(project(), "Mend what \x1b[31mwas\x1b[0m broken\n\nAt length.", AT)

    said = repositories.said(toy.url, commit)

    assert said.at == datetime.fromisoformat(AT)
    assert said.title.startswith("Mend what ")
    assert "\x1b" not in said.title
    assert "At length" not in said.title
    toy.folder.rename(toy.folder.with_name("gone"))
    assert repositories.said(toy.url, commit) == said  # what is known asks nobody


def test_a_commit_that_is_not_there_says_nothing(
    toy: Repository, repositories: Repositories
) -> None:
    toy.commit(project())
    with pytest.raises(Unresolved, match="no such commit"):
        repositories.said(toy.url, NOWHERE)


@pytest.mark.parametrize("partial", [True, False])
def test_the_files_of_any_commit_are_checked_out_with_its_tags(
    toy: Repository, repositories: Repositories, tmp_path: Path, *, partial: bool
) -> None:
    toy.git("config", "uploadpack.allowFilter", str(partial).lower())
    first = toy.commit({"a.txt": "1"})
    toy.git("tag", "v1")
    second = toy.commit({"a.txt": "2", "deep/b.txt": "3"})

    for commit, tree in ((second, "second"), (first, "first")):
        repositories.check_out(toy.url, commit, tmp_path / tree)

    assert (tmp_path / "first" / "a.txt").read_text() == "1"
    assert not (tmp_path / "first" / "deep").exists()
    assert (tmp_path / "second" / "deep" / "b.txt").read_text() == "3"
    there = Repository(tmp_path / "second")
    assert there.git("describe", "--tags").startswith("v1-1-g")
    assert there.git("status", "--porcelain") == ""


def test_a_repository_that_is_not_there_is_a_failure_of_the_look_up(
    repositories: Repositories, tmp_path: Path
) -> None:
    place = tmp_path / "nothing"
    with pytest.raises(ResolverFailed) as refusal:
        repositories.commit_of(place.as_uri(), "main")
    (told,) = refusal.value.mistakes
    wrong = f"fatal: '{place}' does not appear to be a git repository"
    assert told.problem == f"{place.as_uri()}: git ls-remote: {wrong}"


def test_a_repository_that_went_away_is_told_with_its_address(
    toy: Repository, repositories: Repositories
) -> None:
    commit = toy.commit({"a": "1"})
    toy.folder.rename(toy.folder.parent / "away")
    with pytest.raises(ResolverFailed, match="does not appear to be a git repository") as refusal:
        repositories.said(toy.url, commit)
    assert toy.url in str(refusal.value)


def test_a_repository_of_another_kind_is_not_asked(repositories: Repositories) -> None:
    with pytest.raises(ResolverFailed, match="ext"):
        repositories.commit_of("ext::sh -c true", "main")


def test_without_git_it_is_said_what_to_install(
    repositories: Repositories, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ResolverFailed, match="git is not installed"):
        repositories.commit_of("file:///nowhere", "main")


def test_a_git_that_hangs_is_ended(
    toy: Repository, repositories: Repositories, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = toy.folder / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(slow.parent), prepend=":")
    monkeypatch.setattr(looking, "_ASK_SECONDS", 0.2)
    with pytest.raises(ResolverFailed, match="did not end within"):
        repositories.commit_of(toy.url, "main")


def test_the_files_of_a_change_are_those_since_it_left_its_base(
    toy: Repository, repositories: Repositories
) -> None:
    base = toy.commit({"a.py": "1", "docs/b.md": "1"})
    toy.git("checkout", "--quiet", "-b", "work")
    toy.commit({"c.py": "1"})
    head = toy.commit({"a.py": "2"})
    toy.git("checkout", "--quiet", "main")
    main = toy.commit({"docs/b.md": "2"})

    assert repositories.changed(toy.url, base, head) == ("a.py", "c.py")
    assert repositories.changed(toy.url, main, head) == ("a.py", "c.py")
    assert repositories.changed(toy.url, main, base) == ()


def test_the_commits_of_a_branch_since_another_come_oldest_first(
    toy: Repository, repositories: Repositories
) -> None:
    base = toy.commit({"a.py": "1"})
    first = toy.commit({"a.py": "2"})
    toy.git("checkout", "--quiet", "-b", "work")
    toy.commit({"c.py": "1"})
    toy.git("checkout", "--quiet", "main")
    toy.git("merge", "--quiet", "--no-ff", "--message", "a merge", "work")
    merge = toy.git("rev-parse", "HEAD")
    last = toy.commit({"a.py": "3"})

    assert repositories.between(toy.url, base, last) == (first, merge, last)
    assert repositories.between(toy.url, last, base) == ()
    with pytest.raises(Unresolved, match="no such commit"):
        repositories.between(toy.url, "b" * 40, last)


def test_a_commits_own_files_are_held_against_the_one_before_it(
    toy: Repository, repositories: Repositories
) -> None:
    first = toy.commit({"a.py": "1", "b.py": "1"})
    toy.commit({"c.py": "1"})
    third = toy.commit({"a.py": "2", "d e.py": "1"})

    assert repositories.own(toy.url, third) == ("a.py", "d e.py")
    assert "c.py" not in repositories.own(toy.url, first)


def test_a_merge_changes_what_its_branch_did_not_have(
    toy: Repository, repositories: Repositories
) -> None:
    toy.commit({"a.py": "1"})
    toy.git("checkout", "--quiet", "-b", "work")
    toy.commit({"theirs.py": "1"})
    toy.git("checkout", "--quiet", "main")
    toy.commit({"ours.py": "1"})
    toy.git("merge", "--quiet", "--no-ff", "-m", "both", "work")

    assert repositories.own(toy.url, toy.git("rev-parse", "HEAD")) == ("theirs.py",)


def test_commits_without_a_common_past_cannot_be_compared(
    toy: Repository, repositories: Repositories
) -> None:
    base = toy.commit({"a.py": "1"})
    toy.git("checkout", "--quiet", "--orphan", "fresh")
    head = toy.commit({"b.py": "1"})

    with pytest.raises(Unresolved, match="no history in common"):
        repositories.changed(toy.url, base, head)


def test_two_branches_part_where_the_newest_common_commit_is(
    toy: Repository, repositories: Repositories
) -> None:
    toy.commit(project())
    common = toy.commit(project(version="1.1"))
    toy.git("branch", "work")
    tip = toy.commit(project(version="1.2"))
    toy.git("checkout", "--quiet", "work")
    head = toy.commit(project(version="1.3"))

    assert repositories.parting(toy.url, tip, head) == common
    assert repositories.parting(toy.url, common, head) == common


def test_histories_without_a_common_commit_part_nowhere(
    toy: Repository, repositories: Repositories
) -> None:
    tip = toy.commit(project())
    toy.git("checkout", "--quiet", "--orphan", "alone")
    alone = toy.commit(project(version="1.1"))

    with pytest.raises(Unresolved, match="have no commit in common"):
        repositories.parting(toy.url, tip, alone)


def test_a_commit_that_is_not_there_parts_nowhere(
    toy: Repository, repositories: Repositories
) -> None:
    tip = toy.commit(project())
    with pytest.raises(Unresolved, match="no such commit"):
        repositories.parting(toy.url, tip, NOWHERE)
