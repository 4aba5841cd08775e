from __future__ import annotations

from datetime import timedelta

import pytest
from worlds import NOON, Hand, World, card_of, lost_machine, offer_of, report_of

from matrix.status import Evidence, Layer, Status
from orchestrator.dispatch.port import Room
from orchestrator.store.cancelling import cancel_job
from orchestrator.store.expiring import expire
from orchestrator.store.policy import LEASE, grace
from orchestrator.store.read_jobs import job
from orchestrator.store.rerunning import rerun
from orchestrator.views import AttemptView
from runners.work import Key, Phase, Progress, Report, Ticket, Usage

QUICK = "lab/cpu:quick"
USAGE = Usage(1.5, 20.25, 18.125, 3 * 2**30)


def attempts(world: World, wanted: int = 1) -> tuple[AttemptView, ...]:
    found = job(world.store, "small", wanted)
    assert found is not None
    return found.attempts


def held(world: World) -> Ticket:
    world.start(QUICK)
    (ticket,) = world.claim()
    return ticket


def ended(world: World, report: Report) -> AttemptView:
    world.end([held(world)], report)
    (only,) = attempts(world)
    return only


def lose(world: World) -> None:
    """Let the lease of what is held run out, its grace too, while the runner keeps speaking."""
    world.clock.pass_by(LEASE + grace(timedelta(minutes=30)) + timedelta(seconds=1))
    world.queue.renew(world.runner, [])
    expire(world.store)


def test_a_job_that_nobody_took_has_no_attempts(small: World) -> None:
    small.start(QUICK)
    assert attempts(small) == ()


def test_an_attempt_begins_assigned_and_open(small: World) -> None:
    held(small)
    (first,) = attempts(small)
    assert (first.fence, first.runner, first.phase) == (1, "bench", Phase.ASSIGNED)
    assert (first.claimed_at, first.ended_at, first.status) == (NOON, None, None)
    assert (first.reason, first.layer, first.evidence) == (
        "",
        Layer.NONE,
        Evidence.SELF_REPORTED,
    )


def test_an_open_attempt_has_used_nothing_and_said_nothing(small: World) -> None:
    held(small)
    (first,) = attempts(small)
    assert first.usage == Usage()
    assert (first.exit_code, first.signal, first.node) == (None, None, "")
    assert (first.log_bytes, first.log_lost_bytes, first.last_lines) == (0, 0, ())


@pytest.mark.parametrize("phase", [Phase.ASSIGNED, Phase.PREPARING, Phase.RUNNING])
def test_progress_shows_in_its_attempt(small: World, phase: Phase) -> None:
    ticket = held(small)
    small.queue.note(small.runner, [Progress(ticket.key, phase, 3, 12, "add.grad")], [])
    (first,) = attempts(small)
    assert (first.phase, first.done, first.total, first.note) == (phase, 3, 12, "add.grad")


def test_the_last_progress_of_one_call_is_the_one_that_shows(small: World) -> None:
    key = held(small).key
    told = [Progress(key, Phase.RUNNING, done, 9, f"case {done}") for done in (1, 2, 5)]
    small.queue.note(small.runner, told, [])
    assert (attempts(small)[0].done, attempts(small)[0].note) == (5, "case 5")


def test_an_ended_attempt_keeps_how_far_it_came(small: World) -> None:
    ticket = held(small)
    small.queue.note(small.runner, [Progress(ticket.key, Phase.RUNNING, 4, 9, "conv")], [])
    small.end([ticket], report_of(Status.ERROR))
    (first,) = attempts(small)
    assert (first.phase, first.done, first.total) == (Phase.ENDED, 4, 9)


def test_what_an_attempt_used_comes_back(small: World) -> None:
    assert ended(small, report_of(usage=USAGE)).usage == USAGE


@pytest.mark.parametrize(
    ("exit_code", "signal"), [(0, None), (1, None), (255, None), (None, 9), (None, 11)]
)
def test_how_a_process_ended_comes_back(
    small: World, exit_code: int | None, signal: int | None
) -> None:
    found = ended(small, report_of(Status.ERROR, exit_code=exit_code, signal=signal))
    assert (found.exit_code, found.signal) == (exit_code, signal)


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("one",),
        ("Traceback (most recent call last):", "  File …", 'ValueError: "x"'),
        ("", "", ""),
        ("\x1b[31mred\x1b[0m", "tab\there", "nul\0", "\\n is no line"),
    ],
)
def test_the_last_lines_come_back_line_by_line(small: World, lines: tuple[str, ...]) -> None:
    assert ended(small, report_of(Status.ERROR, last_lines=lines)).last_lines == lines


def test_the_size_of_a_log_and_what_was_lost_of_it_come_back(small: World) -> None:
    huge = 5 * 2**40
    found = ended(small, report_of(log_bytes=huge, log_lost_bytes=huge - 2**26))
    assert (found.log_bytes, found.log_lost_bytes) == (huge, huge - 2**26)


@pytest.mark.parametrize("evidence", Evidence)
def test_how_far_a_report_can_be_believed_comes_back(small: World, evidence: Evidence) -> None:
    assert ended(small, report_of(evidence=evidence)).evidence is evidence


