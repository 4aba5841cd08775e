from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import PLATFORM, Hand, World, report_of, world

from matrix.expand import expand
from matrix.status import Layer, Status
from matrix.verdict import Counts
from orchestrator.plan import lock_requests
from orchestrator.store.locks import put_lock
from orchestrator.store.read_reports import report
from orchestrator.store.rerunning import rerun
from orchestrator.store.store import Store
from orchestrator.views import ReportView
from runners.work import CaseResult, Component, Fact, Lock, MetricValue, RankReport, Usage

QUICK = "lab/cpu:quick"
LOCKED = """
name: small
axes: {site: [lab], accelerator: [cpu]}
suites:
  locked:
    command: [sh, locked.sh]
    environment: {requirements: ["torch=={torch}", "triton-kernels=={triton}", numpy==2.4.6]}
    takes: [torch, triton]
stacks: {stable: {torch: "2.13.0", triton: "3.7.1"}}
"""
TEXT_OF_LOCK = """\
numpy==2.4.6 \\
    --hash=sha256:aa
torch==2.13.0+cpu ; platform_machine == "x86_64" \\
    --hash=sha256:bb
Triton==3.7.1
"""
WORDS = st.text(alphabet="abc é⚡_.%'\"\\/", max_size=6)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)


def recorded(world: World, **changes: object) -> ReportView:
    world.start(QUICK)
    (ticket,) = world.claim()
    world.end([ticket], report_of(Status.PASS, **changes))
    return read(world, ticket.key.job)


def read(world: World, job: int) -> ReportView:
    found = report(world.store, job)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("statuses", "counts"),
    [
        ([], Counts()),
        ([Status.PASS] * 3, Counts(passed=3)),
        (list(Status), Counts(1, 1, 1, 1, 1, 1)),
        ([Status.FAIL, Status.FAIL, Status.SKIP], Counts(fail=2, skip=1)),
        ([Status.DONE, Status.MISS, Status.ERROR], Counts(error=1, miss=1, done=1)),
    ],
)
def test_cases_are_counted_by_status(small: World, statuses: list[Status], counts: Counts) -> None:
    cases = tuple(CaseResult(f"c{n}", status) for n, status in enumerate(statuses))
    assert recorded(small, cases=cases).counts == counts


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.FAIL])
def test_only_a_failure_can_be_an_expected_one(small: World, status: Status) -> None:
    found = recorded(small, cases=(CaseResult("a", status, expected=True),))
    assert (found.counts.expected, found.counts.total) == (0, 1)


def test_a_planted_failure_is_a_failure(small: World) -> None:
    found = recorded(small, cases=(CaseResult("a", Status.FAIL, planted=True),))
    assert found.counts == Counts(fail=1)


def test_a_report_that_says_nothing_comes_back_empty(small: World) -> None:
    assert recorded(small) == ReportView(1, Counts(), (), (), (), ())


def test_what_each_rank_said_comes_back(small: World) -> None:
    fine = RankReport(
        0,
        "n0 (ab)",
        Status.PASS,
        Layer.NONE,
        "",
        (Fact("kernel", "6.1", "uname"),),
        (Component("torch", "2.13.0", "cpu"),),
        Usage(0.0, 2.5, 1.5, 1 << 33),
        exit_code=0,
        last_lines=("done",),
    )
    gone = RankReport(1, "n1 (cd)", Status.MISS, Layer.INFRA, "it died", lost=True)
    assert recorded(small, ranks=(fine, gone)).ranks == (fine, gone)


def test_metrics_come_back_in_the_order_of_the_report(small: World) -> None:
    metrics = (
        MetricValue("step", "s", "lower", (0.5,), "resnet"),
        MetricValue("bandwidth", "GB/s", "higher", (3.5, 3.25)),
        MetricValue("step", "s", "lower", (0.25,), "alexnet"),
    )
    assert recorded(small, metrics=metrics).metrics == metrics


def test_replicates_keep_their_order(small: World) -> None:
    values = tuple(float((7 * n) % 23) for n in range(23))
    (metric,) = recorded(small, metrics=(MetricValue("t", "s", "lower", values),)).metrics
    assert metric.values == values


def test_a_metric_measured_twice_stays_two_measurements(small: World) -> None:
    twice = (
        MetricValue("t", "s", "lower", (1.0, 2.0)),
        MetricValue("t", "s", "lower", (3.0,)),
    )
    assert recorded(small, metrics=twice).metrics == twice


def test_a_metric_that_changes_its_unit_keeps_both(small: World) -> None:
    seconds = MetricValue("t", "s", "lower", (1.0,))
    millis = MetricValue("t", "ms", "lower", (900.0,))
    recorded(small, metrics=(seconds,))
    assert recorded(small, metrics=(millis,)).metrics == (millis,)
    assert read(small, 1).metrics == (seconds,)


@pytest.mark.parametrize(
    "value", [0.0, -1.5, 1e-300, 1.7976931348623157e308, 5e-324, 1 / 3, 2.0**53 + 2]
)
def test_a_number_comes_back_to_the_last_bit(small: World, value: float) -> None:
    (metric,) = recorded(small, metrics=(MetricValue("t", "s", "lower", (value,)),)).metrics
    assert metric.values == (value,)


