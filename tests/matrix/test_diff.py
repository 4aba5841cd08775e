"""What a change of a matrix does, and by which line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.diff import Change, Changes, Kind, diff
from matrix.expand import expand, merged_id
from matrix.load import default_matrix, parse
from matrix.model import PLANNED, Matrix

OLD = """\
name: x
axes:
  site:
    - lab
    - edge
  accelerator:
    - cpu
    - gpu
suites:
  a: {command: [run], takes: [torch]}
  b: {command: [run], timeout: 10m}
stacks:
  stable: {torch: "2.13.0"}
"""


def changed(old: str, new: str) -> Changes:
    return diff(parse(old, "old.yaml"), parse(new, "new.yaml"))


def places(changes: tuple[Change, ...]) -> set[tuple[str, int]]:
    return {(change.file, change.line) for change in changes}


def ids(changes: Changes) -> set[str]:
    return {change.id for change in changes.jobs}


def kinds(changes: Changes) -> set[Kind]:
    return {change.kind for change in changes.jobs}


def test_the_same_matrix_has_no_changes() -> None:
    assert changed(OLD, OLD) == Changes((), ())


def test_comments_and_layout_are_no_changes() -> None:
    assert changed(OLD, "# more\n\n" + OLD.replace("a: {", "a:   {")) == Changes((), ())


def test_a_new_value_of_an_axis_adds_its_cells_by_its_line() -> None:
    found = changed(OLD, OLD.replace("    - edge\n", "    - edge\n    - mars\n"))

    assert kinds(found) == {Kind.ADDED}
    assert {change.id for change in found.cells} == {"mars/cpu", "mars/gpu"}
    assert {change.kind for change in found.cells} == {Kind.ADDED}
    assert places(found.jobs) == {("new.yaml", 6)}
    assert len(found.jobs) == 4


def test_a_dropped_value_removes_its_cells_by_the_line_it_had() -> None:
    found = changed(OLD, OLD.replace("    - edge\n", ""))

    assert {(change.id, change.kind) for change in found.cells} == {
        ("edge/cpu", Kind.REMOVED),
        ("edge/gpu", Kind.REMOVED),
    }
    assert places(found.jobs) == {("old.yaml", 5)}


def test_a_new_suite_changes_every_cell_by_its_line() -> None:
    found = changed(OLD, OLD.replace("stacks:", "  c: {command: [run]}\nstacks:"))

    assert ids(found) == {
        f"{cell}:c@stable" for cell in ("lab/cpu", "lab/gpu", "edge/cpu", "edge/gpu")
    }
    assert {(change.kind, change.detail) for change in found.cells} == {(Kind.CHANGED, "1 job")}
    assert places(found.jobs) == {("new.yaml", 12)}


def test_a_new_stack_adds_jobs_by_its_line() -> None:
    found = changed(OLD, OLD + '  next: {torch: "2.14.0"}\n')

    assert len(found.jobs) == 8
    assert places(found.jobs) == {("new.yaml", 14)}


def test_an_exclude_removes_jobs_and_says_why() -> None:
    found = changed(OLD, OLD + "exclude:\n  - {site: edge, suite: b, reason: too slow}\n")

    assert ids(found) == {"edge/cpu:b@stable", "edge/gpu:b@stable"}
    assert kinds(found) == {Kind.REMOVED}
    assert found.jobs[0].detail == "excluded by line 15: too slow"
    assert places(found.jobs) == {("new.yaml", 15)}
    assert {change.kind for change in found.cells} == {Kind.CHANGED}


def test_an_exclude_that_is_gone_adds_jobs_by_the_line_it_had() -> None:
    found = changed(OLD + "exclude:\n  - {site: edge}\n", OLD)

    assert kinds(found) == {Kind.ADDED}
    assert places(found.jobs) == {("old.yaml", 15)}
    assert found.jobs[0].detail == "was excluded by line 15"
    assert {(change.id, change.kind) for change in found.cells} == {
        ("edge/cpu", Kind.ADDED),
        ("edge/gpu", Kind.ADDED),
    }


def test_an_include_adds_its_cell_by_its_line() -> None:
    found = changed(OLD, OLD + "include:\n  - {site: mars, accelerator: cpu, suite: a}\n")

    assert found.jobs == (Change(Kind.ADDED, "mars/cpu:a@stable", "", "new.yaml", 15),)
    assert found.cells == (Change(Kind.ADDED, "mars/cpu", "1 job", "new.yaml", 15),)


def test_an_include_that_is_gone_removes_its_cell() -> None:
    found = changed(OLD + "include:\n  - {site: mars, accelerator: cpu, suite: a}\n", OLD)

    assert found.jobs == (Change(Kind.REMOVED, "mars/cpu:a@stable", "", "old.yaml", 15),)


def test_a_parameter_makes_other_jobs_of_the_same_cell() -> None:
    found = changed(OLD, OLD + "include:\n  - {site: lab, accelerator: cpu, suite: a, seed: 7}\n")

    assert {(change.kind, change.id) for change in found.jobs} == {
        (Kind.ADDED, "lab/cpu,seed=7:a@stable"),
        (Kind.REMOVED, "lab/cpu:a@stable"),
    }
    assert [(change.kind, change.id, change.detail) for change in found.cells] == [
        (Kind.CHANGED, "lab/cpu", "2 jobs")
    ]


@pytest.mark.parametrize(
    ("old", "new", "detail", "line", "count"),
    [
        ('torch: "2.13.0"', 'torch: "2.14.0"', "torch 2.13.0 → 2.14.0", 13, 4),
        ("timeout: 10m", "timeout: 1h", "timeout 10m → 1h", 11, 4),
        ("timeout: 10m", "shards: 3", "timeout 10m → 30m, shards 1 → 3", 11, 4),
        ("timeout: 10m", "timeout: 10m, role: watch", "role as the stack → watch", 11, 4),
        ("b: {command: [run]", "b: {command: [walk]", "command ('run',) → ('walk',)", 11, 4),
        ("timeout: 10m", "timeout: 10m, needs: {devices: 2}", "needs", 11, 4),
        ("timeout: 10m", "timeout: 10m, env: {A: b}", "env", 11, 4),
        ("stacks:", "policies: {timeout: 1h}\nstacks:", "timeout 30m → 1h", 12, 4),
        ("stacks:", "policies: {priority: 3}\nstacks:", "priority 0 → 3", 12, 8),
        ("stacks:", "include: [{site: lab, timeout: 5m}]\nstacks:", "timeout", 12, 4),
        ("stacks:", "include: [{suite: b, role: shadow}]\nstacks:", "role", 12, 4),
        ("stacks:", "include: [{suite: b, priority: 9}]\nstacks:", "priority 0 → 9", 12, 4),
    ],
)
def test_a_changed_job_says_what_changed_and_by_which_line(
    old: str, new: str, detail: str, line: int, count: int
) -> None:
    found = changed(OLD, OLD.replace(old, new, 1))

    assert kinds(found) == {Kind.CHANGED}
    assert len(found.jobs) == count
    assert found.jobs[-1].detail.startswith(detail)
    assert places(found.jobs) == {("new.yaml", line)}


def test_a_version_that_a_suite_does_not_take_changes_nothing_of_it() -> None:
    found = changed(OLD, OLD.replace("2.13.0", "2.14.0"))

    assert {change.id.partition(":")[2] for change in found.jobs} == {"a@stable"}


def test_labels_are_no_changes_of_jobs() -> None:
    assert changed(OLD, OLD.replace("b: {", "b: {label: B, project: c, ")) == Changes((), ())


def test_shards_are_merged() -> None:
    found = changed(OLD, OLD.replace("timeout: 10m", "timeout: 10m, shards: 9"))

    assert len(found.jobs) == 4
    assert all("#" not in change.id for change in found.jobs)


SITES = st.lists(st.sampled_from(["s1", "s2", "s3", "s4"]), min_size=1, unique=True)
SUITES = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, unique=True)


def small(sites: list[str], suites: list[str]) -> Matrix:
    listed = ", ".join(f"{suite}: {{command: [run]}}" for suite in suites)
    axes = f"{{site: [{', '.join(sites)}], accelerator: [cpu]}}"
    return parse(f"name: x\naxes: {axes}\nsuites: {{{listed}}}\n", "m.yaml")


@given(SITES, SUITES, SITES, SUITES)
def test_old_jobs_with_the_changes_are_the_new_ones(
    sites: list[str], suites: list[str], more: list[str], others: list[str]
) -> None:
    old, new = small(sites, suites), small(more, others)

    found = diff(old, new)

    added = {change.id for change in found.jobs if change.kind is Kind.ADDED}
    removed = {change.id for change in found.jobs if change.kind is Kind.REMOVED}
    assert (plans(old) - removed) | added == plans(new)
    assert not removed & plans(new)
    assert not added & plans(old)


@given(SITES, SUITES, SITES, SUITES)
def test_the_way_back_removes_what_the_way_there_added(
    sites: list[str], suites: list[str], more: list[str], others: list[str]
) -> None:
    old, new = small(sites, suites), small(more, others)
    there, back = diff(old, new), diff(new, old)

    def named(changes: Changes, kind: Kind) -> set[str]:
        return {change.id for change in changes.jobs if change.kind is kind}

    assert named(there, Kind.ADDED) == named(back, Kind.REMOVED)
    assert named(there, Kind.REMOVED) == named(back, Kind.ADDED)


def plans(found: Matrix) -> set[str]:
    return {merged_id(job) for job in expand(found) if job.status == PLANNED}


def test_the_default_matrix_against_one_without_a_site() -> None:
    found = diff(default_matrix(), small(["lab"], ["a"]))

    assert {change.kind for change in found.cells} == {Kind.REMOVED, Kind.CHANGED}
    assert [change.id for change in found.cells if change.kind is Kind.CHANGED] == ["lab/cpu"]
