"""Jobs feed jobs: each is matched with the one that makes what it uses, or says why not."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_matrices import matrix

from matrix.errors import CoevoError
from matrix.expand import expand
from matrix.feeding import circle, feeders, order
from matrix.load import parse
from matrix.model import PLANNED, SKIPPED, Job, Matrix

AXES = """\
name: x
axes:
  site: [lab, edge]
  accelerator: [cpu, gpu]
  python: [{name: "3.12", default: true}, "3.13"]
stacks: {stable: {torch: "2.13.0"}, next: {torch: "2.14.0"}}
"""
PLACED = """\
suites:
  build: {command: [make], produces: {wheel: "dist/*.whl"}, place: {site: lab, accelerator: cpu}}
  test: {command: [run], uses: {wheel: build}}
"""
BESIDE = """\
suites:
  build: {command: [make], produces: {wheel: "dist/*.whl"}}
  test: {command: [run], uses: {wheel: build}}
"""


def jobs(text: str, rules: str = "") -> dict[str, Job]:
    return {job.id: job for job in expand(matrix(rules, AXES + text))}


def of(found: dict[str, Job], suite: str, status: str = PLANNED) -> list[Job]:
    return [job for job in found.values() if job.suite == suite and job.status == status]


def test_one_build_feeds_every_cell_that_agrees_on_what_its_place_leaves_open() -> None:
    found = jobs(PLACED)

    assert len(of(found, "build")) == 4
    assert len(of(found, "test")) == 16
    for job in of(found, "test"):
        (kind, producer) = job.inputs[0]
        assert kind == "wheel"
        assert found[producer].cell[:2] == (("site", "lab"), ("accelerator", "cpu"))
        assert (found[producer].cell[2], found[producer].stack) == (job.cell[2], job.stack)


def test_a_producer_without_a_place_feeds_its_own_cell() -> None:
    found = jobs(BESIDE)

    for job in of(found, "test"):
        assert found[job.inputs[0][1]].cell == job.cell
        assert found[job.inputs[0][1]].stack == job.stack


def test_a_producer_is_fed_by_nobody() -> None:
    assert {job.inputs for job in of(jobs(PLACED), "build")} == {()}


def test_a_cell_for_which_nothing_is_made_is_skipped_with_the_remedy() -> None:
    found = jobs(BESIDE, "exclude: [{suite: build, accelerator: gpu}]\n")
    skipped = of(found, "test", SKIPPED)

    assert len(skipped) == 8
    assert found["lab/gpu,python=3.12:test@stable"].reason == (
        "nothing makes its wheel: build is not planned for lab/gpu/3.12 on stable; "
        "a `place` serves all cells"
    )


def test_a_skipped_producer_skips_its_consumers_for_its_own_reason() -> None:
    takes = PLACED.replace("produces", "takes: [vllm], produces")
    text = AXES.replace('next: {torch: "2.14.0"}', 'next: {torch: "2.14.0", vllm: "0.32.0"}')
    found = {job.id: job for job in expand(matrix("", text + takes))}

    assert len(of(found, "test")) == 8
    assert of(found, "test", SKIPPED)[0].reason == (
        "nothing makes its wheel: lab/cpu,python=3.12:build@stable is skipped, "
        "stack stable has no vllm, which suite build takes"
    )


def test_a_chain_is_matched_from_its_beginning() -> None:
    chain = """\
suites:
  test: {command: [run], uses: {pte: lower}}
  lower: {command: [run], uses: {wheel: build}, produces: {pte: "*.pte"}, place: {site: lab}}
  build: {command: [make], produces: {wheel: "*.whl"}, place: {site: lab, accelerator: cpu}}
"""
    found = jobs(chain)
    job = found["edge/gpu,python=3.13:test@next"]

    assert job.inputs == (("pte", "lab/gpu,python=3.13:lower@next"),)
    assert found[job.inputs[0][1]].inputs == (("wheel", "lab/cpu,python=3.13:build@next"),)


def test_a_chain_that_begins_with_nothing_is_skipped_to_its_end() -> None:
    chain = """\
suites:
  test: {command: [run], uses: {pte: lower}}
  lower: {command: [run], uses: {wheel: build}, produces: {pte: "*.pte"}}
  build: {command: [make], produces: {wheel: "*.whl"}}
"""
    found = jobs(chain, "exclude: [{suite: build, site: edge}]\n")

    assert {job.cell[0][1] for job in of(found, "test")} == {"lab"}
    assert "edge/cpu,python=3.12:lower@stable is skipped, nothing makes its wheel" in (
        found["edge/cpu,python=3.12:test@stable"].reason
    )


def test_a_parameter_that_both_have_tells_producers_apart() -> None:
    rules = """\
include:
  - {site: roof, accelerator: cpu, suite: build, cuda: "12"}
  - {site: roof, accelerator: cpu, suite: build, cuda: "13"}
  - {site: roof, accelerator: cpu, suite: test, cuda: "13"}
"""
    found = jobs(BESIDE, rules)

    assert found["roof/cpu,python=3.12,cuda=13:test@stable"].inputs == (
        ("wheel", "roof/cpu,python=3.12,cuda=13:build@stable"),
    )


def test_several_producers_that_fit_are_named() -> None:
    rules = """\
include:
  - {site: roof, accelerator: cpu, suite: build, cuda: "12"}
  - {site: roof, accelerator: cpu, suite: build, cuda: "13"}
  - {site: roof, accelerator: cpu, suite: test}
