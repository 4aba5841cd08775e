from __future__ import annotations

from dataclasses import replace

import pytest

from matrix.expand import expand
from matrix.load import parse
from matrix.model import PLANNED, Axis, Environment, Job, Overrides, Stack
from orchestrator.plan import cell_key, lock_request, lock_requests, to_queue

MATRIX = parse(
    """
name: small
axes: {site: [lab, edge], accelerator: [cpu]}
suites:
  bare: {command: [sh, bare.sh]}
  torch:
    command: [sh, torch.sh]
    shards: 2
    takes: [torch]
    environment: {requirements: ["torch=={torch}", numpy==2.4.6]}
exclude: [{site: edge, suite: bare}]
stacks: {stable: {torch: "2.13.0"}}
""",
    "matrix.yaml",
)
JOBS = expand(MATRIX)


def test_everything_planned_is_queued_where_nothing_is_fresh() -> None:
    assert to_queue(JOBS, frozenset()) == tuple(job for job in JOBS if job.status == PLANNED)


def test_what_has_a_fresh_result_is_left_out_with_all_its_shards() -> None:
    fresh = frozenset({"lab/cpu:torch@stable"})
    assert [job.id for job in to_queue(JOBS, fresh)] == [
        "lab/cpu:bare@stable",
        "edge/cpu:torch@stable#1/2",
        "edge/cpu:torch@stable#2/2",
    ]


def test_requirements_take_their_versions_from_the_stack() -> None:
    request = lock_request(MATRIX.suite("torch"), MATRIX.stack("stable"), Overrides())
    assert request is not None
    assert request.requirements == ("numpy==2.4.6", "torch==2.13.0")


def test_a_component_that_the_stack_does_not_name_stays_free() -> None:
    bare = Stack("bare", "Bare", ())
    request = lock_request(MATRIX.suite("torch"), bare, Overrides())
    assert request is not None
    assert request.requirements == ("numpy==2.4.6", "torch")


def test_a_suite_without_an_environment_asks_for_no_lock() -> None:
    assert lock_request(MATRIX.suite("bare"), MATRIX.stack("stable"), Overrides()) is None


def test_an_include_may_bring_an_environment_of_its_own() -> None:
    own = Overrides(environment=Environment(("rich==15.0.0",)))
    request = lock_request(MATRIX.suite("bare"), MATRIX.stack("stable"), own)
    assert request is not None
    assert request.requirements == ("rich==15.0.0",)


def test_what_is_left_out_makes_another_request() -> None:
    whole, part = (
        lock_request(
            MATRIX.suite("bare"),
            MATRIX.stack("stable"),
            Overrides(environment=Environment(("rich==15.0.0",), exclude=exclude)),
        )
        for exclude in ((), ("pygments",))
    )
    assert whole is not None
    assert part is not None
    assert part.exclude == ("pygments",)
    assert part.digest != whole.digest


def test_a_marker_stays_behind_a_source() -> None:
    commit = "git+https://example.org/torch@0123456789abcdef0123456789abcdef01234567"
    line = "torch=={torch}; device == 'cpu'"
    stack = replace(MATRIX.stack("stable"), components=(("torch", commit),))
    own = Overrides(environment=Environment((line,)))
    request = lock_request(MATRIX.suite("torch"), stack, own)
    assert request is not None
    assert request.requirements == (f"torch @ {commit}; device == 'cpu'",)


def test_equal_requirements_are_one_request() -> None:
    assert len(lock_requests(MATRIX, JOBS)) == 1


def test_another_version_is_another_request() -> None:
    suite = MATRIX.suite("torch")
    newer = replace(MATRIX.stack("stable"), components=(("torch", "2.14.0"),))
    one = lock_request(suite, MATRIX.stack("stable"), Overrides())
    two = lock_request(suite, newer, Overrides())
    assert one is not None
    assert two is not None
    assert one.digest != two.digest


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        ((("site", "lab"), ("accelerator", "cpu")), "accelerator=cpu,site=lab"),
        ((("site", "lab"), ("dtype", "fp32"), ("accelerator", "cpu")), "accelerator=cpu,site=lab"),
        (
            (("site", "lab"), ("accelerator", "cpu"), ("dtype", "bf16")),
            "accelerator=cpu,dtype=bf16,site=lab",
        ),
    ],
)
def test_a_cell_is_keyed_by_its_sorted_pairs_without_defaults(
    cell: tuple[tuple[str, str], ...], key: str
) -> None:
    axes = (Axis("site", (), "Site"), Axis("dtype", (), "Dtype", "fp32"))
    assert cell_key(cell, axes) == key


def fed_jobs() -> tuple[Job, ...]:
    text = """
name: x
axes: {site: [lab], accelerator: [cpu, gpu]}
suites:
  build: {command: [make], produces: {wheel: "*.whl"}, place: {accelerator: cpu}}
  test: {command: [run], uses: {wheel: build}}
"""
    return expand(parse(text, "m.yaml"))


BUILD, CPU, GPU = (f"lab/{name}@stable" for name in ("cpu:build", "cpu:test", "gpu:test"))


def test_a_fresh_producer_is_queued_with_what_it_feeds() -> None:
    queued = to_queue(fed_jobs(), frozenset({BUILD, GPU}))

    assert [job.id for job in queued] == [BUILD, CPU]


def test_a_fresh_producer_is_not_queued_for_a_job_that_nobody_takes() -> None:
    queued = to_queue(fed_jobs(), frozenset({BUILD, CPU}), lambda job: "gpu" not in job.id)

    assert queued == ()


def test_a_job_that_nobody_takes_is_queued_with_a_producer_that_is_not_fresh() -> None:
    queued = to_queue(fed_jobs(), frozenset({CPU}), lambda job: "gpu" not in job.id)

    assert [job.id for job in queued] == [BUILD, GPU]
