"""From a file to the matrix it means: every key, the defaults, the digests, the schema."""

from __future__ import annotations

import copy
import json
import random
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from matrix.build import library
from matrix.declaration import (
    Declaration,
    IncludeShape,
    KeepShape,
    PoliciesShape,
    SuiteShape,
    schema,
)
from matrix.document import plain, read
from matrix.errors import CoevoError
from matrix.expand import expand
from matrix.load import default_matrix, default_text, load, parse
from matrix.model import Condition, Environment, Keep, Matrix, Metric, Needs, Policies
from matrix.status import Role

FULL = """\
name: full
label: Everything at once
axes:
  site: [lab, {name: edge, label: Edge rack}]
  accelerator: [gpu, cpu]
  dtype: [{name: f32, label: Single, default: true}, bf16]
  python: [3, "3.12"]
suites:
  smoke: {}
  probe:
  bench:
    label: Benchmark
    project: vllm
    command: [python, bench.py, --fast, 3]
    env: {OMP_NUM_THREADS: 1, NAME: "a b"}
    environment: {requirements: ["vllm=={vllm}", numpy==2.4.6]}
    takes: [vllm, torch]
    needs: {devices: 2, memory: 16GiB, disk: 512MiB, capabilities: [fp8, nvlink]}
    parameters: {batch: 8, mode: eager}
    shards: 4
    timeout: 2h
    role: shadow
    metrics: {tokens: {unit: tokens/s, better: higher}, latency: {unit: s, better: lower}}
stacks:
  stable: {torch: "2.13.0", vllm: "0.32.0", label: Stable}
  next: {torch: "2.14.0"}
exclude:
  - {site: edge, accelerator: gpu, reason: no room}
include:
  - {site: lab, seed: 7, timeout: 10m, priority: 3, role: watch, shards: 2, env: {A: b}}
policies:
  timeout: 45m
  prepare_timeout: 10m
  infrastructure_attempts: 2
  freshness: 12h
  max_queue: 2d
  priority: -5
  log_limit: 1MiB
keep: {logs: 7d, passing_cases: 14d}
"""


@pytest.fixture(scope="module")
def full() -> Matrix:
    return parse(FULL, "full.yaml")


# --- What each key becomes. --------------------------------------------------------------------


def test_a_matrix_has_its_name_label_and_file(full: Matrix) -> None:
    assert (full.name, full.label, full.file) == ("full", "Everything at once", "full.yaml")


def test_axes_keep_their_order_labels_and_defaults(full: Matrix) -> None:
    assert [axis.name for axis in full.axes] == ["site", "accelerator", "dtype", "python"]
    assert [(v.name, v.label) for v in full.axis("site").values] == [
        ("lab", "lab"),
        ("edge", "Edge rack"),
    ]
    assert full.axis("dtype").default == "f32"
    assert full.axis("site").default is None
    assert [value.name for value in full.axis("python").values] == ["3", "3.12"]


def test_values_know_their_lines(full: Matrix) -> None:
    assert [value.line for value in full.axis("site").values] == [4, 4]
    assert full.suite("bench").line == 11
    assert full.stack("next").line == 26
    assert full.policies.line == 31
    assert full.excludes[0].line == 28
    assert full.includes[0].line == 30


def test_a_suite_is_what_it_says(full: Matrix) -> None:
    bench = full.suite("bench")

    assert (bench.label, bench.project, bench.program) == ("Benchmark", "vllm", None)
    assert bench.command == ("python", "bench.py", "--fast", "3")
    assert bench.env == (("NAME", "a b"), ("OMP_NUM_THREADS", "1"))
    assert bench.environment == Environment(("vllm=={vllm}", "numpy==2.4.6"))
    assert bench.takes == ("torch", "vllm")
    assert bench.needs == Needs(2, 16 * 2**30, 512 * 2**20, frozenset({"fp8", "nvlink"}))
    assert bench.parameters == (("batch", "8"), ("mode", "eager"))
    assert (bench.shards, bench.timeout, bench.role) == (4, timedelta(hours=2), Role.SHADOW)
    assert bench.metrics == (
        Metric("tokens", "tokens/s", "higher"),
        Metric("latency", "s", "lower"),
    )