def test_facts_come_back_in_order_with_their_source(small: World) -> None:
    facts = (
        Fact("memory", "128 GiB", "/proc/meminfo"),
        Fact("cpu", "unknown", "platform"),
        Fact("cpu", "x86_64", "uname"),
        Fact("driver", "", "nvml"),
    )
    assert recorded(small, facts=facts).facts == facts


def test_the_observed_stack_comes_by_name(small: World) -> None:
    seen = (
        Component("triton", "3.7.1"),
        Component("torch", "2.13.0", "cpu"),
        Component("cuda", "13.0", source="torch.version"),
    )
    assert recorded(small, observed=seen).observed == tuple(sorted(seen))


def test_a_component_observed_twice_counts_as_it_was_seen_last(small: World) -> None:
    seen = (Component("torch", "2.13.0"), Component("torch", "2.12.0", "cpu", "torch.version"))
    assert recorded(small, observed=seen).observed == seen[1:]


def test_a_suite_without_an_environment_has_no_locked_versions(small: World) -> None:
    assert recorded(small, observed=(Component("torch", "2.13.0"),)).locked == ()


def test_the_locked_versions_are_the_public_ones_of_what_the_suite_takes(
    store: Store, clock: Hand
) -> None:
    locked = world(store, clock, LOCKED)
    (request,) = lock_requests(locked.matrix, expand(locked.matrix))
    put_lock(store, request.digest, Lock("d1", TEXT_OF_LOCK, PLATFORM))
    locked.carry_out(report_of())
    assert read(locked, 1).locked == (("torch", "2.13.0"), ("triton", "3.7.1"))


def test_the_report_of_the_newest_attempt_is_the_one_that_is_read(small: World) -> None:
    small.start(QUICK)
    for value in ("first", "second"):
        fact = Fact("try", value, "test")
        small.end(small.claim(), report_of(Status.MISS, retry=True, facts=(fact,)))
    assert [fact.value for fact in read(small, 1).facts] == ["second"]


def test_an_attempt_without_a_report_leaves_the_older_one_to_read(small: World) -> None:
    small.start(QUICK)
    fact = Fact("try", "first", "test")
    small.end(small.claim(), report_of(Status.MISS, retry=True, facts=(fact,)))
    (ticket,) = small.claim()
    small.queue.release(small.runner, [ticket.key])
    assert read(small, 1).facts == (fact,)


def test_a_rerun_has_no_report_until_it_brings_one(small: World) -> None:
    recorded(small, facts=(Fact("try", "first", "test"),))
    again = rerun(small.store, "small", 1)
    assert report(small.store, again) is None
    small.end(small.claim(), report_of())
    assert read(small, again).facts == ()
    assert [fact.value for fact in read(small, 1).facts] == ["first"]


@pytest.mark.parametrize("job", [0, -1, 2, 2**40])
def test_a_job_that_does_not_exist_has_no_report(small: World, job: int) -> None:
    recorded(small)
    assert report(small.store, job) is None


def test_reports_of_one_batch_keep_what_they_say_apart(small: World) -> None:
    small.start("lab/cpu:wide")
    tickets = small.claim(3)
    for number, ticket in enumerate(tickets):
        metric = MetricValue("part", "1", "higher", (float(number),))
        small.end([ticket], report_of(metrics=(metric,), facts=(Fact("n", str(number), "test"),)))
    found = [read(small, ticket.key.job) for ticket in tickets]
    assert [one.metrics[0].values for one in found] == [(0.0,), (1.0,), (2.0,)]
    assert [one.facts[0].value for one in found] == ["0", "1", "2"]


def test_reports_of_different_months_are_read_alike(small: World) -> None:
    case = CaseResult("a", Status.PASS)
    recorded(small, cases=(case,))
    small.clock.pass_by(timedelta(days=40))
    small.queue.renew(small.runner, [])
    recorded(small, cases=(case, case))
    assert [read(small, job).counts.passed for job in (1, 2)] == [1, 2]


@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    metrics=st.lists(
        st.builds(
            MetricValue,
            name=WORDS,
            unit=WORDS,
            better=st.sampled_from(["lower", "higher"]),
            values=st.lists(NUMBERS, min_size=1, max_size=3).map(tuple),
            case=WORDS,
        ),
        max_size=4,
    ).map(tuple),
    facts=st.lists(st.builds(Fact, WORDS, WORDS, WORDS), max_size=4).map(tuple),
    observed=st.lists(
        st.builds(Component, st.sampled_from("abcdef"), WORDS, WORDS, WORDS),
        max_size=4,
        unique_by=lambda component: component.name,
    ).map(tuple),
)
def test_whatever_a_report_measured_comes_back(
    small: World,
    metrics: tuple[MetricValue, ...],
    facts: tuple[Fact, ...],
    observed: tuple[Component, ...],
) -> None:
    found = recorded(small, metrics=metrics, facts=facts, observed=observed)
    assert (found.metrics, found.facts) == (metrics, facts)
    assert found.observed == tuple(sorted(observed))
