"""A reference is looked up in a real repository, and a commit of it is built into a wheel."""

from __future__ import annotations

from pathlib import Path

import pytest
from repositories import Repository, project, repository

from matrix.sources import source
from runners.environments import commits
from runners.environments.commits import commit_of, wheel_of
from runners.environments.platforms import here
from runners.environments.unresolved import ResolverFailed, Unresolved

pytestmark = pytest.mark.slow
NOWHERE = "1" * 40


@pytest.fixture
def toy(tmp_path: Path) -> Repository:
    return repository(tmp_path / "toy")


def built(toy: Repository, commit: str, home: Path, folder: str = "") -> Path:
    behind = f"#subdirectory={folder}" if folder else ""
    return wheel_of(source(f"git+{toy.url}@{commit}{behind}"), home, here())


def test_a_branch_is_the_commit_at_its_tip(toy: Repository) -> None:
    first = toy.commit(project())
    toy.git("branch", "feature/main")
    second = toy.commit(project(version="1.1"))

    assert commit_of(toy.url, "main") == second
    assert commit_of(toy.url, "HEAD") == second
    assert commit_of(toy.url, "feature/main") == first
    assert commit_of(toy.url, "refs/heads/main") == second


@pytest.mark.parametrize("annotated", [True, False])
def test_a_tag_is_the_commit_that_it_marks(toy: Repository, *, annotated: bool) -> None:
    commit = toy.commit(project())
    toy.git("tag", *(("--annotate", "--message", "x") if annotated else ()), "v1.0")
    toy.commit(project(version="1.1"))

    assert commit_of(toy.url, "v1.0") == commit


def test_a_branch_goes_before_a_tag_of_its_name(toy: Repository) -> None:
    toy.commit(project())
    toy.git("tag", "release")
    toy.git("checkout", "--quiet", "-b", "release")
    tip = toy.commit(project(version="1.1"))

    assert commit_of(toy.url, "release") == tip


def test_a_whole_commit_is_itself_and_nobody_is_asked() -> None:
    assert commit_of("file:///nowhere", NOWHERE) == NOWHERE


def test_what_a_repository_does_not_have_is_said(toy: Repository) -> None:
    commit = toy.commit(project())
    for reference in ("nosuch", commit[:12]):
        with pytest.raises(Unresolved, match=f"has no branch or tag {reference}"):
            commit_of(toy.url, reference)


def test_a_repository_that_is_not_there_is_a_failure_of_the_look_up(tmp_path: Path) -> None:
    with pytest.raises(ResolverFailed, match="git ls-remote"):
        commit_of((tmp_path / "nothing").as_uri(), "main")


def test_a_repository_of_another_kind_is_not_asked() -> None:
    with pytest.raises(ResolverFailed, match="ext"):
        commit_of("ext::sh -c true", "main")


def test_a_commit_becomes_a_wheel_once(toy: Repository, tmp_path: Path) -> None:
    first = toy.commit(project(version="1.0"))
    second = toy.commit(project(version="1.1"))

    wheels = [built(toy, one, tmp_path / "home") for one in (first, second, first)]

    assert [one.name for one in wheels] == [
        f"toy-{version}-py3-none-any.whl" for version in ("1.0", "1.1", "1.0")
    ]
    assert wheels[0] == wheels[2]
    assert wheels[0].is_relative_to(tmp_path / "home" / commits.FOLDER)
    toy.folder.rename(tmp_path / "gone")
    assert built(toy, first, tmp_path / "home") == wheels[0]  # what is kept asks nobody


def test_a_commit_that_no_branch_has_any_more_is_still_built(
    toy: Repository, tmp_path: Path
) -> None:
    toy.commit(project())
    forced = toy.commit(project(version="6.6"))
    toy.git("reset", "--quiet", "--hard", "HEAD~1")

    assert "6.6" in built(toy, forced, tmp_path / "home").name


def test_a_project_may_lie_in_a_folder(toy: Repository, tmp_path: Path) -> None:
    commit = toy.commit(project(at="python/toy/"))

    assert built(toy, commit, tmp_path / "home", "python/toy").name.startswith("toy-")
    with pytest.raises(Unresolved, match="no Python project in its root"):
        built(toy, commit, tmp_path / "home")


def test_a_commit_that_does_not_exist_is_said(toy: Repository, tmp_path: Path) -> None:
    toy.commit(project())
    with pytest.raises(Unresolved, match="no such commit"):
        built(toy, NOWHERE, tmp_path / "home")


def test_what_does_not_build_says_its_last_word_and_leaves_nothing(
    toy: Repository, tmp_path: Path
) -> None:
    broken = "def build_wheel(*a, **k):\n    raise OSError('x')"
    commit = toy.commit({**project(), "backend.py": broken})
    with pytest.raises(Unresolved, match="it does not build"):
        built(toy, commit, tmp_path / "home")
    assert list((tmp_path / "home" / commits.FOLDER).iterdir()) == []


def test_a_wheel_for_one_kind_of_machine_is_for_that_kind_alone(
    toy: Repository, tmp_path: Path
) -> None:
    tag = "cp311-cp311-linux_x86_64"
    given = source(f"git+{toy.url}@{toy.commit(project(tag=tag))}")

    assert tag in wheel_of(given, tmp_path, here()).name
    with pytest.raises(Unresolved, match="builds no wheel for"):
        wheel_of(given, tmp_path, here()._replace(machine="aarch64"))


def test_without_git_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ResolverFailed, match="git is not installed"):
        commit_of("file:///nowhere", "main")


def test_a_git_that_hangs_is_ended(toy: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = toy.folder / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(slow.parent), prepend=":")
    monkeypatch.setattr(commits, "_ASK_SECONDS", 0.2)
    with pytest.raises(ResolverFailed, match="did not end within"):
        commit_of(toy.url, "main")