@pytest.mark.parametrize("name", ["smoke", "probe"])
def test_an_empty_suite_is_the_built_in_one_of_that_name(full: Matrix, name: str) -> None:
    suite, shape = full.suite(name), library().suites[name]

    assert suite.program == shape.program
    assert suite.environment is not None
    assert shape.environment is not None
    assert suite.environment.requirements == tuple(shape.environment.requirements)


def test_a_key_given_to_a_built_in_suite_overrides_its_own() -> None:
    found = minimal(suites={"pytorch-ops": {"shards": 8, "label": "Mine"}}).suites[0]

    assert (found.shards, found.label, found.program) == (8, "Mine", "pytorch_ops")
    assert found.parameters == (("samples", "3"),)


def test_a_command_takes_the_place_of_a_built_in_program() -> None:
    found = minimal(suites={"smoke": {"command": ["./mine"]}}).suites[0]

    assert (found.program, found.command, found.takes) == (None, ("./mine",), ("torch",))


def test_stacks_hold_versions_sorted_by_component(full: Matrix) -> None:
    assert full.stack("stable").components == (("torch", "2.13.0"), ("vllm", "0.32.0"))
    assert full.stack("stable").label == "Stable"
    assert full.stack("next").version("vllm") is None
    assert full.stack("next").version("torch") == "2.14.0"


def test_without_stacks_there_is_the_stable_one() -> None:
    found = minimal()

    assert [stack.name for stack in found.stacks] == ["stable"]
    assert found.stacks[0].components == default_matrix().stacks[0].components


def test_an_empty_stack_called_stable_is_the_built_in_one() -> None:
    assert minimal(stacks={"stable": {}}).stacks[0].version("torch") == "2.13.0"


def test_rules_become_conditions_and_literals(full: Matrix) -> None:
    assert full.excludes[0].conditions == (
        Condition("accelerator", frozenset({"gpu"})),
        Condition("site", frozenset({"edge"})),
    )
    assert full.excludes[0].reason == "no room"
    include = full.includes[0]
    assert include.literals == (("site", "lab"),)
    assert include.parameters == (("seed", "7"),)
    assert include.overrides.timeout == timedelta(minutes=10)
    assert (include.overrides.priority, include.overrides.shards) == (3, 2)
    assert (include.overrides.role, include.overrides.env) == (Role.WATCH, (("A", "b"),))


def test_policies_and_keep_are_what_they_say(full: Matrix) -> None:
    assert full.policies == Policies(
        timeout=timedelta(minutes=45),
        prepare_timeout=timedelta(minutes=10),
        infrastructure_attempts=2,
        freshness=timedelta(hours=12),
        max_queue=timedelta(days=2),
        priority=-5,
        log_limit_bytes=2**20,
        line=31,
    )
    assert full.keep == Keep(timedelta(days=7), timedelta(days=14))


def test_what_a_file_does_not_say_is_what_the_model_says() -> None:
    found = minimal()

    assert found.policies == Policies(line=found.policies.line)
    assert found.keep == Keep()
    assert found.label == found.name


def test_a_file_is_loaded_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "matrix.yaml"
    file.write_text(FULL)

    assert load(file).file == str(file)
    assert load(file).digest == parse(FULL, "other").digest


# --- The built-in suites. ----------------------------------------------------------------------


def test_the_built_in_suites_are_the_five_of_this_release() -> None:
    assert set(library().suites) == {
        "probe",
        "smoke",
        "pytorch-ops",
        "pytorch-ops-full",
        "simulated",
    }


@pytest.mark.parametrize("name", ["probe", "smoke", "pytorch-ops", "pytorch-ops-full"])
def test_suites_with_torch_share_one_environment(name: str) -> None:
    shapes = library().suites

    assert shapes[name].environment == shapes["smoke"].environment
    assert shapes[name].takes == ["torch"]


