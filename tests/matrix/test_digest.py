"""Digests: what changes them, what leaves them, and the same in every process."""

from __future__ import annotations

import copy
import json
import random
import re
import subprocess
import sys
from typing import Any

import pytest
import yaml
from full_matrix import BARE, FULL, minimal
from hypothesis import given
from hypothesis import strategies as st

from matrix.document import plain, read
from matrix.load import parse


def test_comments_and_layout_do_not_change_the_digest() -> None:
    spread = yaml.safe_dump(plain(read(FULL, "m").root), sort_keys=False, default_flow_style=True)

    assert parse("# hello\n" + spread, "m").digest == parse(FULL, "m").digest


@given(st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_change_the_digest(chance: random.Random) -> None:
    data = plain(read(FULL, "m").root)

    again = parse(json.dumps(shuffled(data, chance)), "m")

    assert again.digest == parse(FULL, "m").digest


def shuffled(data: Any, chance: random.Random, key: str = "") -> Any:
    """The same data with all mappings in another order, but those whose order has a meaning."""
    if isinstance(data, list):
        return [shuffled(item, chance) for item in data]
    if not isinstance(data, dict):
        return data
    pairs = [(each, shuffled(value, chance, each)) for each, value in data.items()]
    if key not in ("axes", "stacks"):
        chance.shuffle(pairs)
    return dict(pairs)


CHANGES: dict[str, Any] = {
    "name": "other",
    "label": "Other",
    "policies.timeout": "46m",
    "policies.priority": 1,
    "keep.logs": "8d",
    "suites.bench.command": ["python"],
    "suites.bench.role": "watch",
    "stacks.stable.torch": "2.13.1",
    "exclude.0.reason": "other",
    "exclude.0.site": "lab",
    "include.0.seed": 8,
    "include.0.timeout": "11m",
    "axes.site": ["edge", "lab"],
}


@pytest.mark.parametrize("path", CHANGES)
def test_any_change_of_meaning_changes_the_digest(path: str) -> None:
    changed = changed_at(path, CHANGES[path])

    assert parse(json.dumps(changed), "m").digest != parse(FULL, "m").digest


@pytest.mark.parametrize("key", ["axes", "stacks"])
def test_the_order_of_axes_and_stacks_has_a_meaning(key: str) -> None:
    data: Any = plain(read(FULL, "m").root)
    data[key] = dict(reversed(data[key].items()))

    assert parse(json.dumps(data), "m").digest != parse(FULL, "m").digest


def test_equal_selectors_have_equal_digests_however_they_are_written() -> None:
    one, other = (minimal(exclude=[{"site": text}]) for text in ("in(lab, edge)", ["edge", "lab"]))

    assert one.digest == other.digest


RUN = {
    "command": ["python", "other.py"],
    "env": {"A": "1"},
    "environment": {"requirements": ["numpy==1.0"]},
    "takes": ["torch"],
    "needs": {"devices": 3},
    "parameters": {"batch": 9},
    "shards": 5,
    "timeout": "3h",
    "metrics": {},
}


@pytest.mark.parametrize("key", RUN)
def test_what_changes_what_is_run_changes_the_digest_of_a_suite(key: str) -> None:
    changed = changed_at(f"suites.bench.{key}", RUN[key])
    if key == "takes":
        changed["suites"]["bench"]["environment"] = {"requirements": ["numpy==2.4.6"]}

    assert suite_digest(changed) != suite_digest(plain(read(FULL, "m").root))


@pytest.mark.parametrize(("key", "value"), [("label", "X"), ("project", "X"), ("role", "watch")])
def test_names_for_people_and_policy_leave_the_digest_of_a_suite(key: str, value: str) -> None:
    changed = changed_at(f"suites.bench.{key}", value)

    assert suite_digest(changed) == suite_digest(plain(read(FULL, "m").root))


def suite_digest(data: Any) -> str:
    return parse(json.dumps(data), "m").suite("bench").digest


def changed_at(path: str, value: Any) -> Any:
    data = copy.deepcopy(plain(read(FULL, "m").root))
    *steps, last = path.split(".")
    part: Any = data
    for step in steps:
        part = part[int(step) if isinstance(part, list) else step]
    part[last] = value
    return data


def test_a_digest_is_a_sha256_and_the_same_in_every_process() -> None:
    ours = parse(FULL, "m.yaml").digest
    code = "import sys; from matrix.load import parse; print(parse(sys.stdin.read(), 'x').digest)"

    other = subprocess.run(
        [sys.executable, "-c", code],
        input=FULL,
        env={"PYTHONHASHSEED": "7"},
        check=True,
        capture_output=True,
        text=True,
    )

    assert re.fullmatch(r"[0-9a-f]{64}", ours)
    assert other.stdout.strip() == ours


def test_a_suite_on_one_node_keeps_its_digest_from_before_there_were_nodes() -> None:
    text = json.dumps({**BARE, "suites": {"train": {"command": ["a"]}}})
    said = json.dumps({**BARE, "suites": {"train": {"command": ["a"], "needs": {"nodes": 1}}}})
    two = json.dumps({**BARE, "suites": {"train": {"command": ["a"], "needs": {"nodes": 2}}}})
    plain = parse(text, "m").suite("train").digest
    assert plain == "64be5dc9c3769828f6ee80e8dbf15c636beb23268e94344026a2f2bf034288ab"
    assert parse(said, "m").suite("train").digest == plain
    assert parse(two, "m").suite("train").digest != plain