@pytest.mark.parametrize("contended", [False, True])
def test_whether_the_machine_was_shared_comes_back(small: World, contended: bool) -> None:
    assert ended(small, report_of(contended=contended)).contended is contended


def test_where_an_attempt_ran_comes_back(small: World) -> None:
    assert ended(small, report_of(node="rack-7")).node == "rack-7"


@pytest.mark.parametrize(
    ("status", "layer"),
    [
        (Status.FAIL, Layer.CODE),
        (Status.ERROR, Layer.TEST),
        (Status.MISS, Layer.INFRA),
        (Status.PASS, Layer.NONE),
        (Status.DONE, Layer.NONE),
        (Status.SKIP, Layer.NONE),
    ],
)
def test_who_answers_for_an_attempt_comes_back(small: World, status: Status, layer: Layer) -> None:
    found = ended(small, report_of(status))
    assert (found.status, found.layer) == (status, layer)


def test_an_attempt_ends_when_its_report_is_recorded(small: World) -> None:
    ticket = held(small)
    small.clock.pass_by(timedelta(seconds=42))
    small.end([ticket], report_of())
    (first,) = attempts(small)
    assert (first.claimed_at, first.ended_at) == (NOON, NOON + timedelta(seconds=42))


def test_each_attempt_at_a_job_is_kept_in_order_with_its_own_report(small: World) -> None:
    small.start(QUICK)
    for code in (71, 72, 73):
        (ticket,) = small.claim()
        small.end([ticket], report_of(Status.MISS, retry=True, exit_code=code))
    found = attempts(small)
    assert [(one.fence, one.exit_code) for one in found] == [(1, 71), (2, 72), (3, 73)]
    assert {one.status for one in found} == {Status.MISS}


def test_a_good_attempt_after_a_lost_machine_stands_beside_it(small: World) -> None:
    small.start(QUICK)
    small.end(small.claim(), lost_machine())
    small.end(small.claim(), report_of())
    assert [one.status for one in attempts(small)] == [Status.MISS, Status.PASS]
    found = job(small.store, "small", 1)
    assert found is not None
    assert found.status is Status.PASS


def test_a_lost_attempt_says_that_its_runner_was_lost(small: World) -> None:
    held(small)
    lose(small)
    (first,) = attempts(small)
    assert (first.status, first.reason) == (None, "the runner was lost")
    assert first.ended_at == small.clock.now()


def test_an_attempt_that_was_given_back_says_so(small: World) -> None:
    ticket = held(small)
    small.queue.release(small.runner, [ticket.key])
    (first,) = attempts(small)
    assert (first.status, first.reason) == (None, "given back to the queue")
    assert first.phase is Phase.ENDED


def test_the_reason_of_a_report_is_never_replaced(small: World) -> None:
    assert ended(small, report_of(Status.FAIL, reason="2 cases failed")).reason == "2 cases failed"


def test_a_passing_attempt_has_no_reason(small: World) -> None:
    assert ended(small, report_of()).reason == ""


def test_an_attempt_after_a_lost_one_has_the_next_fence(small: World) -> None:
    held(small)
    lose(small)
    small.claim()
    assert [(one.fence, one.ended_at is None) for one in attempts(small)] == [
        (1, False),
        (2, True),
    ]


def test_an_attempt_that_was_cancelled_keeps_what_its_report_said(small: World) -> None:
    ticket = held(small)
    cancel_job(small.store, "small", 1)
    small.end([ticket], report_of(Status.PASS, cancelled=True, exit_code=143))
    (first,) = attempts(small)
    assert (first.exit_code, first.phase) == (143, Phase.ENDED)
    found = job(small.store, "small", 1)
    assert found is not None
    assert (found.end, found.status) == ("cancelled", Status.SKIP)


def test_an_attempt_names_the_runner_that_made_it(small: World, clock: Hand) -> None:
    other = small.queue.announce(card_of("second"))
    small.start(QUICK)
    small.end(small.claim(), lost_machine())
    tickets = small.queue.claim(other, [Room(offer_of(), 1)])
    World(small.store, clock, small.matrix, small.queue, other).end(tickets, report_of())
    assert [one.runner for one in attempts(small)] == ["bench", "second"]


def test_attempts_of_a_rerun_are_its_own(small: World) -> None:
    small.carry_out(report_of(Status.FAIL), QUICK)
    again = rerun(small.store, "small", 1)
    assert attempts(small, again) == ()
    small.end(small.claim(), report_of())
    assert [one.status for one in attempts(small, again)] == [Status.PASS]
    assert [one.status for one in attempts(small, 1)] == [Status.FAIL]


def test_attempts_of_the_shards_of_a_suite_do_not_mix(small: World) -> None:
    small.start("lab/cpu:wide")
    for code, ticket in enumerate(small.claim(3)):
        small.end([ticket], report_of(Status.ERROR, exit_code=code))
    assert [attempts(small, number)[0].exit_code for number in (1, 2, 3)] == [0, 1, 2]


def test_progress_under_an_old_fence_does_not_show(small: World) -> None:
    held(small)
    lose(small)
    small.claim()
    small.queue.note(small.runner, [Progress(Key(1, 1), Phase.RUNNING, 9, 9, "late")], [])
    assert [(one.done, one.note) for one in attempts(small)] == [(0, ""), (0, "")]
