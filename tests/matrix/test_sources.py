"""Sources of components: as text, as mappings of a matrix file, and at other commits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_matrices import HEAD

from matrix.errors import CoevoError
from matrix.load import parse
from matrix.names import Misfit
from matrix.sources import Source, described, is_commit, source

COMMIT, SHA256 = "a1" * 20, "0f" * 32
GIT = "https://example.org/toy.git"
INDEX = "https://wheels.example.org/{commit}/simple"
WHEEL = "https://example.org/toy-1.0-py3-none-any.whl"
TEXTS = (
    "2.13.0",
    "1.0rc1+cu130",
    f"git+{GIT}@{COMMIT}",
    f"git+{GIT}@main#subdirectory=python/toy",
    "git+ssh://example.org/a/b@v1.0",
    "git+file:///srv/toy@feature/x",
    f"index+{INDEX}@{COMMIT}",
    f"index+{INDEX}@main#repository={GIT}",
    f"{WHEEL}#sha256={SHA256}",
    f"file:///dist/toy-1.0-cp311-cp311-linux_x86_64.whl#sha256={SHA256}",
    "preinstalled",
)
WRONG = (
    "",
    "main",
    "nightly",
    f"git+{GIT}",
    f"git+{GIT}@--upload-pack=x",
    f"git+{GIT}@main#subdirectory=../x",
    f"git+{GIT}@main#subdirectory=/x",
    "git+ext::sh -c x@main",
    "git+https://user:word@example.org/toy@main",
    f"git+{GIT}@ma in",
    f"index+https://example.org/simple@{COMMIT}",
    f"{WHEEL}",
    f"{WHEEL}#sha256=00",
    f"ftp://example.org/toy-1.0-py3-none-any.whl#sha256={SHA256}",
    f"https://example.org/toy.tar.gz#sha256={SHA256}",
)


@pytest.mark.parametrize("text", TEXTS)
def test_a_source_reads_as_it_is_written(text: str) -> None:
    assert str(source(text)) == text


@pytest.mark.parametrize("text", WRONG)
def test_what_is_none_says_what_one_looks_like(text: str) -> None:
    with pytest.raises(Misfit, match="is no source of a component") as raised:
        source(text)
    assert "git+URL@COMMIT" in raised.value.hint


@given(st.text(max_size=80))
def test_any_text_is_a_source_or_a_misfit(text: str) -> None:
    try:
        assert str(source(text)) == text
    except Misfit:
        assert text not in TEXTS


@pytest.mark.parametrize("text", TEXTS)
def test_what_moves_is_a_reference_that_is_no_whole_commit(text: str) -> None:
    moves = text.startswith(("git+", "index+")) and COMMIT not in text
    assert source(text).is_moving is moves


@pytest.mark.parametrize(
    ("reference", "whole"),
    [(COMMIT, True), (SHA256, True), (COMMIT[:12], False), ("main", False), ("A1" * 20, False)],
)
def test_a_commit_is_whole_or_a_reference_that_may_move(reference: str, *, whole: bool) -> None:
    assert is_commit(reference) is whole


def test_the_commit_is_filled_into_the_address_of_an_index() -> None:
    assert source(f"index+{INDEX}@{COMMIT}").url == INDEX.replace("{commit}", COMMIT)


def test_a_reference_is_of_a_repository() -> None:
    assert source(f"git+{GIT}@main").origin == GIT
    assert source(f"index+{INDEX}@main#repository={GIT}").origin == GIT
    assert source(f"index+{INDEX}@main").origin == source("2.0").origin == ""


@pytest.mark.parametrize(
    ("before", "reference", "after"),
    [
        ("2.13.0", "2.12.1", "2.12.1"),
        (f"git+{GIT}@main#subdirectory=a", "v2", f"git+{GIT}@v2#subdirectory=a"),
        (f"index+{INDEX}@main", COMMIT, f"index+{INDEX}@{COMMIT}"),
    ],
)
def test_a_source_at_another_reference_is_otherwise_the_same(
    before: str, reference: str, after: str
) -> None:
    assert str(source(before).at(reference)) == after


@pytest.mark.parametrize(
    ("before", "reference", "told"),
    [
        ("2.13.0", "main", "`main` is no source"),
        (f"git+{GIT}@main", "a b", "is no source"),
        (f"{WHEEL}#sha256={SHA256}", COMMIT, "is one wheel and stands at no commit"),
    ],
)
def test_a_reference_that_a_source_cannot_have_is_a_misfit(
    before: str, reference: str, told: str
) -> None:
    with pytest.raises(Misfit, match=told):
        source(before).at(reference)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"git": GIT}, f"git+{GIT}@HEAD"),
        ({"git": GIT, "ref": "main", "subdirectory": "a"}, f"git+{GIT}@main#subdirectory=a"),
        ({"index": INDEX, "ref": COMMIT}, f"index+{INDEX}@{COMMIT}"),
        ({"index": INDEX, "repository": GIT}, f"index+{INDEX}@HEAD#repository={GIT}"),
        ({"wheel": WHEEL, "sha256": SHA256}, f"{WHEEL}#sha256={SHA256}"),
    ],
)
def test_a_mapping_describes_a_source(given: dict[object, object], text: str) -> None:
    assert described(given) == source(text)


@pytest.mark.parametrize(
    ("given", "problem", "hint"),
    [
        ({}, "exactly one of", "{git: URL"),
        ({"git": GIT, "wheel": WHEEL}, "exactly one of", "{git: URL"),
        ({"gti": GIT}, "exactly one of", "{git: URL"),
        ({"git": GIT, "reff": "main"}, "unknown key `reff`", "did you mean `ref`?"),
        ({"git": GIT, "repository": GIT}, "unknown key `repository`", "known here"),
        ({"git": "toy"}, "`toy` is no `git`", "https://HOST/PATH"),
        ({"git": GIT, "ref": 12}, "`12` is no `ref`", "as text"),
        ({"git": GIT, "ref": "-x"}, "`-x` is no `ref`", "a branch"),
        ({"git": GIT, "subdirectory": ".."}, "is no `subdirectory`", "inside the repository"),
        ({"index": "https://example.org/simple"}, "is no `index`", "{commit}"),
        ({"index": INDEX}, "which commit `HEAD` is", "`repository`"),
        ({"index": INDEX, "ref": "main"}, "which commit `main` is", "a whole commit"),
        ({"wheel": WHEEL}, "another one tomorrow", "add `sha256`"),
        ({"wheel": WHEEL, "sha256": "00"}, "is no `sha256`", "sha256sum"),
        ({"wheel": "https://example.org/toy.zip"}, "is no `wheel`", "NAME.whl"),
    ],
)
def test_a_mapping_that_describes_none_says_why(
    given: dict[object, object], problem: str, hint: str
) -> None:
    with pytest.raises(Misfit) as raised:
        described(given)
    assert problem in raised.value.problem
    assert hint in raised.value.hint


def stack(written: str) -> str:
    return f"{HEAD}stacks: {{nightly: {{toy: {written}}}}}\n"


def test_a_stack_holds_versions_and_sources() -> None:
    found = parse(stack(f'{{git: "{GIT}", ref: main}}, torch: "2.13.0"'), "m.yaml")
    assert found.stack("nightly").components == (
        ("torch", "2.13.0"),
        ("toy", f"git+{GIT}@main"),
    )


@pytest.mark.parametrize("written", ["{git: 'x'}", "main", "[a]", "{wheel: 1}", "null"])
def test_a_wrong_source_is_a_mistake_with_its_place(written: str) -> None:
    with pytest.raises(CoevoError) as raised:
        parse(stack(written), "m.yaml")
    assert str(raised.value).startswith("m.yaml:6:25: ")
    assert raised.value.mistakes[0].hint


def test_another_source_is_another_revision() -> None:
    one, other = (parse(stack(f'{{git: "{GIT}", ref: {ref}}}'), "m") for ref in ("main", "v2"))
    assert one.digest != other.digest


def test_a_source_is_a_plain_value() -> None:
    assert source("2.0") == Source("version", "2.0")
    assert len({source("2.0"), source("2.0"), source("2.1")}) == 2
