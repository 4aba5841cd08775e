"""A commit of a real repository is built into a wheel."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from repositories import BACKEND, Repository, project, repository

from matrix.sources import source
from runners.environments import commits
from runners.environments.commits import NOTE, built_from, wheel_of
from runners.environments.platforms import here
from runners.environments.unresolved import Unresolved

pytestmark = pytest.mark.slow
NOWHERE = "1" * 40
DESCRIBED = BACKEND.replace("TAG", "py3-none-any").replace(
    'name, version = pathlib.Path("NAME").read_text().split()',
    """import subprocess
    said = subprocess.run(["git", "describe", "--tags"], capture_output=True, text=True, check=True)
    tag, count, _ = said.stdout.strip().removeprefix("v").split("-")
    name, version = "toy", tag + ".post" + count""",
)


@pytest.fixture
def toy(tmp_path: Path) -> Repository:
    return repository(tmp_path / "toy")


def built(toy: Repository, commit: str, home: Path, folder: str = "") -> Path:
    behind = f"#subdirectory={folder}" if folder else ""
    return wheel_of(source(f"git+{toy.url}@{commit}{behind}"), home, here())


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


def test_a_wheel_says_what_it_was_built_from_also_one_of_an_earlier_coevo(
    toy: Repository, tmp_path: Path
) -> None:
    commit = toy.commit(project())
    made = built(toy, commit, tmp_path / "home")
    assert str(built_from(made)) == f"git+{toy.url}@{commit}"
    (made.parent / NOTE).unlink()
    assert built(toy, commit, tmp_path / "home") == made
    assert str(built_from(made)) == f"git+{toy.url}@{commit}"


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


def test_a_version_that_is_read_from_tags_is_found(toy: Repository, tmp_path: Path) -> None:
    toy.commit(project(body="ANSWER = 1\n"))
    toy.git("tag", "v7.1")
    commit = toy.commit({**project(), "backend.py": DESCRIBED})

    assert built(toy, commit, tmp_path / "home").name == "toy-7.1.post1-py3-none-any.whl"


def test_submodules_are_part_of_a_commit(
    toy: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = repository(tmp_path / "other")
    other.commit({"inner.txt": "42\n"})
    for key, value in (("COUNT", "1"), ("KEY_0", "protocol.file.allow"), ("VALUE_0", "always")):
        monkeypatch.setenv(f"GIT_CONFIG_{key}", value)
    toy.git("submodule", "--quiet", "add", other.url, "other")
    reading = BACKEND.replace("TAG", "py3-none-any").replace(
        'pathlib.Path("NAME").read_text().split()',
        '("toy", "1." + pathlib.Path("other/inner.txt").read_text().strip())',
    )
    commit = toy.commit({**project(), "backend.py": reading})

    assert "1.42" in built(toy, commit, tmp_path / "home").name


def test_two_that_build_the_same_commit_at_once_get_one_wheel(
    toy: Repository, tmp_path: Path
) -> None:
    commit = toy.commit(project())
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: built(toy, commit, tmp_path / "home"), range(2)))
    assert found[0] == found[1]
    assert found[0].exists()
