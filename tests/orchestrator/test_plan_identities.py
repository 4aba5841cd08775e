"""What is queued and how requests and cells are named, for any matrix."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix.expand import expand, merged_id
from matrix.load import parse
from matrix.model import PLANNED, Axis, Environment, Overrides, Stack, Value
from orchestrator.plan import cell_key, lock_request, lock_requests, to_queue

MATRIX = parse(
    """
name: named
axes: {site: [lab, edge], accelerator: [cpu, gpu]}
suites:
  bare: {command: [sh, bare.sh]}
  torch:
    command: [sh, torch.sh]
    shards: 3
    takes: [torch]
    environment: {requirements: ["torch=={torch}", numpy==2.4.6]}
exclude: [{site: edge, accelerator: gpu}]
stacks: {stable: {torch: "2.13.0"}, nightly: {torch: "2.14.0"}}
""",
    "matrix.yaml",
)
JOBS = expand(MATRIX)
IDS = sorted({merged_id(job) for job in JOBS})
NAMES = st.text("abcz", min_size=1, max_size=3)
PAIRS = st.dictionaries(NAMES, NAMES, max_size=5).map(lambda found: tuple(found.items()))
COMMIT = "a1" * 20


def with_lines(*lines: str) -> Overrides:
    return Overrides(environment=Environment(tuple(lines)))


def requirements(line: str, **components: str) -> tuple[str, ...]:
    stack = Stack("s", "s", tuple(components.items()))
    found = lock_request(MATRIX.suite("torch"), stack, with_lines(line))
    assert found is not None
    return found.requirements


@pytest.mark.parametrize(
    ("line", "said", "filled"),
    [
        ("toy=={toy}", f"git+https://x/toy@{COMMIT}", f"toy @ git+https://x/toy@{COMMIT}"),
        (
            "toy[all]=={toy}",
            f"git+https://x/toy@{COMMIT}",
            f"toy[all] @ git+https://x/toy@{COMMIT}",
        ),
        ("toy=={toy}", "1.0", "toy==1.0"),
    ],
)
def test_a_line_takes_the_source_of_its_stack(line: str, said: str, filled: str) -> None:
    assert requirements(line, toy=said) == (filled,)


def test_what_is_preinstalled_is_not_resolved() -> None:
    stack = Stack("s", "s", (("torch", "preinstalled"),))
    suite = MATRIX.suite("torch")
    rest = lock_request(suite, stack, Overrides())
    assert rest is not None
    assert rest.requirements == ("numpy==2.4.6",)
    assert lock_request(suite, stack, with_lines("torch=={torch}")) is None


def test_another_commit_is_another_environment() -> None:
    suite, digests = MATRIX.suite("torch"), set()
    for commit in (COMMIT, COMMIT[::-1]):
        stack = Stack("s", "s", (("torch", f"git+https://x/torch@{commit}"),))
        request = lock_request(suite, stack, with_lines("torch=={torch}"))
        assert request is not None
        digests.add(request.digest)
    assert len(digests) == 2


@given(st.frozensets(st.sampled_from(IDS)))
def test_what_is_queued_and_what_is_fresh_part_the_planned(fresh: frozenset[str]) -> None:
    queued = to_queue(JOBS, fresh)
    left = [job for job in JOBS if merged_id(job) in fresh and job.status == PLANNED]
    planned = [job for job in JOBS if job.status == PLANNED]
    assert sorted([*queued, *left], key=lambda job: job.id) == sorted(
        planned, key=lambda job: job.id
    )


@given(st.frozensets(st.sampled_from(IDS)))
def test_shards_of_one_job_are_queued_together_or_not_at_all(fresh: frozenset[str]) -> None:
    by_id: dict[str, int] = {}
    for job in to_queue(JOBS, fresh):
        by_id[merged_id(job)] = by_id.get(merged_id(job), 0) + 1
    assert all(count == (3 if ":torch@" in id_ else 1) for id_, count in by_id.items())


def test_what_is_excluded_is_never_queued() -> None:
    assert not any(job.id.startswith("edge/gpu") for job in to_queue(JOBS, frozenset()))


def test_a_queue_keeps_the_order_of_the_expansion() -> None:
    queued = [job.id for job in to_queue(JOBS, frozenset())]
    assert queued == [job.id for job in JOBS if job.id in set(queued)]


@pytest.mark.parametrize(
    ("line", "components", "filled"),
    [
        ("torch=={torch}", {"torch": "2.13.0"}, "torch==2.13.0"),
        ("torch=={torch}", {}, "torch"),
        ("torch>={torch}", {"torch": "2.13.0"}, "torch>=2.13.0"),
        ("{torch}", {"torch": "torch @ file"}, "torch @ file"),
        ("a=={a},<{b}", {"a": "1", "b": "2"}, "a==1,<2"),
        ("x[e]=={x.y-z}", {"x.y-z": "3"}, "x[e]==3"),
        ("plain==1", {"plain": "2"}, "plain==1"),
        ("a=={a}", {"a": "1.0+cpu"}, "a==1.0+cpu"),
    ],
)
def test_a_line_takes_the_versions_of_its_stack(
    line: str, components: dict[str, str], filled: str
) -> None:
    assert requirements(line, **components) == (filled,)


@given(st.permutations(["a==1", "b==2", "c", "d>=4"]))
def test_the_order_of_requirements_does_not_make_another_request(lines: list[str]) -> None:
    stack = MATRIX.stack("stable")
    one = lock_request(MATRIX.suite("torch"), stack, with_lines(*lines))
    other = lock_request(MATRIX.suite("torch"), stack, with_lines("a==1", "b==2", "c", "d>=4"))
    assert one == other


@given(st.sets(NAMES, min_size=1, max_size=4), st.sets(NAMES, min_size=1, max_size=4))
def test_other_requirements_have_another_digest(one: set[str], other: set[str]) -> None:
    suite, stack = MATRIX.suite("torch"), MATRIX.stack("stable")
    requests = [lock_request(suite, stack, with_lines(*lines)) for lines in (one, other)]
    digests = {request.digest for request in requests if request}
    assert len(digests) == (1 if one == other else 2)


def test_a_request_is_named_by_a_sha256() -> None:
    found = lock_request(MATRIX.suite("torch"), MATRIX.stack("stable"), Overrides())
    assert found is not None
    assert len(found.digest) == 64
    assert int(found.digest, 16) >= 0


def test_all_cells_shards_and_suites_of_one_stack_share_a_request() -> None:
    found = lock_requests(MATRIX, JOBS)
    assert [request.requirements for request in found] == [
        ("numpy==2.4.6", "torch==2.13.0"),
        ("numpy==2.4.6", "torch==2.14.0"),
    ]


def test_no_jobs_ask_for_nothing() -> None:
    assert lock_requests(MATRIX, ()) == ()


def test_an_environment_without_requirements_asks_for_no_lock() -> None:
    empty = Overrides(environment=Environment(()))
    assert lock_request(MATRIX.suite("torch"), MATRIX.stack("stable"), empty) is None


def axis(name: str, default: str | None) -> Axis:
    return Axis(name, (Value(default or "v", "V"),), name, default)


@given(PAIRS, st.randoms(use_true_random=False))
def test_a_cell_has_one_name_however_its_pairs_are_ordered(
    cell: tuple[tuple[str, str], ...],
    chance: object,
) -> None:
    shuffled = list(cell)
    chance.shuffle(shuffled)  # type: ignore[attr-defined] # reason: a Random
    assert cell_key(tuple(shuffled), ()) == cell_key(cell, ())


@given(PAIRS, PAIRS)
def test_two_cells_are_never_taken_for_one(
    one: tuple[tuple[str, str], ...], other: tuple[tuple[str, str], ...]
) -> None:
    assert (cell_key(one, ()) == cell_key(other, ())) == (dict(one) == dict(other))


@given(PAIRS, NAMES)
def test_an_axis_that_is_added_later_keeps_the_history_of_older_cells(
    cell: tuple[tuple[str, str], ...], default: str
) -> None:
    later = (*cell, ("newaxis", default))
    assert cell_key(later, [axis("newaxis", default)]) == cell_key(cell, [])
    assert cell_key((*cell, ("newaxis", default + "x")), [axis("newaxis", default)]) != cell_key(
        cell, []
    )