def test_all_built_in_suites_make_a_sound_matrix() -> None:
    found = minimal(suites={name: {} for name in library().suites})

    assert {suite.program for suite in found.suites} == {
        "probe",
        "smoke",
        "pytorch_ops",
        "simulated",
    }
    assert found.suite("simulated").environment is None
    assert found.suite("pytorch-ops").shards == 2
    assert found.suite("probe").role is Role.WATCH


# --- Digests. ----------------------------------------------------------------------------------


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


# --- The schema. -------------------------------------------------------------------------------


def test_the_schema_is_one_and_admits_what_is_accepted() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    for text in (FULL, default_text()):
        jsonschema.validate(plain(read(text, "m").root), schema())


@pytest.mark.parametrize(
    "wrong",
    [
        {"triggers": {}},
        {"name": "X"},
        {"name": None},
        {"axes": {"site": "lab"}},
        {"axes": {"site": []}},
        {"axes": {"site": [{"label": "x"}]}},
        {"suites": {"smoke": {"timout": "3m"}}},
        {"suites": {"smoke": {"timeout": "3 minutes"}}},
        {"suites": {"smoke": {"shards": 0}}},
        {"stacks": {"stable": {"torch": "nightly"}}},
        {"include": {"site": "lab"}},
        {"include": [{"site": ["lab"]}]},
        {"exclude": [{"site": {"not": "lab"}}]},
        {"policies": {"log_limit": "5 GB"}},
        {"keep": {"logs": True}},
    ],
    ids=str,
)
def test_the_schema_and_the_reader_refuse_the_same(wrong: dict[str, Any]) -> None:
    data = {**BARE, **wrong}

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema())
    with pytest.raises(CoevoError):
        parse(json.dumps(data), "m")


@pytest.mark.parametrize("key", ["name", "axes", "suites"])
def test_the_schema_requires_what_the_reader_requires(key: str) -> None:
    data = {name: value for name, value in BARE.items() if name != key}

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema())
    with pytest.raises(CoevoError, match=f"`{key}` is missing"):
        parse(json.dumps(data), "m")


def test_the_defaults_of_the_schema_are_those_of_the_model() -> None:
    written = minimal(policies=PoliciesShape().model_dump(), keep=KeepShape().model_dump())

    assert replace(written.policies, line=0) == Policies()
    assert written.keep == Keep()


def test_the_default_file_names_its_schema_in_its_first_line() -> None:
    first = default_text().decode().splitlines()[0]

    assert first == "# yaml-language-server: $schema=matrix.schema.json"


def test_the_default_file_explains_the_keys_it_uses() -> None:
    text = default_text().decode()

    assert text.count("#") > 15
    assert max(map(len, text.splitlines())) <= 100


# --- The manual. -------------------------------------------------------------------------------

MANUAL = Path(__file__).parents[2] / "docs" / "matrix.md"
EXAMPLES = [
    example
    for example in re.findall(r"```yaml\n(.*?)```", MANUAL.read_text("utf-8"), re.DOTALL)
    if not example.startswith("# offers.yaml")
]


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_each_example_of_the_manual_is_a_matrix_or_a_part_of_one(number: int) -> None:
    data: Any = plain(read(EXAMPLES[number], "docs/matrix.md").root)

    found = parse(json.dumps({**BARE, **data}), "docs/matrix.md")

    assert any(job.status == "planned" for job in expand(found))


@pytest.mark.parametrize("shape", [Declaration, SuiteShape, IncludeShape, PoliciesShape])
def test_the_manual_names_every_key(shape: type[Declaration]) -> None:
    text = MANUAL.read_text("utf-8")

    assert [key for key in shape.model_fields if f"`{key}`" not in text] == []


BARE: dict[str, Any] = {
    "name": "x",
    "axes": {"site": ["lab", "edge"], "accelerator": ["gpu", "cpu"]},
    "suites": {"smoke": {}},
}


def minimal(**more: object) -> Matrix:
    return parse(json.dumps({**BARE, **more}), "m.yaml")
