"""A suite may be a command with a folder and result files; every mistake in it has its place."""

from __future__ import annotations

import pytest
from wrong_matrices import Wrong, assert_told

from matrix.load import parse
from matrix.model import Matrix, Results, Suite, Workdir

COMMIT = "0123456789abcdef0123456789abcdef01234567"
HEAD = "name: x\naxes: {site: [lab], accelerator: [cpu]}\nsuites:\n  own:\n"
RUN = "    command: [run]\n"


def matrix(*lines: str, head: str = HEAD + RUN) -> Matrix:
    return parse(head + "".join(f"    {line}\n" for line in lines), "m.yaml")


def own(*lines: str) -> Suite:
    return matrix(*lines).suite("own")


def text(*lines: str) -> str:
    return HEAD + RUN + "".join(f"    {line}\n" for line in lines)


def test_a_checkout_is_a_repository_and_a_commit() -> None:
    found = own(f"workdir: {{git: https://example.org/a/b, commit: {COMMIT}}}")

    assert found.workdir == Workdir(git="https://example.org/a/b", commit=COMMIT)
    assert found.results is None


def test_a_folder_inside_it_may_be_named() -> None:
    found = own(f"workdir: {{git: file:///a, commit: {COMMIT}, subdirectory: tests/unit}}")

    assert found.workdir == Workdir(git="file:///a", commit=COMMIT, folder="tests/unit")


def test_an_installed_package_may_be_the_folder() -> None:
    assert own("workdir: {package: numpy.tests}").workdir == Workdir(package="numpy.tests")


@pytest.mark.parametrize(
    "kind",
    ["junit", "ctrf", "pytorch-benchmark-v3", "vllm-bench", "jsonl"],
)
def test_result_files_have_a_format_and_a_path(kind: str) -> None:
    found = own(f"results: {{format: {kind}, path: out/*.txt}}")

    assert found.results == Results(kind, "out/*.txt")


def test_a_pytest_needs_no_path() -> None:
    assert own("results: {format: pytest}").results == Results("pytest", "")


def test_what_is_run_and_how_it_is_read_changes_the_digest() -> None:
    digests = {
        own().digest,
        own("workdir: {package: a}").digest,
        own("workdir: {package: b}").digest,
        own("results: {format: pytest}").digest,
        own("results: {format: junit, path: a.xml}").digest,
        own("results: {format: junit, path: b.xml}").digest,
    }

    assert len(digests) == 6


def test_suites_without_either_keep_their_digest() -> None:
    """What was stored before these keys were there is the same revision still."""
    found = parse(
        "name: x\naxes: {site: [a], accelerator: [b]}\nsuites: {a: {command: [b]}}\n", "m"
    )

    assert found.suite("a").digest == (
        "07d0494d87a19eefbff8d0fd899f102d5b255a8240ab939e7388b6b231f5c63e"
    )


WRONG = (
    Wrong(
        what="a workdir without anything",
        text=text("workdir: {}"),
        place="6:",
        problem="a workdir is either a checkout or a package",
        hint="write {git: URL, commit: HEX} or {package: NAME}",
    ),
    Wrong(
        what="both a checkout and a package",
        text=text(f"workdir: {{git: file:///a, commit: {COMMIT}, package: b}}"),
        place="6:",
        problem="a workdir is either a checkout or a package",
        hint="write {git: URL, commit: HEX} or {package: NAME}",
    ),
    Wrong(
        what="a checkout without a commit",
        text=text("workdir: {git: file:///a}"),
        place="6:",
        problem="a checkout without its commit could be another one tomorrow",
        hint="add `commit`",
    ),
    Wrong(
        what="a branch for a commit",
        text=text("workdir: {git: file:///a, commit: main}"),
        place="6:",
        problem="`main` is no whole commit",
        hint="git rev-parse HEAD",
    ),
    Wrong(
        what="the first digits of a commit",
        text=text('workdir: {git: file:///a, commit: "0123456"}'),
        place="6:",
        problem="`0123456` is no whole commit",
        hint="all its digits",
    ),
    Wrong(
        what="a repository with a password",
        text=text(f"workdir: {{git: https://a:b@example.org/c, commit: {COMMIT}}}"),
        place="6:",
        problem="is no repository",
        hint="credentials stay with git",
    ),
    Wrong(
        what="a repository that is a command",
        text=text(f'workdir: {{git: "ext::sh -c x", commit: {COMMIT}}}'),
        place="6:",
        problem="is no repository",
        hint="write https://HOST/PATH",
    ),
    Wrong(
        what="a folder outside the checkout",
        text=text(f"workdir: {{git: file:///a, commit: {COMMIT}, subdirectory: ../b}}"),
        place="6:",
        problem="`../b` is no folder",
        hint="a path inside the checkout",
    ),
    Wrong(
        what="a package with a commit",
        text=text(f"workdir: {{package: a, commit: {COMMIT}}}"),
        place="6:",
        problem="a package has no commit and no subdirectory",
        hint="NAME.tests",
    ),
    Wrong(
        what="a package that is a path",
        text=text("workdir: {package: a/b}"),
        place="6:",
        problem="`a/b` is no package",
        hint="imported by",
    ),
    Wrong(
        what="an unknown key of a workdir",
        text=text("workdir: {pakage: a}"),
        place="6:",
        problem="unknown key `pakage`",
        hint="did you mean `package`?",
    ),
    Wrong(
        what="results without a format",
        text=text("results: {path: a.xml}"),
        place="6:",
        problem="`format` is missing",
        hint="",
    ),
    Wrong(
        what="an unknown format",
        text=text("results: {format: tap, path: a.tap}"),
        place="6:",
        problem="`tap`",
        hint="junit",
    ),
    Wrong(
        what="files without a path",
        text=text("results: {format: junit}"),
        place="6:",
        problem="nobody says where the junit results are",
        hint="add `path`",
    ),
    Wrong(
        what="a pytest with a path",
        text=text("results: {format: pytest, path: a.xml}"),
        place="6:",
        problem="`pytest` has no result files",
        hint="told live",
    ),
    Wrong(
        what="a path from the root",
        text=text("results: {format: junit, path: /etc/passwd}"),
        place="6:",
        problem="`/etc/passwd` names no files below it",
        hint="inside the working folder",
    ),
    Wrong(
        what="a path that leaves the folder",
        text=text("results: {format: junit, path: a/../../b}"),
        place="6:",
        problem="`a/../../b` names no files below it",
        hint="inside the working folder",
    ),
    Wrong(
        what="a program that is given results",
        text=HEAD + "    program: smoke\n    results: {format: pytest}\n",
        place="6:",
        problem="`results` belongs to a `command`",
        hint="add one, or leave it out",
    ),
    Wrong(
        what="a built-in suite that is given a workdir",
        text="name: x\naxes: {site: [a], accelerator: [b]}\nsuites:\n  smoke:\n"
        "    workdir: {package: a}\n",
        place="5:",
        problem="`workdir` belongs to a `command`",
        hint="add one, or leave it out",
    ),
    Wrong(
        what="an include that changes them",
        text=text("timeout: 1m") + "include: [{site: lab, results: {format: pytest}}]\n",
        place="7:",
        problem="",
        hint="",
    ),
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.what)
def test_a_mistake_is_told_with_its_place(wrong: Wrong) -> None:
    assert_told(wrong)
