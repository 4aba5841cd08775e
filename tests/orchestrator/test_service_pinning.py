"""Moving references become commits before a run is planned; others are asked for by name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from repositories import Repository, project, repository

from matrix.errors import CoevoError
from matrix.load import parse
from matrix.model import Matrix
from matrix.sources import source
from orchestrator.service import pinning
from orchestrator.service.news import News
from orchestrator.service.pinning import is_at
from orchestrator.store.runs import Subject
from runners.environments.repositories import Repositories

COMMIT, OTHER, SHA256 = "a" * 40, "b" * 40, "0" * 64
INDEX = "https://wheels.example.org/{commit}"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where copies of repositories are kept."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def toy(tmp_path: Path) -> Repository:
    made = repository(tmp_path / "toy")
    made.commit(project())
    return made


def matrix(stacks: str) -> Matrix:
    return parse(
        f"""
name: m
axes: {{site: [lab], accelerator: [cpu]}}
suites: {{s: {{command: [run], takes: [toy]}}}}
stacks: {{{stacks}}}
""",
        "m.yaml",
    )


def tracking(toy: Repository, ref: str = "main") -> str:
    return f'{{git: "{toy.url}", ref: "{ref}"}}'


def repositories() -> Repositories:
    return Repositories(Path())  # where the test is


def pinned(declared: Matrix, news: News) -> tuple[Matrix, tuple[Subject, ...]]:
    return pinning.pinned(declared, news, repositories())


def at(declared: Matrix, wanted: dict[str, str]) -> tuple[Matrix, tuple[Subject, ...]]:
    return pinning.at(declared, wanted, repositories())


def brief(subjects: tuple[Subject, ...]) -> list[tuple[str, ...]]:
    return [subject[:4] for subject in subjects]


def components(found: Matrix, stack: str = "a") -> dict[str, str]:
    return dict(found.stack(stack).components)


def test_a_branch_becomes_its_commit_in_every_stack(toy: Repository) -> None:
    tip = toy.commit(project(version="1.1"))
    declared = matrix(f'a: {{toy: {tracking(toy)}, torch: "2.0"}}, b: {{toy: {tracking(toy)}}}')

    moved, subjects = pinned(declared, News())

    assert components(moved) == {"toy": f"git+{toy.url}@{tip}", "torch": "2.0"}
    assert components(moved, "b") == {"toy": f"git+{toy.url}@{tip}"}
    assert brief(subjects) == [("toy", toy.url, "", tip)]
    assert moved.digest == declared.digest


def test_the_head_of_a_request_is_known_by_how_it_was_asked_for(toy: Repository) -> None:
    first, tip = toy.git("rev-parse", "HEAD"), toy.commit({"a": "1"})
    toy.git("update-ref", "refs/pull/7/head", tip)
    declared = matrix(f"a: {{toy: {tracking(toy)}}}")
    for asked, request in (("pull/7/head", "#7"), ("refs/pull/7/head", "#7"), (tip, "")):
        _, (about,) = at(declared, {"toy": asked})
        assert (about.head, about.parent, about.request) == (tip, first, request)


def test_two_stacks_may_be_at_two_commits(toy: Repository) -> None:
    toy.git("tag", "v1")
    tip = toy.commit(project(version="1.1"))
    first = toy.git("rev-parse", "v1")

    declared = matrix(f"a: {{toy: {tracking(toy)}}}, b: {{toy: {tracking(toy, 'v1')}}}")
    _, subjects = pinned(declared, News())

    assert {one.head for one in subjects} == {tip, first}


def test_where_nothing_moves_nobody_is_asked_and_nothing_told() -> None:
    news, told = News(), list[object]()
    news.listen(told.append)
    declared = matrix(f'a: {{toy: "1.0"}}, b: {{toy: {{index: "{INDEX}", ref: {COMMIT}}}}}')

    assert pinned(declared, news) == (declared, ())
    assert told == []


def test_what_cannot_be_looked_up_stays_and_is_a_problem(tmp_path: Path, toy: Repository) -> None:
    gone = (tmp_path / "gone").as_uri()
    news = News()
    declared = matrix(f'a: {{toy: {{git: "{gone}"}}}}, b: {{toy: {tracking(toy)}}}')

    moved, subjects = pinned(declared, news)

    assert components(moved) == components(declared)
    assert not source(components(moved, "b")["toy"]).is_moving
    assert len(subjects) == 1
    (problem,) = news.status().problems
    assert problem.startswith(f"{gone}: git ls-remote: fatal: ")
    assert problem.endswith("; can this machine reach it?")
    assert news.status().doing == ()
    toy.folder.rename(tmp_path / "gone")
    pinned(matrix(f'a: {{toy: {{git: "{gone}"}}}}'), news)
    assert news.status().problems == ()


def test_an_index_is_at_the_commit_of_its_repository(toy: Repository) -> None:
    tip = toy.git("rev-parse", "HEAD")
    moved, subjects = pinned(
        matrix(f'a: {{toy: {{index: "{INDEX}", repository: "{toy.url}", ref: main}}}}'), News()
    )
    assert source(components(moved)["toy"]).url == INDEX.format(commit=tip)
    assert brief(subjects) == [("toy", toy.url, "", tip)]


def test_a_branch_asked_for_is_looked_up_and_the_stacks_own_is_what_it_is_compared_with(
    toy: Repository,
) -> None:
    base = toy.git("rev-parse", "HEAD")
    toy.git("checkout", "--quiet", "-b", "work")
    head = toy.commit(project(version="1.1"))
    declared, _ = pinned(matrix(f"a: {{toy: {tracking(toy)}}}"), News())

    moved, subjects = at(declared, {"toy": "work"})

    assert components(moved) == {"toy": f"git+{toy.url}@{head}"}
    assert brief(subjects) == [("toy", toy.url, base, head)]


@pytest.mark.parametrize(
    ("reference", "text", "head"),
    [
        ("1.1", "1.1", "1.1"),
        (
            f"https://example.org/toy-1.1-py3-none-any.whl#sha256={SHA256}",
            f"https://example.org/toy-1.1-py3-none-any.whl#sha256={SHA256}",
            SHA256,
        ),
        (f"git+http://127.0.0.1:9/toy@{OTHER}", f"git+http://127.0.0.1:9/toy@{OTHER}", OTHER),
    ],
)
def test_a_component_may_be_asked_for_at_a_version_or_from_anywhere(
    reference: str, text: str, head: str
) -> None:
    moved, (told,) = at(matrix('a: {toy: "1.0"}, b: {torch: "2.0"}'), {"toy": reference})
    assert components(moved) == {"toy": text}
    assert components(moved, "b") == {"torch": "2.0"}
    assert told.head == head


def test_several_components_at_once() -> None:
    declared = matrix('a: {toy: "1.0", torch: "2.0"}')
    moved, subjects = at(declared, {"toy": "1.1", "torch": "2.1"})
    assert components(moved) == {"toy": "1.1", "torch": "2.1"}
    assert [(one.component, one.base, one.head) for one in subjects] == [
        ("toy", "1.0", "1.1"),
        ("torch", "2.0", "2.1"),
    ]


def test_the_same_again_is_a_subject_too() -> None:
    moved, subjects = at(matrix('a: {toy: "1.0"}'), {"toy": "1.0"})
    assert components(moved) == {"toy": "1.0"}
    assert subjects == (Subject("toy", "", "1.0", "1.0"),)


@pytest.mark.parametrize(
    ("component", "reference", "told"),
    [
        ("tyo", "1.1", "no stack has the component `tyo`"),
        ("toy", "main", "`main` is no source"),
        ("toy", "git+ext::x://y@main", "is no source"),
        ("toy", "ftp://example.org/x", "is no source"),
    ],
)
def test_what_cannot_be_asked_for_is_a_mistake(component: str, reference: str, told: str) -> None:
    with pytest.raises(CoevoError, match=told) as raised:
        at(matrix('a: {toy: "1.0"}'), {component: reference})
    assert raised.value.mistakes[0].hint


def test_a_branch_that_is_not_there_is_a_mistake(toy: Repository) -> None:
    with pytest.raises(CoevoError, match="has no branch, tag or commit nosuch"):
        at(matrix(f"a: {{toy: {tracking(toy)}}}"), {"toy": "nosuch"})


def test_a_whole_commit_that_is_not_there_is_a_mistake_before_anything_starts(
    toy: Repository,
) -> None:
    with pytest.raises(CoevoError, match="no such commit"):
        at(matrix(f"a: {{toy: {tracking(toy)}}}"), {"toy": OTHER})


def test_a_subject_says_what_its_commit_says_and_nothing_where_nobody_answers(
    toy: Repository,
) -> None:
    made = toy.commit(project(version="1.1"), "Mend it", "2026-03-04T05:06:07+00:00")
    declared = matrix(f"a: {{toy: {tracking(toy)}}}")
    (followed,) = pinned(declared, News())[1]
    (asked,) = at(declared, {"toy": made[:8]})[1]
    assert (followed.title, asked.title) == ("Mend it", "Mend it")
    assert followed.committed_at == asked.committed_at == datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)

    (unknown,) = at(declared, {"toy": f"git+http://127.0.0.1:9/toy@{OTHER}"})[1]
    assert (unknown.head, unknown.title, unknown.committed_at) == (OTHER, "", None)


def test_a_branch_of_an_index_without_a_repository_cannot_be_looked_up() -> None:
    declared = matrix(f'a: {{toy: {{index: "{INDEX}", ref: {COMMIT}}}}}')
    with pytest.raises(CoevoError, match="which commit `main` is"):
        at(declared, {"toy": "main"})
    assert at(declared, {"toy": OTHER})[1][0].head == OTHER


def test_what_comes_from_elsewhere_is_compared_with_nothing() -> None:
    here = source(f"git+http://127.0.0.1:9/toy@{COMMIT}")
    assert pinning.subject("toy", here, repositories(), source("1.0")).base == ""
    assert (
        pinning.subject(
            "toy", here, repositories(), source(f"git+http://127.0.0.1:9/toy@{OTHER}")
        ).base
        == OTHER
    )


def test_a_stack_that_cannot_be_there_stays_as_it_is(toy: Repository) -> None:
    """A release is no commit of a repository, and a branch is no release."""
    declared, _ = pinned(matrix(f'a: {{toy: "1.0"}}, b: {{toy: {tracking(toy)}}}'), News())
    toy.git("branch", "work")

    released, about = at(declared, {"toy": "1.1"})
    branched, of_branch = at(declared, {"toy": "work"})

    assert (components(released), components(released, "b")) == (
        {"toy": "1.1"},
        components(declared, "b"),
    )
    assert [one.head for one in about] == ["1.1"]
    assert [is_at(released.stack(name), about) for name in "ab"] == [True, False]
    assert components(branched) == {"toy": "1.0"}
    assert [is_at(branched.stack(name), of_branch) for name in "ab"] == [False, True]


def test_a_stack_has_to_be_at_all_of_several_subjects() -> None:
    declared = matrix('a: {toy: "1.0", torch: "2.0"}, b: {toy: "1.0"}')
    moved, subjects = at(declared, {"toy": "1.1", "torch": "2.1"})
    assert [is_at(moved.stack(name), subjects) for name in "ab"] == [True, False]
