"""Includes: what GitHub's documentation says they add to, and what they make of their own."""

from __future__ import annotations

from collections import Counter

from small_matrices import HEAD, matrix, planned

from matrix.expand import cell_id, expand
from matrix.load import parse
from matrix.model import EXCLUDED, PLANNED

GITHUB = """\
name: github
axes:
  site: [apple, pear]
  accelerator: [cat, dog]
suites: {a: {command: [run]}}
include:
  - color: green
  - color: pink
    accelerator: cat
  - site: apple
    shape: circle
  - site: banana
    accelerator: dog
  - site: banana
    accelerator: cat
"""


def test_the_example_of_githubs_documentation_comes_out_as_it_says() -> None:
    # "Expanding or adding matrix configurations", fruit being site and animal accelerator. Only
    # the include without an animal differs: a cell has to name site and accelerator here.
    found = parse(GITHUB, "m.yaml")

    assert [{**dict(job.cell), **dict(job.parameters)} for job in expand(found)] == [
        {"site": "apple", "accelerator": "cat", "color": "pink", "shape": "circle"},
        {"site": "apple", "accelerator": "dog", "color": "green", "shape": "circle"},
        {"site": "pear", "accelerator": "cat", "color": "pink"},
        {"site": "pear", "accelerator": "dog", "color": "green"},
        {"site": "banana", "accelerator": "dog"},
        {"site": "banana", "accelerator": "cat"},
    ]


def test_parameters_follow_the_axes_in_the_id() -> None:
    found = parse(GITHUB, "m.yaml")

    assert expand(found)[0].id == "apple/cat,color=pink,shape=circle:a@stable"


def test_an_include_never_changes_a_value_of_an_axis() -> None:
    found = matrix("include: [{site: lab, accelerator: gpu, speed: high}]")

    with_speed = [job for job in planned(found).values() if job.parameters]

    assert {job.cell for job in with_speed} == {(("site", "lab"), ("accelerator", "gpu"))}
    assert len(planned(found)) == 8


def test_an_include_does_not_add_to_what_another_made() -> None:
    found = matrix("""\
        include:
          - {site: mars, accelerator: cpu, suite: a}
          - {color: red}
        """)

    assert "mars/cpu:a@stable" in planned(found)
    assert "lab/cpu,color=red:a@stable" in planned(found)


def test_a_literal_that_its_axis_does_not_list_joins_the_axis_but_not_the_product() -> None:
    found = matrix("include: [{site: mars, accelerator: cpu}]")

    assert [value.name for value in found.axis("site").values] == ["lab", "edge", "mars"]
    assert {cell_id(job.cell) for job in planned(found).values()} - {"mars/cpu"} == {
        "lab/cpu",
        "lab/gpu",
        "edge/cpu",
        "edge/gpu",
    }
    assert found.axis("site").values[2].joined
    assert found.axis("site").values[2].line == 6


def test_a_combination_without_suite_or_stack_takes_all_of_them() -> None:
    found = matrix("""\
        stacks: {stable: {torch: "2.13.0"}, next: {torch: "2.14.0"}}
        include: [{site: mars, accelerator: cpu}, {site: mars, accelerator: gpu, suite: b}]
        """)

    assert [job.id for job in expand(found) if job.id.startswith("mars")] == [
        "mars/cpu:a@stable",
        "mars/cpu:a@next",
        "mars/cpu:b@stable",
        "mars/cpu:b@next",
        "mars/gpu:b@stable",
        "mars/gpu:b@next",
    ]


def test_a_combination_takes_the_default_of_an_axis_that_it_leaves_open() -> None:
    head = HEAD.replace("axes:\n", "axes:\n  dtype: [{name: f32, default: true}, bf16]\n")

    found = matrix("include: [{site: mars, accelerator: cpu}]", head)

    made = [job.id for job in expand(found) if job.id.startswith("mars")]
    assert made == ["mars/cpu,dtype=f32:a@stable", "mars/cpu,dtype=f32:b@stable"]


def test_an_include_brings_back_what_an_exclude_dropped() -> None:
    found = matrix("""\
        exclude: [{site: edge}]
        include: [{site: edge, accelerator: gpu, suite: a}]
        """)

    jobs = [job for job in expand(found) if cell_id(job.cell) == "edge/gpu"]

    assert Counter((job.id, job.status) for job in jobs) == {
        ("edge/gpu:a@stable", PLANNED): 1,
        ("edge/gpu:b@stable", EXCLUDED): 1,
    }
    assert next(job.line for job in jobs if job.status == PLANNED) == 7


def test_an_include_with_when_adds_only_to_what_it_selects() -> None:
    found = matrix("include: [{when: {site: lab, suite: '!a'}, color: red}]")

    assert [job.id for job in planned(found).values() if job.parameters] == [
        "lab/cpu,color=red:b@stable",
        "lab/gpu,color=red:b@stable",
    ]


def test_an_include_with_when_makes_no_combination_of_its_own() -> None:
    found = matrix("include: [{when: {site: lab}, accelerator: gpu, color: red}]")

    assert len(expand(found)) == 8
    assert [job.id for job in planned(found).values() if job.parameters] == [
        "lab/gpu,color=red:a@stable",
        "lab/gpu,color=red:b@stable",
    ]


def test_includes_override_how_a_job_is_run_one_after_another() -> None:
    found = matrix("""\
        include:
          - {timeout: 10m, priority: 1, role: watch, env: {A: "1", B: "1"}}
          - {site: lab, timeout: 20m, shards: 2, env: {B: "2"}}
        """)

    lab, edge = (
        next(job for job in expand(found) if cell_id(job.cell) == cell)
        for cell in ("lab/cpu", "edge/cpu")
    )

    assert lab.overrides.timeout is not None
    assert edge.overrides.timeout is not None
    assert (lab.overrides.timeout.seconds, edge.overrides.timeout.seconds) == (1200, 600)
    assert (lab.shards, edge.shards) == (2, 1)
    assert lab.overrides.env == (("A", "1"), ("B", "2"))
    assert lab.overrides.role == edge.overrides.role == "watch"
    assert lab.overrides.priority == 1
    assert (lab.line, edge.line) == (8, 7)


def test_one_shard_of_an_include_undoes_the_shards_of_a_suite() -> None:
    head = HEAD.replace("a: {command: [run]}", "a: {command: [run], shards: 4}")

    found = matrix("include: [{suite: a, shards: 1}]", head)

    assert "lab/cpu:a@stable" in planned(found)