"""
    assert jobs(BESIDE, rules)["roof/cpu,python=3.12:test@stable"].reason == (
        "nothing makes its wheel: 2 jobs of build fit it: "
        "roof/cpu,python=3.12,cuda=12:build@stable, roof/cpu,python=3.12,cuda=13:build@stable"
    )


def test_every_shard_of_a_consumer_is_fed_by_the_one_job() -> None:
    found = jobs(PLACED.replace("uses", "shards: 3, uses"))

    assert {job.inputs for job in of(found, "test") if job.stack == "next"} == {
        (("wheel", f"lab/cpu,python={python}:build@next"),) for python in ("3.12", "3.13")
    }


def test_the_feeders_of_jobs_are_found_along_the_whole_chain() -> None:
    chain = """\
suites:
  test: {command: [run], uses: {pte: lower}}
  lower: {command: [run], uses: {wheel: build}, produces: {pte: "*.pte"}}
  build: {command: [make], produces: {wheel: "*.whl"}}
"""
    found = jobs(chain)
    wanted = [found["edge/gpu,python=3.13:test@next"]]

    assert [job.id for job in feeders(found.values(), wanted)] == [
        "edge/gpu,python=3.13:lower@next",
        "edge/gpu,python=3.13:build@next",
    ]
    assert feeders(found.values(), of(found, "build")) == ()


def test_an_edited_producer_changes_the_digests_of_those_that_use_it() -> None:
    before, after = matrix("", AXES + PLACED), matrix("", AXES + PLACED.replace("make", "ninja"))

    assert before.suite("build").digest != after.suite("build").digest
    assert before.suite("test").digest != after.suite("test").digest


def test_a_consumer_leaves_the_digest_of_its_producer_alone() -> None:
    before, after = matrix("", AXES + PLACED), matrix("", AXES + PLACED.replace("run", "go"))

    assert before.suite("build").digest == after.suite("build").digest


WRONG = [
    ("{uses: {wheel: biuld}", "nobody defined the suite `biuld`", "did you mean `build`?"),
    ("{uses: {pte: build}", "the suite `build` produces no `pte`", "it produces wheel"),
    (
        "{uses: {pte: other}",
        "the suite `other` produces no `pte`",
        "give it `produces: {pte: PATTERN}`",
    ),
    (
        "{produces: {a: x}, shards: 2",
        "a suite that produces something has one shard",
        "leave `shards` out: one job makes what all that use it get",
    ),
    ("{produces: {a: x}, uses: {a: test}", "these suites wait for each other: test ← test", ""),
    ("{produces: {a: ../x}", "`../x` names no files below it", ""),
]


@pytest.mark.parametrize(("keys", "problem", "hint"), WRONG)
def test_a_mistake_has_its_place_and_a_hint(keys: str, problem: str, hint: str) -> None:
    text = f"""\
suites:
  build: {{command: [make], produces: {{wheel: "*.whl"}}}}
  other: {{command: [make]}}
  test: {keys}, command: [run]}}
"""
    with pytest.raises(CoevoError) as caught:
        matrix("", AXES + text)

    (mistake,) = caught.value.mistakes
    assert mistake.problem == problem
    assert hint in (mistake.hint or "")
    assert mistake.place is not None
    assert mistake.place.line == 10


def test_a_circle_of_three_is_told_in_its_order() -> None:
    text = """\
suites:
  a: {command: [x], produces: {k: x}, uses: {k: b}}
  b: {command: [x], produces: {k: x}, uses: {k: c}}
  c: {command: [x], produces: {k: x}, uses: {k: a}}
"""
    with pytest.raises(CoevoError) as caught:
        matrix("", AXES + text)

    (mistake,) = caught.value.mistakes
    assert mistake.problem.startswith("these suites wait for each other: ")
    assert mistake.problem.count("←") == 3


GRAPHS = st.dictionaries(
    st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=3), max_size=6
)


@given(GRAPHS)
def test_suites_either_have_an_order_or_a_circle(uses: dict[str, list[str]]) -> None:
    found = circle(uses)
    if found:
        assert found[0] == found[-1]
        for before, after in pairwise(found):
            assert before in uses.get(after, []) or after in uses.get(before, [])
        return
    placed = {name: place for place, name in enumerate(order(uses))}
    for name, producers in uses.items():
        assert all(placed[producer] < placed[name] for producer in producers)


@given(
    st.sets(st.sampled_from(["site: edge", "accelerator: gpu", 'python: "3.13"', "stack: next"]))
)
def test_whatever_is_excluded_every_planned_consumer_has_a_planned_producer(
    rules: set[str],
) -> None:
    told = "".join(f"  - {{suite: build, {rule}}}\n" for rule in sorted(rules))
    found = jobs(BESIDE, f"exclude:\n{told}" if told else "")

    for job in of(found, "test"):
        assert found[job.inputs[0][1]].status == PLANNED
    assert len(of(found, "test")) + len(of(found, "test", SKIPPED)) == 16


def test_a_matrix_without_uses_is_left_as_it_is() -> None:
    plain: Matrix = matrix("", AXES + "suites: {a: {command: [run]}}\n")

    assert all(job.inputs == () for job in expand(plain))


def test_a_built_in_suite_that_uses_another_wants_it_in_the_matrix() -> None:
    text = "name: m\naxes: {site: [lab], accelerator: [cpu]}\nsuites: {executorch-pte: {}}\n"
    with pytest.raises(CoevoError) as wrong:
        parse(text.encode(), "m.yaml")
    (told,) = map(str, wrong.value.mistakes)
    assert "m.yaml:3:10: `executorch-pte` uses the pte of `executorch-edge`, which is not" in told
    assert "add `executorch-edge: {}` to `suites`" in told
