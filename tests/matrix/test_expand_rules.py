"""What holds for every matrix, however its rules meet: ids, an oracle, bounded cost."""

from __future__ import annotations

import sys
import tracemalloc
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_matrices import declared

from matrix.expand import expand
from matrix.model import EXCLUDED, PLANNED, Matrix

NAMES = st.lists(
    st.text("abc", min_size=1, max_size=2).map(lambda text: f"v{text}"),
    min_size=1,
    max_size=4,
    unique=True,
)
AXES = st.fixed_dictionaries({"site": NAMES, "accelerator": NAMES, "dtype": NAMES})


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


def large(sites: int, accelerators: int, suites: int) -> Matrix:
    axes = {
        "site": [f"s{n}" for n in range(sites)],
        "accelerator": [f"a{n}" for n in range(accelerators)],
        "dtype": ["f32"],
    }
    return declared(axes, suites, 1)


@pytest.mark.slow
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
