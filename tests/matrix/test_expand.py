"""Expansion: the product of axes, suites and stacks; excludes; ids."""

from __future__ import annotations

from textwrap import dedent

import pytest
from small_matrices import HEAD, matrix, planned

from matrix.expand import cell_id, expand, merged_id
from matrix.load import default_matrix, parse
from matrix.model import EXCLUDED, PLANNED, SKIPPED


def test_a_bare_matrix_is_the_product_of_its_axes_suites_and_stacks() -> None:
    assert [job.id for job in expand(matrix())] == [
        "lab/cpu:a@stable",
        "lab/cpu:b@stable",
        "lab/gpu:a@stable",
        "lab/gpu:b@stable",
        "edge/cpu:a@stable",
        "edge/cpu:b@stable",
        "edge/gpu:a@stable",
        "edge/gpu:b@stable",
    ]


def test_a_job_carries_its_cell_suite_stack_and_the_line_that_planned_it() -> None:
    job = expand(matrix())[1]

    assert job.cell == (("site", "lab"), ("accelerator", "cpu"))
    assert (job.suite, job.stack, job.shard, job.shards) == ("b", "stable", 1, 1)
    assert (job.status, job.reason, job.line) == (PLANNED, "", 5)


def test_the_default_matrix_is_the_slide() -> None:
    found = default_matrix()
    jobs = expand(found)

    assert [value.label for value in found.axis("site").values] == [
        "Cloud A",
        "Cloud B",
        "Cloud C",
        "Lab",
        "Edge",
    ]
    assert [value.label for value in found.axis("accelerator").values] == [
        "GPU",
        "TPU",
        "ASIC",
        "CPU",
    ]
    assert {job.status for job in jobs} == {PLANNED}
    assert {merged_id(job) for job in jobs if cell_id(job.cell) == "lab/cpu"} == {
        "lab/cpu:smoke@stable",
        "lab/cpu:pytorch-ops@stable",
        "lab/cpu:probe@stable",
    }
    assert len({job.cell for job in jobs}) == 20


def test_other_axes_follow_in_the_id_in_the_order_of_the_declaration() -> None:
    found = parse(
        dedent("""\
            name: x
            axes: {python: ["3.12"], accelerator: [cpu], dtype: [bf16], site: [lab]}
            suites: {a: {command: [run]}}
            """),
        "m.yaml",
    )

    job = expand(found)[0]

    assert job.id == "lab/cpu,python=3.12,dtype=bf16:a@stable"
    assert [key for key, _ in job.cell] == ["python", "accelerator", "dtype", "site"]


def test_shards_are_numbered_from_one_and_merge_to_one_id() -> None:
    found = matrix(head=HEAD.replace("a: {command: [run]}", "a: {command: [run], shards: 3}"))
    jobs = [job for job in expand(found) if job.suite == "a"][:3]

    assert [job.id for job in jobs] == [f"lab/cpu:a@stable#{n}/3" for n in (1, 2, 3)]
    assert [(job.shard, job.shards) for job in jobs] == [(1, 3), (2, 3), (3, 3)]
    assert {merged_id(job) for job in jobs} == {"lab/cpu:a@stable"}


def test_several_stacks_make_a_job_each() -> None:
    found = matrix('stacks: {stable: {torch: "2.13.0"}, next: {torch: "2.14.0"}}')

    assert [job.stack for job in expand(found)][:2] == ["stable", "next"]
    assert len(expand(found)) == 16


def test_a_suite_is_skipped_on_a_stack_without_what_it_takes() -> None:
    found = matrix(
        'stacks: {stable: {torch: "2.13.0"}, other: {vllm: "0.32.0"}}',
        head=HEAD.replace("b: {command: [run]}", "b: {command: [run], takes: [vllm], shards: 4}"),
    )

    skipped = [job for job in expand(found) if job.status == SKIPPED]

    assert [job.id for job in skipped] == [
        f"{cell}:b@stable" for cell in ("lab/cpu", "lab/gpu", "edge/cpu", "edge/gpu")
    ]
    assert skipped[0].reason == "stack stable has no vllm, which suite b takes"


@pytest.mark.parametrize(
    ("selector", "left"),
    [
        ("{site: lab}", {"edge/cpu", "edge/gpu"}),
        ('{site: "!lab"}', {"lab/cpu", "lab/gpu"}),
        ("{site: [lab, edge], accelerator: gpu}", {"lab/cpu", "edge/cpu"}),
        ('{site: "in(lab, edge)", accelerator: "!in(cpu)"}', {"lab/cpu", "edge/cpu"}),
        (
            '{site: lab, accelerator: "!in(cpu, gpu)"}',
            {"lab/cpu", "lab/gpu", "edge/cpu", "edge/gpu"},
        ),
    ],
)
def test_an_exclude_drops_what_all_its_selectors_admit(selector: str, left: set[str]) -> None:
    found = matrix(f"exclude: [{selector}]")

    assert {cell_id(job.cell) for job in planned(found).values()} == left


def test_an_exclude_acts_on_suites_and_stacks_too() -> None:
    found = matrix("exclude: [{suite: b, stack: stable, site: lab}]")

    assert "lab/cpu:b@stable" not in planned(found)
    assert "edge/cpu:b@stable" in planned(found)


def test_an_excluded_job_stays_listed_with_its_line_and_reason() -> None:
    found = matrix("""\
        exclude:
          - {site: edge, accelerator: gpu, reason: no room}
          - site: edge
            accelerator: gpu
        """)

    job = next(job for job in expand(found) if job.id == "edge/gpu:a@stable")

    assert (job.status, job.line) == (EXCLUDED, 7)
    assert job.reason == "excluded by line 7: no room"


def test_an_excluded_suite_is_one_entry_however_many_shards_it_has() -> None:
    head = HEAD.replace("a: {command: [run]}", "a: {command: [run], shards: 5}")

    dropped = [job for job in expand(matrix("exclude: [{site: lab}]", head)) if job.suite == "a"]

    assert [job.id for job in dropped[:2]] == ["lab/cpu:a@stable", "lab/gpu:a@stable"]
