from __future__ import annotations

from datetime import timedelta

import pytest
from worlds import NOON, TEXT, Hand, World, lost_machine, matrix_of, report_of, world

from matrix.status import Role, Status
from orchestrator.store.cancelling import cancel_job, cancel_run, skip_unoffered
from orchestrator.store.expiring import WAITED, expire
from orchestrator.store.planning import save_matrix
from orchestrator.store.read_jobs import job, jobs
from orchestrator.store.rerunning import rerun
from orchestrator.store.store import Store
from orchestrator.views import JobFilter, JobPage, JobView
from runners.work import Key, Phase, Progress

QUICK = "lab/cpu:quick"
STACKS = TEXT + "  nightly: {torch: 2.14.0.dev1}\n"
URGENT = TEXT + "include: [{site: lab, accelerator: cpu, suite: quick, priority: 7}]\n"
ODD = TEXT.replace("quick: {", "a_b: {").replace("wide: {", "axb: {")


def page(world: World, wanted: JobFilter, offset: int = 0, limit: int = 100) -> JobPage:
    found = jobs(world.store, "small", wanted, offset, limit)
    assert found is not None
    return found


def ids(found: JobPage) -> list[int]:
    return [one.id for one in found.jobs]


def one(world: World, wanted: int = 1) -> JobView:
    found = job(world.store, "small", wanted)
    assert found is not None
    return found


@pytest.fixture
def mixed(small: World) -> World:
    """Five jobs of lab/cpu, one in each state that a job can be in, and one more that waits."""
    small.start("lab/cpu:wide")
    small.start(QUICK)
    small.start(QUICK)
    passed, failed, running = small.claim(3)
    small.end([passed], report_of())
    small.end([failed], report_of(Status.FAIL))
    small.queue.note(small.runner, [Progress(running.key, Phase.RUNNING, 2, 9, "conv2d")], [])
    small.claim()
    return small


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (JobFilter(), [5, 4, 3, 2, 1]),
        (JobFilter(states=frozenset({"queued"})), [5]),
        (JobFilter(states=frozenset({"leased"})), [4]),
        (JobFilter(states=frozenset({"running"})), [3]),
        (JobFilter(states=frozenset({"ended"})), [2, 1]),
        (JobFilter(states=frozenset({"leased", "running"})), [4, 3]),
        (JobFilter(states=frozenset({"running", "flying"})), [3]),
        (JobFilter(states=frozenset({"RUNNING"})), []),
        (JobFilter(statuses=frozenset({Status.PASS})), [1]),
        (JobFilter(statuses=frozenset({Status.FAIL, Status.PASS})), [2, 1]),
        (JobFilter(statuses=frozenset({Status.MISS})), []),
        (JobFilter(suites=frozenset({"quick"})), [5, 4]),
        (JobFilter(suites=frozenset({"quick", "wide"})), [5, 4, 3, 2, 1]),
        (JobFilter(suites=frozenset({"Quick"})), []),
        (JobFilter(stacks=frozenset({"stable"})), [5, 4, 3, 2, 1]),
        (JobFilter(sites=frozenset({"lab", "edge"}), accelerators=frozenset({"gpu"})), []),
        (JobFilter(run=1), [3, 2, 1]),
        (JobFilter(run=3), [5]),
        (JobFilter(run=0), []),
        (JobFilter(run=-1), []),
        (JobFilter(text="#2/3"), [2]),
        (JobFilter(text="@STABLE"), [5, 4, 3, 2, 1]),
        (JobFilter(text=" "), []),
        (JobFilter(text="lab/cpu:quick@stable"), [5, 4]),
        (JobFilter(run=1, text="#", statuses=frozenset({Status.PASS})), [1]),
        (JobFilter(suites=frozenset({"quick"}), states=frozenset({"ended"})), []),
        (JobFilter(suites=frozenset({"quick"}), states=frozenset({"queued"}), run=3), [5]),
    ],
)
def test_each_filter_narrows_and_all_hold_together(
    mixed: World, wanted: JobFilter, found: list[int]
) -> None:
    shown = page(mixed, wanted)
    assert (ids(shown), shown.total) == (found, len(found))


