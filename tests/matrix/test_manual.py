"""What docs/matrix.md says of images, changes and requests is what its example expands to."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from full_matrix import BARE

from matrix.document import plain, read
from matrix.expand import expand
from matrix.load import parse
from matrix.model import PLANNED, SKIPPED, Matrix, Needs, Overrides
from matrix.needs import needs_of
from matrix.occasion import OPTIONAL, UNTOUCHED, Occasion

MANUAL = (Path(__file__).parents[2] / "docs" / "matrix.md").read_text("utf-8")
BEGINS = "# Serving in an image"
SERVING, MIRROR = "lab/gpu:serving@main", "lab/mi300:serving@main"
MODELS = "lab/gpu:every-model@main"


@pytest.fixture(scope="module")
def example() -> Matrix:
    texts = re.findall(r"```yaml\n(.*?)```", MANUAL, re.DOTALL)
    (text,) = [each for each in texts if each.startswith(BEGINS)]
    declared = plain(read(text, "docs/matrix.md").root)
    assert isinstance(declared, dict)
    return parse(json.dumps({**BARE, **declared}), "docs/matrix.md")


def told(found: Matrix, occasion: Occasion) -> dict[str, str]:
    jobs = expand(found, occasion=occasion)
    return {job.id: job.reason for job in jobs if job.status in {PLANNED, SKIPPED}}


def test_the_suite_and_its_mirror_run_in_images_of_their_own(example: Matrix) -> None:
    suite = example.suite("serving")
    jobs = {job.id: job.overrides for job in expand(example)}
    own, other = suite.environment, jobs[MIRROR].environment

    assert own is not None
    assert other is not None
    assert own.image != other.image
    assert jobs[SERVING] == Overrides()


def test_the_mirror_has_needs_parameters_and_a_time_out_of_its_own(example: Matrix) -> None:
    suite, stack = example.suite("serving"), example.stack("main")
    jobs = {job.id: job for job in expand(example)}
    changed = jobs[MIRROR].overrides
    (images,) = needs_of(suite, stack, changed).capabilities

    assert needs_of(suite, stack, changed) == Needs(4, capabilities=frozenset({images}))
    assert suite.needs.memory_bytes == 64 << 30
    assert dict(changed.parameters) == {"batch": "16"}
    assert changed.timeout is not None
    assert jobs[MIRROR].parameters == ()


def test_an_include_makes_an_optional_suite_wanted(example: Matrix) -> None:
    assert told(example, Occasion())[MODELS] == ""

    include = example.includes[-1]
    assert (include.overrides.optional, example.suite("every-model").optional) == (False, True)


def test_without_that_include_it_is_skipped_unless_it_is_named() -> None:
    text = MANUAL[MANUAL.index(BEGINS) :].partition("```")[0]
    text = text[: text.index("  - {suite: every-model")]
    declared = plain(read(text, "docs/matrix.md").root)
    assert isinstance(declared, dict)
    found = parse(json.dumps({**BARE, **declared}), "docs/matrix.md")

    assert told(found, Occasion())[MODELS] == OPTIONAL
    assert told(found, Occasion(frozenset({"every-model"})))[MODELS] == ""


@pytest.mark.parametrize(
    ("file", "left"),
    [
        ("vllm/engine/core.py", set()),
        ("vllm/platforms/rocm.py", {SERVING}),
        ("tests/serving/a/test_b.py", {MIRROR}),
        ("README.md", {SERVING, MIRROR}),
    ],
)
def test_a_change_leaves_out_what_it_does_not_touch(
    example: Matrix, file: str, left: set[str]
) -> None:
    found = told(example, Occasion(changed=(file,)))

    assert {name for name, reason in found.items() if reason == UNTOUCHED} == left


def test_its_place_is_one_of_two_accelerators(example: Matrix) -> None:
    assert {SERVING, MIRROR, MODELS} == set(told(example, Occasion()))
