"""Locks of components that come from commits, from single wheels and from a commit's index."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from repositories import indexed, listed, project, repository
from wheels import wheel

from runners.environments.lock import resolve
from runners.environments.platforms import here
from runners.environments.provider import Note, Ran, Unprepared
from runners.environments.sourced import Sourced, checked, sourced
from runners.environments.unresolved import ResolverFailed, Unresolved
from runners.environments.uv import UvProvider
from runners.work import Component, Lock

HERE = str(here())
COMMIT, OTHER = "a" * 40, "b" * 40
INDEXED = """\
toy==1.0 \\
    --hash=sha256:00
    # from {}
six==1 \\
    --hash=sha256:11
    # from x
"""


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Wheels that a public index would have; no other index is asked."""
    folder = tmp_path / "links"
    folder.mkdir()
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_NO_CACHE", "1")
    return folder


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An index for each commit, and a public one that has nothing, on one server."""
    (tmp_path / "pages").mkdir()
    with indexed(tmp_path / "pages") as url:
        monkeypatch.setenv("UV_DEFAULT_INDEX", url.format(commit="simple"))
        yield url


async def _shell(argv: tuple[str, ...], env: Mapping[str, str], note: Note) -> Ran:
    process = await asyncio.create_subprocess_exec(
        *argv,
        env={**os.environ, **env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    note(argv[1])
    return Ran(process.returncode or 0, tuple(out.decode().splitlines()))


def installed(lock: Lock, home: Path) -> dict[str, str]:
    """The distributions of the environment that the lock really makes."""
    provider = UvProvider(home)

    async def made() -> tuple[Component, ...]:
        return await provider.observe(await provider.prepare(lock, print, _shell), _shell)

    return {one.name: one.version for one in asyncio.run(made())}


def test_a_plain_requirement_stays_as_it_is(tmp_path: Path) -> None:
    assert sourced("torch==2.13.0", tmp_path, here()) == Sourced("torch==2.13.0")


def test_a_wheel_by_address_keeps_its_digest(tmp_path: Path) -> None:
    line = f"toy[all] @ https://example.org/toy-1.0-py3-none-any.whl#sha256={'0' * 64}"
    assert sourced(line, tmp_path, here()) == Sourced(line)


def test_an_index_is_asked_for_one_name_at_one_commit(tmp_path: Path) -> None:
    line = f"My.Toy @ index+https://example.org/{{commit}}/simple@{COMMIT}"
    found = sourced(line, tmp_path, here())
    assert found == Sourced("My.Toy", "my-toy", f"https://example.org/{COMMIT}/simple")


def test_a_reference_that_nobody_could_look_up_is_no_lock(tmp_path: Path) -> None:
    with pytest.raises(ResolverFailed, match="which commit main of"):
        sourced("toy @ git+https://example.org/toy@main", tmp_path, here())


def test_what_is_no_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unresolved, match="is no source"):
        sourced("toy @ ftp://example.org/toy", tmp_path, here())


def test_a_file_says_where_to_look_and_nothing_else_of_uvs() -> None:
    text = checked(INDEXED.format("http://i/c/"), {"toy": "http://i/c"})
    assert text.splitlines()[0] == "--extra-index-url http://i/c"
    assert "# from" not in text
    assert text.count("--hash") == 2


@pytest.mark.parametrize("seen", ["https://index.example.org/simple", "http://i/other"])
def test_a_name_from_another_index_is_refused(seen: str) -> None:
    with pytest.raises(Unresolved, match="http://i/c has no toy"):
        checked(INDEXED.format(seen), {"toy": "http://i/c"})


@pytest.mark.slow
@pytest.mark.usefixtures("pages")
def test_a_commit_is_built_locked_and_installed(links: Path, tmp_path: Path) -> None:
    toy = repository(tmp_path / "toy")
    commit = toy.commit(project(version="1.7"))
    wheel(links, "coevo_base", "2.0")
    asked = [f"toy @ git+{toy.url}@{commit}", "coevo-base==2.0"]

    lock = resolve(asked, {}, HERE, tmp_path / "home")

    assert dict(lock.pins) == {"coevo-base": "2.0", "toy": "1.7"}
    assert installed(lock, tmp_path / "home") == {"coevo-base": "2.0", "toy": "1.7"}


@pytest.mark.slow
@pytest.mark.usefixtures("links", "pages")
def test_a_wheel_by_address_is_locked_and_installed(tmp_path: Path) -> None:
    path = wheel(tmp_path / "dist", "toy", "1.4")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()

    lock = resolve([f"toy @ {path.as_uri()}#sha256={digest}"], {}, HERE, tmp_path)

    assert installed(lock, tmp_path / "home") == {"toy": "1.4"}
    wrong = resolve([f"toy @ {path.as_uri()}#sha256={'0' * 64}"], {}, HERE, tmp_path)
    with pytest.raises(Unprepared, match=r"(?i)hash"):
        installed(wrong, tmp_path / "home")


@pytest.mark.slow
def test_a_commits_index_is_locked_and_installed_from(
    links: Path, pages: str, tmp_path: Path
) -> None:
    listed(tmp_path / "pages", COMMIT, wheel(tmp_path / "dist", "toy", "1.5.dev3"))
    wheel(links, "coevo_base", "2.0")

    lock = resolve([f"toy @ index+{pages}@{COMMIT}", "coevo-base==2.0"], {}, HERE, tmp_path)

    assert lock.text.startswith(f"--extra-index-url {pages.format(commit=COMMIT)}\n")
    assert installed(lock, tmp_path / "home") == {"coevo-base": "2.0", "toy": "1.5.dev3"}


@pytest.mark.slow
def test_a_commit_that_was_not_built_is_no_release_of_that_name(
    links: Path, pages: str, tmp_path: Path
) -> None:
    """What uv alone would do: take the name from the next place that has it."""
    wheel(links, "toy", "1.0")
    listed(tmp_path / "pages", COMMIT, wheel(tmp_path / "dist", "toy", "1.5"))

    with pytest.raises(Unresolved, match="has no toy"):
        resolve([f"toy @ index+{pages}@{OTHER}"], {}, HERE, tmp_path)
