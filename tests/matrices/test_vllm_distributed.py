"""vLLM's distributed tests: nodes, devices, a mirror, path filters and optional steps."""

from __future__ import annotations

import pytest
from real_matrices import Carried, Row, declared, everything, planned, table

from matrix.expand import expand
from matrix.model import SKIPPED
from matrix.occasion import OPTIONAL, UNTOUCHED, Occasion

MATRIX = declared("vllm-distributed")
STEPS = table("vllm-distributed")
BUILDS = {"image-build", "image-build-amd"}
DEVICES = {"": "gpu", "b200-k8s": "b200"}  # by their names in the step; others are called the same
IMAGES = {"image-build": "vllm-ci@", "image-build-amd": "vllm-ci-rocm@"}
FILES = [
    "README.md",
    "csrc/cache.h",
    "examples/features/torchrun/torchrun_dp_example_offline.py",
    "examples/rl/rlhf_http_nccl.py",
    "tests/basic_correctness/test_basic_correctness.py",
    "tests/compile/test_wrapper.py",
    "tests/distributed/test_comm_ops.py",
    "tests/distributed/test_events.py",
    "tests/distributed/test_pynccl.py",
    "tests/distributed/test_torchrun_example_moe.py",
    "tests/distributed/test_utils.py",
    "tests/entrypoints/llm/test_collective_rpc.py",
    "tests/entrypoints/openai/test_multi_api_servers.py",
    "tests/v1/distributed/test_async_llm_dp.py",
    "tests/v1/shutdown/test_delete.py",
    "vllm/compilation/backends.py",
    "vllm/config/parallel.py",
    "vllm/distributed/kv_transfer/kv_connector/factory.py",
    "vllm/distributed/parallel_state.py",
    "vllm/engine/arg_utils.py",
    "vllm/executor/ray_utils.py",
    "vllm/model_executor/models/llama.py",
    "vllm/platforms/rocm.py",
    "vllm/sampling_params.py",
    "vllm/v1/engine/llm_engine.py",
    "vllm/v1/executor/ray_executor_v2.py",
    "vllm/v1/executor/uniproc_executor.py",
    "vllm/v1/worker/gpu_worker.py",
    "vllm/worker/worker_base.py",
]


def steps(jobs: list[Carried]) -> list[Carried]:
    return [one for one in jobs if one.job.suite not in BUILDS]


def row(one: Carried) -> Row:
    """A job in the words of the pipeline."""
    suite = MATRIX.suite(one.job.suite)
    device = next((name for name, ours in DEVICES.items() if ours == one.accelerator), None)
    ours = sorted(f"{name}={value}" for name, value in one.env.items())
    return {
        "key": suite.name,
        "label": suite.label,
        "device": one.accelerator if device is None else device,
        "nodes": str(one.nodes),
        "devices": str(one.devices),
        "minutes": f"{one.minutes:g}" if one.job.overrides.timeout or suite.timeout else "",
        "optional": "optional" if suite.optional else "",
        "depends_on": next(build for build, image in IMAGES.items() if image in one.image),
        "exported": " ".join(ours),
    }


def by_key(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda each: (each["key"], each["device"]))


def test_there_are_the_steps_of_the_pipeline_and_their_mirror() -> None:
    told = [{k: v for k, v in step.items() if k != "paths"} for step in STEPS]

    assert by_key([row(one) for one in steps(everything(MATRIX))]) == by_key(told)


def test_the_images_that_the_steps_wait_for_are_built() -> None:
    built = {one.job.suite for one in planned(MATRIX)} & BUILDS

    assert built == {step["depends_on"] for step in STEPS}


def test_the_mirror_has_an_image_a_time_out_and_a_path_of_its_own() -> None:
    here, mirror = (
        next(o for o in steps(planned(MATRIX)) if (o.job.suite, o.accelerator) == (key, device))
        for key, device in (
            ("distributed-dp-tests-2-gpus", "gpu"),
            ("distributed-dp-tests-2-gpus", "mi300"),
        )
    )

    assert (here.minutes, mirror.minutes) == (35, 45)
    assert here.image != mirror.image
    assert here.devices == mirror.devices == 2


def test_optional_steps_are_skipped_unless_somebody_names_them() -> None:
    skipped = {job.suite for job in expand(MATRIX) if job.status == SKIPPED}

    assert skipped == {step["key"] for step in STEPS if step["optional"]}
    assert {job.reason for job in expand(MATRIX) if job.status == SKIPPED} == {OPTIONAL}


def test_the_second_node_has_a_command_of_its_own() -> None:
    suite = MATRIX.suite("2-node-test-4-gpus")

    assert suite.needs.nodes == 2
    assert dict(suite.commands)[1] != suite.command


@pytest.mark.parametrize("file", FILES)
def test_a_change_runs_the_steps_that_depend_on_it(file: str) -> None:
    asked = Occasion(frozenset(suite.name for suite in MATRIX.suites), (file,))
    run = {(row(one)["key"], row(one)["device"]) for one in steps(planned(MATRIX, asked))}

    assert run == {(step["key"], step["device"]) for step in STEPS if depends(step, file)}


def test_what_a_change_leaves_out_says_so() -> None:
    left = [job for job in expand(MATRIX, occasion=Occasion(changed=("README.md",))) if job.reason]

    assert {job.reason for job in left if job.status == SKIPPED} == {OPTIONAL, UNTOUCHED}


def depends(step: Row, file: str) -> bool:
    """As the pipeline decides: by how a path begins, `!` taking away; no path means always."""
    paths = step["paths"].split()
    refused = [path[1:] for path in paths if path.startswith("!")]
    wanted = [path for path in paths if not path.startswith("!")]
    if any(file.startswith(path) for path in refused):
        return False
    return not wanted or any(file.startswith(path) for path in wanted)