@pytest.mark.parametrize(
    ("offset", "limit", "found"),
    [
        (0, 2, [5, 4]),
        (2, 2, [3, 2]),
        (4, 2, [1]),
        (5, 2, []),
        (500, 2, []),
        (0, 0, []),
        (0, 5, [5, 4, 3, 2, 1]),
    ],
)
def test_a_page_is_cut_out_of_what_matches_and_knows_the_whole(
    mixed: World, offset: int, limit: int, found: list[int]
) -> None:
    shown = page(mixed, JobFilter(), offset, limit)
    assert (ids(shown), shown.total) == (found, 5)


def test_a_page_is_cut_after_the_filter(mixed: World) -> None:
    shown = page(mixed, JobFilter(run=1), 1, 1)
    assert (ids(shown), shown.total) == ([2], 3)


@pytest.mark.parametrize(
    ("text", "total"), [("a_b", 1), ("axb", 3), ("%", 0), ("_", 1), ("a%b", 0), ("\\", 0)]
)
def test_wildcards_of_the_database_are_plain_letters(
    store: Store, clock: Hand, text: str, total: int
) -> None:
    odd = world(store, clock, ODD)
    odd.start("lab/cpu")
    assert page(odd, JobFilter(text=text)).total == total


def test_jobs_of_another_matrix_are_never_among_them(small: World) -> None:
    other = matrix_of(TEXT.replace("name: small", "name: other"))
    save_matrix(small.store, other)
    World(small.store, small.clock, other, small.queue, small.runner).start(QUICK)
    small.start(QUICK)
    assert ids(page(small, JobFilter())) == [2]
    assert page(small, JobFilter(run=1)).total == 0
    assert job(small.store, "small", 1) is None
    assert job(small.store, "other", 1) is not None


def test_jobs_of_one_stack_are_found(store: Store, clock: Hand) -> None:
    stacked = world(store, clock, STACKS)
    stacked.start(QUICK)
    shown = page(stacked, JobFilter(stacks=frozenset({"nightly"})))
    assert [found.stack for found in shown.jobs] == ["nightly"]


def test_a_job_says_everything_that_it_was_planned_with(small: World) -> None:
    run = small.start("lab/cpu:wide", owner="ada")
    found = one(small, 2)
    assert (found.name, found.matrix, found.run) == ("lab/cpu:wide@stable#2/3", "small", run)
    assert found.cell == (("site", "lab"), ("accelerator", "cpu"))
    assert (found.suite, found.stack, found.shard, found.shards) == ("wide", "stable", 2, 3)
    assert (found.role, found.owner, found.priority) == (Role.WATCH, "ada", 0)
    assert (found.queued_at, found.ended_at, found.lock_digest) == (NOON, None, "")
    assert (found.parent, found.cause, found.repeat) == (None, "", "")


def test_a_job_carries_the_priority_of_its_include(store: Store, clock: Hand) -> None:
    urgent = world(store, clock, URGENT)
    urgent.start("lab/cpu")
    priorities = {found.suite: found.priority for found in page(urgent, JobFilter()).jobs}
    assert priorities == {"quick": 7, "wide": 0}


def test_a_job_passes_through_its_states(small: World) -> None:
    small.start(QUICK)
    seen = [one(small).state]
    (ticket,) = small.claim()
    seen.append(one(small).state)
    small.queue.note(small.runner, [Progress(ticket.key, Phase.RUNNING, 0, 0, "")], [])
    seen.append(one(small).state)
    small.end([ticket], report_of())
    seen.append(one(small).state)
    assert seen == ["queued", "leased", "running", "ended"]


