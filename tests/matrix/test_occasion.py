"""What a run is for decides what is planned: suites that it names, and files that changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_matrices import matrix

from matrix.diff import diff
from matrix.errors import CoevoError
from matrix.expand import expand
from matrix.model import PLANNED, SKIPPED, Job, Matrix, Overrides
from matrix.occasion import (
    OPTIONAL,
    UNTOUCHED,
    Occasion,
    is_optional,
    left_out,
    minds_paths,
    named,
)
from matrix.paths import touched
from matrix.select import parse_selector

HEAD = """\
name: x
axes:
  site: [lab]
  accelerator: [cpu, gpu]
suites:
  a: {command: [run], optional: true, shards: 2}
  b: {command: [run], paths: [src, "!src/docs"], shards: 3}
  c: {command: [run]}
"""
FILES = st.sampled_from(["src/a.py", "src/docs/b.md", "README.md", "tests/c.py"])


def jobs(found: Matrix, occasion: Occasion = Occasion()) -> list[Job]:  # noqa: B008 - frozen
    return list(expand(found, occasion=occasion))


def suites(found: Matrix, occasion: Occasion, status: str = PLANNED) -> set[str]:
    return {job.suite for job in expand(found, occasion=occasion) if job.status == status}


def test_an_optional_suite_is_skipped_and_says_so_once_for_all_shards() -> None:
    found = [job for job in jobs(matrix(head=HEAD)) if job.suite == "a"]

    assert [job.id for job in found] == ["lab/cpu:a@stable", "lab/gpu:a@stable"]
    assert {(job.status, job.reason, job.shards) for job in found} == {(SKIPPED, OPTIONAL, 1)}
    assert {job.line for job in found} == {6}


def test_one_that_is_named_is_planned_with_all_its_shards() -> None:
    found = [job for job in jobs(matrix(head=HEAD), Occasion(frozenset({"a"}))) if job.suite == "a"]

    assert [job.status for job in found] == [PLANNED] * 4
    assert found[0].id == "lab/cpu:a@stable#1/2"


def test_to_name_one_suite_is_not_to_name_another() -> None:
    assert "a" not in suites(matrix(head=HEAD), Occasion(frozenset({"b", "c"})))


@pytest.mark.parametrize(
    ("selector", "asked"),
    [
        ("", set()),
        ("suite=a", {"a"}),
        ("suite=in(a,b),site=lab", {"a", "b"}),
        ("suite in (a, b)", {"a", "b"}),
        ("site=lab", set()),
        ("suite!=b", set()),
        ("suite=!in(b)", set()),
        ("stack=a", set()),
    ],
)
def test_a_selector_names_the_suites_that_it_asks_for(selector: str, asked: set[str]) -> None:
    assert named(parse_selector(selector)) == asked


def test_without_a_change_paths_do_not_count() -> None:
    assert suites(matrix(head=HEAD), Occasion()) == {"b", "c"}


def test_a_change_runs_what_it_touches_and_what_has_no_paths() -> None:
    assert suites(matrix(head=HEAD), Occasion(changed=("src/a.py",))) == {"b", "c"}


@pytest.mark.parametrize("files", [(), ("README.md",), ("src/docs/a.md",)])
def test_a_change_that_touches_none_of_the_paths_skips_the_suite(files: tuple[str, ...]) -> None:
    found = matrix(head=HEAD)
    left = [job for job in jobs(found, Occasion(changed=files)) if job.suite == "b"]

    assert [(job.status, job.reason, job.shards) for job in left] == [(SKIPPED, UNTOUCHED, 1)] * 2
    assert suites(found, Occasion(changed=files)) == {"c"}


def test_a_stack_that_lacks_a_component_is_told_before_anything_else() -> None:
    head = HEAD.replace("optional: true", "optional: true, takes: [torch]")
    found = matrix('stacks: {s: {torch: "2.13.0"}, t: {numpy: "2.4.6"}}\n', head)
    reasons = {(job.stack, job.reason) for job in jobs(found) if job.suite == "a"}

    assert reasons == {("s", OPTIONAL), ("t", "stack t has no torch, which suite a takes")}


def test_an_exclude_goes_before_both() -> None:
    found = matrix("exclude: [{suite: 'in(a, b)'}]\n", HEAD)

    assert suites(found, Occasion(frozenset({"a"}), ("src/a.py",))) == {"c"}
    assert not suites(found, Occasion(changed=()), SKIPPED)


def test_an_include_makes_a_job_optional_or_wanted_after_all() -> None:
    rules = "include: [{suite: a, accelerator: gpu, optional: false}, {suite: c, optional: true}]\n"
    planned = {job.id for job in jobs(matrix(rules, HEAD)) if job.status == PLANNED}

    assert {name for name in planned if ":b@" not in name} == {
        "lab/gpu:a@stable#1/2",
        "lab/gpu:a@stable#2/2",
    }


def test_an_include_has_paths_of_its_own_or_none_at_all() -> None:
    rules = (
        "include: [{suite: b, accelerator: gpu, paths: [tests]}, "
        "{suite: b, accelerator: cpu, paths: []}]\n"
    )
    found = matrix(rules, HEAD)

    def cells(file: str) -> set[str]:
        run = jobs(found, Occasion(changed=(file,)))
        return {dict(j.cell)["accelerator"] for j in run if (j.suite, j.status) == ("b", PLANNED)}

    assert cells("tests/a.py") == {"cpu", "gpu"}
    assert cells("src/a.py") == {"cpu"}


def test_a_combination_that_an_include_makes_minds_the_occasion_too() -> None:
    roof = "site: roof, accelerator: cpu"
    rules = f"include: [{{{roof}, suite: a}}, {{{roof}, suite: b}}]\n"
    found = matrix(rules, HEAD)
    reasons = {job.id: job.reason for job in jobs(found, Occasion(changed=())) if "roof" in job.id}

    assert reasons == {"roof/cpu:a@stable": OPTIONAL, "roof/cpu:b@stable": UNTOUCHED}


@given(st.frozensets(st.sampled_from("abc")), st.none() | st.lists(FILES).map(tuple))
def test_what_is_planned_is_what_is_not_left_out(
    asked: frozenset[str], files: tuple[str, ...] | None
) -> None:
    found, occasion = matrix(head=HEAD), Occasion(asked, files)
    wanted = {s.name for s in found.suites if not left_out(s, Overrides(), occasion)}

    assert suites(found, occasion) == wanted
    assert ("a" in wanted) == ("a" in asked)
    assert ("b" in wanted) == (files is None or touched(found.suite("b").paths, files))


def test_a_matrix_says_whether_it_matters_what_a_change_touches() -> None:
    bare = HEAD.replace('paths: [src, "!src/docs"], ', "")

    assert minds_paths(matrix(head=HEAD))
    assert not minds_paths(matrix(head=bare))
    assert minds_paths(matrix("include: [{suite: c, paths: [src]}]\n", bare))


def test_an_includes_word_on_what_is_optional_goes_before_the_suites() -> None:
    suite = matrix(head=HEAD).suite("a")

    assert is_optional(suite, Overrides())
    assert not is_optional(suite, Overrides(optional=False))


def test_neither_changes_what_is_run() -> None:
    plain = HEAD.replace("optional: true, ", "").replace('paths: [src, "!src/docs"], ', "")
    before, after = matrix(head=plain), matrix(head=HEAD)

    assert [s.digest for s in before.suites] == [s.digest for s in after.suites]
    assert before.digest != after.digest


def test_a_difference_tells_what_became_optional_and_which_paths_changed() -> None:
    plain = HEAD.replace("optional: true, ", "")
    changed = plain.replace("[src,", "[lib,")
    told = diff(matrix(head=plain), matrix(head=HEAD)).jobs
    paths = diff(matrix(head=plain), matrix(head=changed)).jobs

    assert {(one.kind, one.detail, one.line) for one in told} == {("removed", OPTIONAL, 6)}
    assert {(one.kind, one.detail) for one in paths} == {
        ("changed", "paths src, !src/docs → lib, !src/docs")
    }


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ("optional: maybe", "expected"),
        ("paths: src", "expected a list"),
        ("paths: [/etc]", "`/etc` is no path"),
        ("paths: [../x]", "`../x` is no path"),
    ],
)
@pytest.mark.parametrize("place", ["suite", "include"])
def test_what_is_neither_is_a_mistake(wrong: str, problem: str, place: str) -> None:
    head = HEAD if place == "include" else HEAD.replace("c: {", f"c: {{{wrong}, ")
    rules = f"include: [{{suite: c, {wrong}}}]\n" if place == "include" else ""

    with pytest.raises(CoevoError, match=problem):
        matrix(rules, head)
