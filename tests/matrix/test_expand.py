"""Expansion: GitHub's include and exclude on axes, suites and stacks; ids; bounded cost."""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections import Counter
from itertools import product
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matrix.expand import EXCLUDED, PLANNED, SKIPPED, cell_id, expand, merged_id
from matrix.load import default_matrix, parse
from matrix.model import Job, Matrix

HEAD = """\
name: x
axes:
  site: [lab, edge]
  accelerator: [cpu, gpu]
suites: {a: {command: [run]}, b: {command: [run]}}
"""


def matrix(rules: str = "", head: str = HEAD) -> Matrix:
    return parse(head + dedent(rules), "m.yaml")


def planned(found: Matrix) -> dict[str, Job]:
    return {job.id: job for job in expand(found) if job.status == PLANNED}


# --- The product. ------------------------------------------------------------------------------


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


# --- exclude. ----------------------------------------------------------------------------------


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


# --- include. ----------------------------------------------------------------------------------

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


# --- What always holds. ------------------------------------------------------------------------

NAMES = st.lists(
    st.text("abc", min_size=1, max_size=2).map(lambda text: f"v{text}"),
    min_size=1,
    max_size=4,
    unique=True,
)
AXES = st.fixed_dictionaries({"site": NAMES, "accelerator": NAMES, "dtype": NAMES})


def declared(axes: dict[str, list[str]], suites: int, stacks: int, **rules: object) -> Matrix:
    return parse(
        json.dumps(
            {
                "name": "x",
                "axes": axes,
                "suites": {f"s{n}": {"command": ["run"]} for n in range(suites)},
                "stacks": {f"t{n}": {"torch": "2.13.0"} for n in range(stacks)},
                **rules,
            }
        ),
        "m.yaml",
    )


@given(AXES, st.integers(1, 3), st.integers(1, 2))
def test_without_rules_every_combination_comes_out_once(
    axes: dict[str, list[str]], suites: int, stacks: int
) -> None:
    jobs = expand(declared(axes, suites, stacks))

    points = [(tuple(value for _, value in job.cell), job.suite, job.stack) for job in jobs]
    assert points == [
        (cell, f"s{suite}", f"t{stack}")
        for cell in product(*axes.values())
        for suite in range(suites)
        for stack in range(stacks)
    ]
    assert len({job.id for job in jobs}) == len(jobs)


@given(st.data(), AXES)
def test_exclude_wins_over_every_include_with_when(
    data: st.DataObject, axes: dict[str, list[str]]
) -> None:
    dropped = data.draw(st.sampled_from(axes["site"]))
    others = [site for site in axes["site"] if site != dropped]
    include = [{"when": {"site": site}, "color": "red"} for site in others]

    jobs = expand(declared(axes, 1, 1, exclude=[{"site": dropped}], include=include))

    assert {job.status for job in jobs if dict(job.cell)["site"] == dropped} == {EXCLUDED}
    assert all(job.parameters for job in jobs if dict(job.cell)["site"] != dropped)


@st.composite
def ruled(draw: st.DrawFn) -> Matrix:
    """A matrix with literal includes and excludes that are never mistakes."""
    axes = draw(AXES)
    literal = st.fixed_dictionaries(
        {}, optional={name: st.sampled_from(values) for name, values in axes.items()}
    )
    excludes = draw(st.lists(literal.filter(bool), max_size=3))
    extra = st.fixed_dictionaries({"color": st.sampled_from(["red", "blue"])})
    whole = {name: st.sampled_from(values) for name, values in axes.items()}
    includes = draw(
        st.lists(st.tuples(st.fixed_dictionaries(whole), extra), max_size=3, unique_by=str)
    )
    merged = [{**point, **color} for point, color in includes]
    unique = list({(m["site"], m["accelerator"], m["dtype"]): m for m in merged}.values())
    return declared(axes, 2, 1, exclude=excludes, include=unique)


@settings(max_examples=200)
@given(ruled())
def test_ids_are_unique_and_the_oracle_agrees(found: Matrix) -> None:
    jobs = expand(found)

    assert len({job.id for job in jobs}) == len(jobs)
    told = {(dict(job.cell)["site"], job.suite, job.id): job.status for job in jobs}
    assert sorted(told.items()) == sorted(oracle(found).items())


def oracle(found: Matrix) -> dict[tuple[str, str, str], str]:
    """GitHub's rules, word for word and slowly, for includes that name a whole cell."""
    axes = [axis.name for axis in found.axes]
    points = [
        dict(zip((*axes, "suite"), values, strict=True))
        for values in product(
            *([value.name for value in axis.values] for axis in found.axes),
            [suite.name for suite in found.suites],
        )
    ]
    kept = []
    told: dict[tuple[str, str, str], str] = {}
    for point in points:
        if any(all(c.admits(point[c.key]) for c in rule.conditions) for rule in found.excludes):
            told[point["site"], point["suite"], named(point, axes)] = EXCLUDED
        else:
            kept.append(point)
    added = [dict[str, str]() for _ in kept]
    for include in found.includes:
        literals = dict(include.literals)
        fits = [
            n for n, point in enumerate(kept) if all(point[k] == v for k, v in literals.items())
        ]
        for place in fits:
            added[place].update(include.parameters)
        for suite in found.suites if not fits else ():
            point = {**literals, "suite": suite.name}
            kept.append({**point, "made": "yes"})
            added.append(dict(include.parameters))
    for point, extra in zip(kept, added, strict=True):
        told[point["site"], point["suite"], named(point, axes, extra)] = PLANNED
    return told


def named(point: dict[str, str], axes: list[str], extra: dict[str, str] | None = None) -> str:
    others = "".join(f",{key}={point[key]}" for key in axes if key not in ("site", "accelerator"))
    parameters = "".join(f",{key}={value}" for key, value in sorted((extra or {}).items()))
    return f"{point['site']}/{point['accelerator']}{others}{parameters}:{point['suite']}@t0"


# --- Size. -------------------------------------------------------------------------------------


def large(sites: int, accelerators: int, suites: int) -> Matrix:
    axes = {
        "site": [f"s{n}" for n in range(sites)],
        "accelerator": [f"a{n}" for n in range(accelerators)],
        "dtype": ["f32"],
    }
    return declared(axes, suites, 1)


def test_a_hundred_thousand_jobs_expand_into_less_than_100_mb() -> None:
    found = large(100, 100, 10)
    tracemalloc.start()
    try:
        jobs = expand(found)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(jobs) == 100_000
    assert peak < 100 * 2**20


def test_what_jobs_of_one_cell_share_is_stored_once() -> None:
    jobs = expand(large(3, 3, 10))

    assert len({id(job.cell) for job in jobs}) == 9


def test_the_steps_grow_with_the_jobs_and_not_with_the_rules_that_miss_them() -> None:
    bare = large(40, 40, 5)
    rules = [{"site": f"s{n}", "accelerator": f"a{n}", "dtype": "!f32"} for n in range(40)] * 10
    axes = {axis.name: [v.name for v in axis.values] for axis in bare.axes}
    heavy = declared(axes, 5, 1, exclude=rules)

    assert calls(heavy) < 1.5 * calls(bare)  # 400 rules are some 400 calls, not 800,000


def calls(found: Matrix) -> int:
    """How many Python calls expanding a matrix takes."""
    count = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(profile)
    try:
        expand(found)
    finally:
        sys.setprofile(None)
    return count
