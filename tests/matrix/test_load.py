"""Loading: what each key of a file becomes, and the built-in suites."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from full_matrix import FULL, minimal

from matrix.library import library
from matrix.load import default_matrix, load, parse, text_of
from matrix.model import Condition, Environment, Matrix, Metric, Needs, Suite
from matrix.policies import Keep, Policies
from matrix.status import Role


@pytest.fixture(scope="module")
def full() -> Matrix:
    return parse(FULL, "full.yaml")


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
    assert set(default_matrix().stacks[0].components) <= set(found.stacks[0].components)


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


def test_the_built_in_suites_are_those_of_this_release() -> None:
    assert set(library().suites) == {
        "probe",
        "smoke",
        "pytorch-modules",
        "pytorch-ops",
        "pytorch-ops-full",
        "pytorch-optimizers",
        "transformers-architectures",
        "pytorch-compile",
        "pytorch-train",
        "pytorch-bench",
        "vllm-accuracy",
        "vllm-models",
        "vllm-serve",
        "vllm-bench",
        "ray-core",
        "executorch-edge",
        "executorch-pte",
        "pytorch-upstream",
        "pytorch-upstream-full",
        "helion-kernels",
        "deepspeed-zero",
        "simulated",
    }


@pytest.mark.parametrize(
    "name",
    ["probe", "smoke", "pytorch-modules", "pytorch-ops", "pytorch-ops-full", "pytorch-optimizers"],
)
def test_suites_with_torch_share_one_environment(name: str) -> None:
    shapes = library().suites

    assert shapes[name].environment == shapes["smoke"].environment
    assert shapes[name].takes == ["torch"]


def test_all_built_in_suites_make_a_sound_matrix() -> None:
    found = minimal(suites={name: {} for name in library().suites})

    assert {suite.program for suite in found.suites} == {
        "probe",
        "smoke",
        "pytorch_modules",
        "pytorch_ops",
        "pytorch_optimizers",
        "transformers_architectures",
        "pytorch_compile",
        "pytorch_train",
        "pytorch_bench",
        "vllm_accuracy",
        "vllm_models",
        "vllm_serve",
        "vllm_bench",
        "ray_core",
        "executorch_edge",
        "executorch_pte",
        "pytorch_upstream",
        "helion_kernels",
        "deepspeed_zero",
        "simulated",
    }
    assert found.suite("simulated").environment is None
    assert found.suite("pytorch-ops").shards == 2
    assert found.suite("probe").role is Role.WATCH


def test_a_packaged_matrix_is_loaded_by_its_name() -> None:
    found = load(Path("nightly"))
    assert found.name == "nightly"
    assert text_of(found).startswith("# yaml-language-server")


def test_a_file_of_that_name_goes_before_the_packaged_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("nightly").write_text(
        "name: ours\naxes: {site: [a], accelerator: [b]}\nsuites: {smoke: {}}\n"
    )
    assert load(Path("nightly")).name == "ours"


def test_the_nightly_matrix_has_every_built_in_suite_but_the_script() -> None:
    suites = {suite.name for suite in load(Path("nightly")).suites}
    assert suites == set(library().suites) - {
        "simulated",
        "pytorch-ops-full",
        "pytorch-upstream-full",
    }


def test_each_stack_of_the_nightly_matrix_changes_one_component_of_the_stable_one() -> None:
    found = load(Path("nightly"))
    stable = dict(found.stack("stable").components)
    for stack in found.stacks[1:]:
        assert len(set(stack.components) - set(stable.items())) == 1


def test_no_job_of_the_nightly_matrix_is_the_same_on_two_stacks() -> None:
    """The components that a suite takes differ from stack to stack at which it is placed."""
    found = load(Path("nightly"))
    for suite in found.suites:
        stacks = [stack for stack in found.stacks if _has_place(suite, stack.name)]
        taken = [tuple(stack.version(name) for name in suite.takes) for stack in stacks]
        assert len(set(taken)) == len(taken), suite.name


def _has_place(suite: Suite, stack: str) -> bool:
    places = [value for axis, value in suite.place if axis == "stack"]
    return not places or stack in places
