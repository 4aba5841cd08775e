"""What an include changes of a suite: each key on its own, and several includes together."""

from __future__ import annotations

import pytest
from small_matrices import matrix, planned

from matrix.diff import diff
from matrix.errors import CoevoError
from matrix.expand import over
from matrix.model import Environment, Needs, Overrides, Stack
from matrix.needs import IMAGES, first_unmet, needs_of
from matrix.offers import read_offers

HEAD = """\
name: x
axes:
  site: [lab]
  accelerator: [cpu, gpu]
suites:
  a:
    command: [run]
    needs: {devices: 1, memory: 8GiB}
    parameters: {batch: 8, length: 128}
"""
IMAGE = "registry.example.org/a/b:1@sha256:" + "0f" * 32
NONE = Stack("s", "s", ())


def overrides(rules: str) -> Overrides:
    return planned(matrix(f"include: {rules}\n", HEAD))["lab/gpu:a@stable"].overrides


def test_needs_take_the_place_of_the_suites_as_a_whole() -> None:
    suite = matrix(head=HEAD).suite("a")
    changed = overrides("[{accelerator: gpu, needs: {devices: 4, nodes: 2}}]")

    assert needs_of(suite, NONE, changed) == Needs(devices=4, nodes=2)
    assert needs_of(suite, NONE, Overrides()) == suite.needs


def test_needs_that_say_nothing_take_the_suites_away() -> None:
    suite = matrix(head=HEAD).suite("a")

    assert needs_of(suite, NONE, overrides("[{accelerator: gpu, needs: {}}]")) == Needs()


def test_parameters_come_on_top_of_each_other_and_stay_out_of_the_id() -> None:
    changed = overrides(
        "[{accelerator: gpu, parameters: {batch: 16}}, {site: lab, parameters: {seed: 7}}]"
    )

    assert changed.parameters == (("batch", "16"), ("seed", "7"))


def test_a_later_include_goes_before_an_earlier_one() -> None:
    changed = overrides(
        "[{site: lab, parameters: {batch: 16}, needs: {devices: 2}, paths: [a], optional: true},"
        " {accelerator: gpu, parameters: {batch: 32}, needs: {devices: 3}, paths: [b],"
        " optional: false}]"
    )

    assert changed.parameters == (("batch", "32"),)
    assert changed.needs == Needs(devices=3)
    assert (changed.paths, changed.optional) == (("b",), False)


def test_what_a_later_one_does_not_say_stays() -> None:
    first = Overrides(needs=Needs(devices=1), paths=(), optional=False, parameters=(("a", "1"),))

    assert over(first, Overrides()) == first
    assert over(Overrides(), first) == first


def test_an_image_takes_the_place_of_requirements() -> None:
    changed = overrides(f'[{{accelerator: gpu, environment: {{image: "{IMAGE}"}}}}]')

    assert changed.environment == Environment(image=IMAGE)


def test_a_difference_names_what_changed() -> None:
    before = matrix(head=HEAD)
    rules = (
        "include: [{accelerator: gpu, needs: {devices: 2}, parameters: {batch: 9}, paths: [a]}]\n"
    )
    (change,) = diff(before, matrix(rules, HEAD)).jobs

    assert change.id == "lab/gpu:a@stable"
    assert change.detail == "needs, parameters, paths"
    assert change.line == 10


def test_includes_that_say_nothing_of_it_have_the_digest_that_they_had() -> None:
    stacks = 'stacks: {stable: {torch: "2.13.0"}}\n'
    found = matrix(f"{stacks}include: [{{site: lab, timeout: 5m}}]\n", HEAD)

    assert found.digest == "f22a6fafe51d300a56153a2bdaaa38656ccb410390e2a71292d835f13bf9fa1e"


def test_a_suite_in_an_image_needs_a_runner_that_runs_images() -> None:
    head = HEAD.replace("needs:", f'environment: {{image: "{IMAGE}"}}\n    needs:')
    needs = needs_of(matrix(head=head).suite("a"), NONE, Overrides())
    text = "[{site: lab, accelerator: gpu, devices: 1, capabilities: [%s]}]"
    cell = (("site", "lab"), ("accelerator", "gpu"))

    assert IMAGES in needs.capabilities
    assert not first_unmet(cell, needs, read_offers((text % IMAGES).encode(), "o"))
    unmet = first_unmet(cell, needs, read_offers((text % "").encode(), "o"))
    assert unmet == "no runner at lab/gpu runs images"


@pytest.mark.parametrize(
    ("environment", "problem"),
    [
        ("{image: vllm/vllm-openai:latest}", "names no image by its digest"),
        ('{image: "a@sha256:00"}', "names no image by its digest"),
        (f'{{image: "{IMAGE}", requirements: [numpy==2.4.6]}}', "an image and requirements"),
        ("{}", "this environment has nothing in it"),
        ("{image: 3}", "expected"),
    ],
)
@pytest.mark.parametrize("place", ["suite", "include"])
def test_an_environment_that_is_none_is_a_mistake(
    environment: str, problem: str, place: str
) -> None:
    inside = f"environment: {environment}"
    rules = f"include: [{{site: lab, {inside}}}]\n" if place == "include" else ""
    head = HEAD if rules else HEAD.replace("needs:", f"{inside}\n    needs:")

    with pytest.raises(CoevoError, match=problem) as caught:
        matrix(rules, head)
    assert all(each.hint for each in caught.value.mistakes)


@pytest.mark.parametrize("key", ["needs: {device: 1}", "parameters: [a]", "parameters: {b: [1]}"])
def test_a_word_that_means_nothing_is_a_mistake(key: str) -> None:
    with pytest.raises(CoevoError):
        matrix(f"include: [{{site: lab, {key}}}]\n", HEAD)