@pytest.mark.parametrize("status", Status)
def test_an_ended_job_has_the_status_reason_and_command_of_its_report(
    small: World, status: Status
) -> None:
    small.start(QUICK)
    tickets = small.claim()
    small.clock.pass_by(timedelta(seconds=30))
    small.end(tickets, report_of(status, reason="so it was", repeat="coevo suite run quick"))
    found = one(small)
    assert (found.status, found.reason, found.end) == (status, "so it was", "reported")
    assert (found.repeat, found.ended_at) == (
        "coevo suite run quick",
        NOON + timedelta(seconds=30),
    )


def test_a_queued_job_waits_for_the_first_need_that_is_not_met(small: World) -> None:
    small.start("lab/gpu:quick")
    assert one(small).waiting_for == "no runner at lab offers accelerator=gpu"


def test_a_job_that_can_run_waits_for_nothing(small: World) -> None:
    small.start(QUICK)
    assert one(small).waiting_for == ""


def test_an_ended_job_waits_for_nothing_though_nobody_offers_it(small: World) -> None:
    small.start("edge/gpu:quick")
    cancel_job(small.store, "small", 1)
    assert one(small).waiting_for == ""


def test_a_job_that_goes_back_to_the_queue_shows_why(small: World) -> None:
    small.start(QUICK)
    small.end(small.claim(), lost_machine())
    found = one(small)
    assert (found.state, found.status, found.end) == ("queued", None, "")
    assert found.reason == "it was MISS"


def test_a_skipped_job_gives_the_need_as_its_reason(small: World) -> None:
    run = small.start("edge/gpu:quick")
    skip_unoffered(small.store, run)
    found = one(small)
    assert (found.status, found.end) == (Status.SKIP, "expired")
    assert found.reason == "no runner offers site=edge"


def test_a_job_that_waited_too_long_says_which_policy_ended_it(small: World) -> None:
    small.start(QUICK)
    small.clock.pass_by(timedelta(days=1, seconds=1))
    small.queue.renew(small.runner, [])
    expire(small.store)
    found = one(small)
    assert (found.end, found.reason) == ("expired", WAITED)


def test_a_cancelled_job_is_skipped_with_its_reason(mixed: World) -> None:
    cancel_run(mixed.store, "small", 3)
    shown = page(mixed, JobFilter(statuses=frozenset({Status.SKIP})))
    assert [(found.id, found.end, found.reason) for found in shown.jobs] == [
        (5, "cancelled", "cancelled")
    ]


def test_a_rerun_names_its_parent_and_cause_and_keeps_its_name(small: World) -> None:
    small.carry_out(report_of(Status.FAIL), QUICK)
    again = one(small, rerun(small.store, "small", 1, cause="is it flaky?"))
    assert (again.parent, again.cause, again.run) == (1, "is it flaky?", 1)
    assert again.name == one(small).name
    assert (again.status, again.state, again.repeat) == (None, "queued", "")


def test_a_role_of_a_job_is_the_one_it_was_planned_with(small: World) -> None:
    small.start("lab/cpu:wide")
    save_matrix(small.store, matrix_of(TEXT.replace("role: watch", "role: headline")))
    assert one(small).role is Role.WATCH


def test_a_job_that_does_not_exist_is_none(small: World) -> None:
    small.start(QUICK)
    for number in (0, -1, 2, 2**40):
        assert job(small.store, "small", number) is None


def test_pages_of_jobs_come_without_attempts_and_single_jobs_with_them(mixed: World) -> None:
    assert {found.attempts for found in page(mixed, JobFilter()).jobs} == {()}
    assert [attempt.fence for attempt in one(mixed, 1).attempts] == [1]


def test_a_released_job_waits_again_without_a_reason(small: World) -> None:
    small.start(QUICK)
    small.claim()
    small.queue.release(small.runner, [Key(1, 1)])
    found = one(small)
    assert (found.state, found.reason, found.status) == ("queued", "", None)
