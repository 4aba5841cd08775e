"""A suite with a place runs there, and says everywhere else why it does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_matrices import HEAD, matrix, planned

from matrix.diff import diff
from matrix.errors import CoevoError
from matrix.expand import expand
from matrix.load import parse
from matrix.model import EXCLUDED, Matrix

STACKS = 'stacks: {stable: {torch: "2.13.0"}, next: {torch: "2.14.0"}}\n'


def placed(place: str, rules: str = "") -> Matrix:
    head = HEAD.replace("a: {command: [run]}", f"a: {{command: [run], place: {place}}}")
    return matrix(rules, head + STACKS)


def jobs_of(found: Matrix, suite: str = "a") -> list[str]:
    return [name for name, job in planned(found).items() if job.suite == suite]


def test_it_runs_at_its_place_alone() -> None:
    found = placed("{site: lab, accelerator: cpu, stack: stable}")

    assert jobs_of(found) == ["lab/cpu:a@stable"]


def test_the_other_suites_run_everywhere() -> None:
    assert len(jobs_of(placed("{site: lab}"), "b")) == 8


def test_an_axis_that_its_place_leaves_open_is_multiplied() -> None:
    assert jobs_of(placed("{site: lab, stack: next}")) == ["lab/cpu:a@next", "lab/gpu:a@next"]


def test_a_place_of_several_values_is_at_each_of_them() -> None:
    found = placed("{site: lab, accelerator: [gpu, cpu], stack: [next]}")

    assert jobs_of(found) == ["lab/cpu:a@next", "lab/gpu:a@next"]


def test_elsewhere_it_says_all_of_them() -> None:
    text = HEAD.replace("[cpu, gpu]", "[cpu, gpu, tpu]")
    text = text.replace(
        "a: {command: [run]}", "a: {command: [run], place: {accelerator: [gpu, cpu]}}"
    )
    away = [job for job in expand(matrix(head=text)) if job.status == EXCLUDED]

    assert {job.reason for job in away} == {"suite a has its place at accelerator=in(cpu,gpu)"}
    assert {dict(job.cell)["accelerator"] for job in away} == {"tpu"}


def test_the_order_of_its_values_and_one_alone_in_a_list_mean_the_same() -> None:
    assert placed("{site: [lab, edge]}").digest == placed("{site: [edge, lab, edge]}").digest
    assert placed("{site: [lab]}").digest == placed("{site: lab}").digest
    assert placed("{site: [lab, edge]}").digest != placed("{site: lab}").digest


def test_an_include_at_none_of_its_places_is_a_mistake() -> None:
    rules = "include:\n  - {suite: a, site: roof, accelerator: cpu, stack: next}\n"

    with pytest.raises(CoevoError, match=r"has its place at site=in\(edge,lab\)") as caught:
        placed("{site: [lab, edge]}", rules)
    assert caught.value.mistakes[0].hint == "write `site: edge`"


def test_an_empty_place_is_everywhere() -> None:
    assert len(jobs_of(placed("{}"))) == 8


def test_elsewhere_it_is_excluded_by_its_own_line() -> None:
    found = placed("{site: lab, accelerator: cpu}")
    away = [job for job in expand(found) if job.suite == "a" and job.status == EXCLUDED]

    assert len(away) == 6
    assert {job.reason for job in away} == {"suite a has its place at accelerator=cpu, site=lab"}
    assert {job.line for job in away} == {found.suite("a").line}


def test_an_exclude_is_named_before_the_place() -> None:
    found = placed("{site: lab}", "exclude: [{site: edge, reason: no room}]\n")
    reasons = [job.reason for job in expand(found) if job.suite == "a" and job.status == EXCLUDED]

    assert set(reasons) == {"excluded by line 7: no room"}


def test_an_include_adds_to_it_at_its_place() -> None:
    found = placed(
        "{site: lab, accelerator: cpu, stack: next}", "include: [{site: lab, seed: 7}]\n"
    )

    assert jobs_of(found) == ["lab/cpu,seed=7:a@next"]


def test_a_cell_that_an_include_makes_leaves_it_out_where_it_has_no_place() -> None:
    found = placed("{site: lab}", "include: [{site: roof, accelerator: cpu, stack: next}]\n")

    assert not [name for name in jobs_of(found) if name.startswith("roof")]
    assert "roof/cpu:b@next" in planned(found)


@pytest.mark.parametrize("site", ["edge", "roof"])
def test_an_include_for_it_at_another_place_is_a_mistake(site: str) -> None:
    rules = f"include:\n  - {{suite: a, site: {site}, accelerator: cpu, stack: next}}\n"

    with pytest.raises(CoevoError, match="`a` has its place at site=lab") as caught:
        placed("{site: lab}", rules)

    (mistake,) = caught.value.mistakes
    assert (mistake.place.line, mistake.hint) == (8, "write `site: lab`")


def test_a_default_that_leads_away_from_the_place_is_a_mistake() -> None:
    text = HEAD.replace("axes:\n", "axes:\n  dtype: [{name: f32, default: true}, bf16]\n")
    text = text.replace("a: {command: [run]}", "a: {command: [run], place: {dtype: bf16}}")
    rules = "include: [{suite: a, site: roof, accelerator: cpu}]\n"

    with pytest.raises(CoevoError, match="has its place at dtype=bf16"):
        parse(text + rules, "m.yaml")
    named = rules.replace("suite: a", "suite: a, dtype: bf16")
    assert "roof/cpu,dtype=bf16:a@stable" in planned(parse(text + named, "m.yaml"))


@pytest.mark.parametrize(
    ("place", "problem"),
    [
        ("{sight: lab}", "there is no axis `sight`"),
        ("{suite: b}", "there is no axis `suite`"),
        ("{site: lap}", "the axis `site` lists no `lap`"),
        ("{stack: nxt}", "nobody defined the stack `nxt`"),
        ("{site: [lab, moon]}", "the axis `site` lists no `moon`"),
        ("{site: []}", "this place is nowhere"),
        ("{site: [[lab]]}", "expected a single value"),
        ('{site: "!lab"}', "cannot stand in a job's id"),
        ("lab", "expected a mapping"),
    ],
)
def test_a_place_that_is_none_is_a_mistake_with_its_place(place: str, problem: str) -> None:
    with pytest.raises(CoevoError) as caught:
        placed(place)

    mistakes = caught.value.mistakes
    assert any(problem in each.problem for each in mistakes), mistakes
    assert {each.place.line for each in mistakes if each.place} == {5}
    assert all(each.hint for each in mistakes)


def test_a_place_is_another_revision_and_the_same_suite() -> None:
    here, there = placed("{site: lab}"), placed("{site: edge}")

    assert here.digest != there.digest
    assert here.suite("a").digest == there.suite("a").digest


def test_a_moved_place_moves_its_jobs() -> None:
    changes = diff(placed("{site: lab, stack: next}"), placed("{site: edge, stack: next}"))
    moved = {(change.kind.value, change.id) for change in changes.jobs}

    assert moved == {
        ("added", "edge/cpu:a@next"),
        ("added", "edge/gpu:a@next"),
        ("removed", "lab/cpu:a@next"),
        ("removed", "lab/gpu:a@next"),
    }


@given(
    place=st.dictionaries(
        st.sampled_from(["site", "accelerator", "stack"]), st.integers(0, 1), max_size=3
    )
)
def test_the_planned_jobs_are_those_that_an_exclude_for_each_value_leaves(
    place: dict[str, int],
) -> None:
    values = {"site": ["lab", "edge"], "accelerator": ["cpu", "gpu"], "stack": ["stable", "next"]}
    chosen = {key: values[key][number] for key, number in place.items()}
    written = ", ".join(f"{key}: {value}" for key, value in chosen.items())
    rules = [f'{{suite: a, {key}: "!{value}"}}' for key, value in chosen.items()]
    excluded = matrix(f"exclude: [{', '.join(rules)}]\n", HEAD + STACKS)

    assert planned(placed(f"{{{written}}}")).keys() == planned(excluded).keys()
