"""Expansion with open axes: what runners add, under the rules that the file has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_matrices import HEAD, matrix
from worlds import offer_of

from matrix.expand import expand
from matrix.model import EXCLUDED, PLANNED, SKIPPED, Job, Matrix
from matrix.select import parse_selector, selects
from runners.work import Offer

OPEN = HEAD.replace("site: [lab, edge]", "site: {open: true, values: [lab, edge]}")
GUEST = offer_of("garage")
SITES = st.sampled_from(["lab", "edge", "garage", "roof", "cellar"])
RULES = st.sampled_from(
    [
        "",
        "exclude: [{site: garage}]",
        'exclude: [{site: "!lab", suite: a}]',
        "include: [{suite: a, timeout: 5m}]",
        "include: [{site: roof, accelerator: cpu}]",
        "include: [{when: {site: garage}, seed: 7}]",
    ]
)


def played(found: Matrix, *offers: Offer) -> dict[str, Job]:
    """What the offers add."""
    before = {job.id for job in expand(found)}
    return {job.id: job for job in expand(found, offers) if job.id not in before}


def test_a_guest_gets_every_suite_on_every_stack() -> None:
    assert set(played(matrix(head=OPEN), GUEST)) == {"garage/cpu:a@stable", "garage/cpu:b@stable"}


def test_without_offers_nothing_is_added() -> None:
    assert expand(matrix(head=OPEN)) == expand(matrix(head=OPEN), [])


def test_a_closed_matrix_is_expanded_alike_whatever_is_offered() -> None:
    assert expand(matrix(), [GUEST]) == expand(matrix())


def test_the_playgrounds_jobs_come_last() -> None:
    found = matrix("include: [{site: roof, accelerator: cpu, suite: a}]", OPEN)
    ids = [job.id for job in expand(found, [GUEST])]
    assert ids[-3:] == ["roof/cpu:a@stable", "garage/cpu:a@stable", "garage/cpu:b@stable"]


@pytest.mark.parametrize("rule", ["{site: garage, suite: a}", '{site: "!in(lab, edge)", suite: a}'])
def test_an_exclude_drops_what_it_selects_of_the_playground(rule: str) -> None:
    found = played(matrix(f"exclude: [{rule}]", OPEN), GUEST)
    assert [job.status for job in found.values()] == [EXCLUDED, PLANNED]
    assert found["garage/cpu:a@stable"].reason.startswith("excluded by line")


def test_an_include_adds_to_the_playground_what_does_not_contradict_it() -> None:
    found = played(matrix("include: [{suite: a, color: red}, {site: lab, size: 3}]", OPEN), GUEST)
    assert "garage/cpu,color=red:a@stable" in found
    assert "garage/cpu:b@stable" in found


def test_an_include_may_select_a_value_that_nobody_listed() -> None:
    found = played(matrix("include: [{when: {site: garage}, shards: 2}]", OPEN), GUEST)
    assert "garage/cpu:a@stable#2/2" in found


def test_an_include_for_what_nobody_offers_changes_nothing() -> None:
    found = matrix("include: [{when: {site: garage}, shards: 2}]", OPEN)
    assert expand(found) == tuple(expand(matrix(head=OPEN)))


def test_a_suite_that_a_stack_lacks_something_for_is_skipped_there_too() -> None:
    head = OPEN.replace("{command: [run]}, b", "{command: [run], takes: [vllm]}, b")
    found = matrix('stacks: {stable: {torch: "2.13.0"}, next: {vllm: "1"}}', head)
    assert played(found, GUEST)["garage/cpu:a@stable"].status == SKIPPED


def test_a_suite_with_a_place_stays_there() -> None:
    head = OPEN.replace("{command: [run]}, b", "{command: [run], place: {site: lab}}, b")
    assert played(matrix(head=head), GUEST)["garage/cpu:a@stable"].status == EXCLUDED


def test_a_suite_may_have_its_place_at_a_value_that_nobody_listed() -> None:
    head = OPEN.replace("{command: [run]}, b", "{command: [run], place: {site: garage}}, b")
    found = matrix(head=head)
    assert played(found, GUEST)["garage/cpu:a@stable"].status == PLANNED
    assert all(job.status == EXCLUDED for job in expand(found) if job.suite == "a")


def test_selectors_choose_among_the_playgrounds_jobs() -> None:
    wanted = parse_selector("site=garage,suite=a")
    jobs = expand(matrix(head=OPEN), [GUEST])
    chosen = [job.id for job in jobs if selects(wanted, {**dict(job.cell), "suite": job.suite})]
    assert chosen == ["garage/cpu:a@stable"]


@given(RULES, st.lists(st.tuples(SITES, st.sampled_from(["cpu", "gpu", "npu"])), max_size=5))
def test_what_is_offered_changes_nothing_of_the_slide(
    rule: str, places: list[tuple[str, str]]
) -> None:
    found = matrix(rule, OPEN)
    before, offers = expand(found), [offer_of(*place) for place in places]

    after = expand(found, offers)

    assert after[: len(before)] == before
    assert len({job.id for job in after}) == len(after)
    assert {job.cell for job in after[len(before) :]} <= {offer.labels for offer in offers}


@given(RULES)
def test_a_listed_value_has_the_jobs_that_it_had_on_the_playground(rule: str) -> None:
    listed = OPEN.replace("[lab, edge]", "[lab, edge, garage]")
    offers = [offer_of("garage", "cpu"), offer_of("garage", "gpu")]
    there = {job.id: job.status for job in expand(matrix(rule, listed)) if "garage/" in job.id}
    assert {job.id: job.status for job in played(matrix(rule, OPEN), *offers).values()} == there
