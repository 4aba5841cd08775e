"""What slots say reaches the queue once, whole and in order, whatever ails the queue."""

# ruff: noqa: ARG001 - each piece of work is given the same, whether it needs it or not

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from memory_queue import RUNNER, MemoryQueue
from offers import cpu
from tickets import ticket

from matrix.status import Layer, Status
from orchestrator.dispatch import patient as patience
from orchestrator.dispatch import recorder as recording
from orchestrator.dispatch.patient import Patient
from orchestrator.dispatch.port import Room
from orchestrator.dispatch.recorder import ALONE_TRIES, Recorder
from runners.work import CaseResult, Ended, Happening, Key, LogChunk, Phase, Progress, Report

Work = Callable[[Recorder, MemoryQueue, list[Key]], Coroutine[Any, Any, None]]
REPORT = Report(Status.PASS, Layer.NONE, "", cases=(CaseResult("a", Status.PASS),))


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """No long pauses between tries."""
    monkeypatch.setattr(patience, "FIRST_SECONDS", 0.001)
    monkeypatch.setattr(patience, "MOST_SECONDS", 0.002)


def recorded(jobs: int, work: Work) -> tuple[MemoryQueue, list[str]]:
    """Let a recorder run beside the work, for a queue whose jobs have been claimed."""
    queue, said = MemoryQueue(*(ticket(job=number) for number in range(1, jobs + 1))), []
    keys = [one.key for one in queue.claim(RUNNER, [Room(cpu(), jobs)])]

    async def both() -> None:
        patient = Patient(said.append)
        recorder = Recorder(queue, RUNNER, patient)
        running = asyncio.create_task(recorder.run())
        try:
            await asyncio.wait_for(work(recorder, queue, keys), 20)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            patient.close()

    asyncio.run(both())
    return queue, said


def ended(key: Key) -> Ended:
    return Ended(key, REPORT)


def test_what_is_stored_is_in_the_queue_when_it_returns() -> None:
    async def work(recorder: Recorder, queue: MemoryQueue, keys: list[Key]) -> None:
        await recorder.stored([ended(keys[0])])
        assert queue.report(1) == REPORT

    recorded(1, work)


def test_nothing_to_say_returns_at_once() -> None:
    async def work(recorder: Recorder, queue: MemoryQueue, keys: list[Key]) -> None:
        await recorder.stored([])
        assert queue.ended == 0

    recorded(1, work)


def test_many_slots_that_speak_at_once_are_all_heard() -> None:
    async def work(recorder: Recorder, queue: MemoryQueue, keys: list[Key]) -> None:
        await asyncio.gather(*(recorder.stored([ended(key)]) for key in keys))

    queue, _ = recorded(50, work)
    assert [queue.report(number) for number in range(1, 51)] == [REPORT] * 50


def test_what_is_in_no_hurry_is_stored_too() -> None:
    async def work(recorder: Recorder, queue: MemoryQueue, keys: list[Key]) -> None:
        await recorder.stored([ended(keys[0])], hurry=False)

    queue, _ = recorded(1, work)
    assert queue.ended == 1


def test_the_log_arrives_whole_whichever_way_it_was_cut() -> None:
    async def work(recorder: Recorder, queue: MemoryQueue, keys: list[Key]) -> None:
        pieces: list[Happening] = [LogChunk(keys[0], 3 * at, b"abc") for at in range(20)]
        await asyncio.gather(*(recorder.stored([one]) for one in pieces))
        assert queue.log(keys[0]) == b"abc" * 20

    recorded(1, work)


def test_of_an_attempts_progress_only_the_last_word_is_stored() -> None:
    async def work(recorder: Recorder, queue: MemoryQueue, keys: list[Key]) -> None:
        told = [Progress(keys[0], Phase.RUNNING, done, 9, "") for done in range(9)]
        await recorder.stored(told)

    queue, _ = recorded(1, work)
    assert [one.done for one in queue.progress] == [8]


def test_the_progress_of_what_has_ended_is_not_stored() -> None:
    async def work(recorder: Recorder, queue: MemoryQueue, keys: list[Key]) -> None:
        going = Progress(keys[1], Phase.RUNNING, 1, 2, "")
        over = Progress(keys[0], Phase.RUNNING, 1, 2, "")
        await recorder.stored([over, ended(keys[0]), going])

    queue, _ = recorded(2, work)
    assert [one.key.job for one in queue.progress] == [2]


@pytest.mark.parametrize("failures", [1, 2, 7])
def test_a_queue_that_is_away_gets_everything_once_it_is_back(failures: int) -> None:
    async def work(recorder: Recorder, queue: MemoryQueue, keys: list[Key]) -> None:
        queue.fail = failures
        await recorder.stored([LogChunk(keys[0], 0, b"log"), *map(ended, keys)])
        assert queue.log(keys[0]) == b"log"

    queue, said = recorded(3, work)
    assert {number: len(found) for number, found in queue.reports.items()} == {1: 1, 2: 1, 3: 1}
    assert "the queue does not answer: the database is locked" in said


def test_one_report_that_cannot_be_stored_does_not_stop_the_others() -> None:
    async def work(recorder: Recorder, queue: MemoryQueue, keys: list[Key]) -> None:
        queue.poison = {2}
        await recorder.stored([*map(ended, keys)])

    queue, _ = recorded(3, work)
    assert [queue.report(number).status for number in (1, 2, 3)] == [
        Status.PASS,
        Status.ERROR,
        Status.PASS,
    ]
    assert "job 2 holds what cannot be stored" in queue.report(2).reason


def test_a_report_is_refused_several_times_before_it_is_given_up() -> None:
    tries = 0

    async def work(recorder: Recorder, queue: MemoryQueue, keys: list[Key]) -> None:
        record = queue.record

        def counting(runner: int, found: Any) -> Any:
            nonlocal tries
            tries += 1
            return record(runner, found)

        queue.record = counting  # type: ignore[method-assign] # reason: it counts and asks the real one
        queue.poison = {1}
        await recorder.stored([ended(keys[0])])

    recorded(1, work)
    assert tries == 1 + ALONE_TRIES + 1


def test_a_call_is_made_again_until_it_answers() -> None:
    said: list[str] = []
    answers = iter([OSError("locked"), ValueError("odd"), 7])

    def call() -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def asked() -> int:
        patient = Patient(said.append)
        try:
            return await patient.ask(call)
        finally:
            patient.close()

    assert asyncio.run(asked()) == 7
    assert said == ["the queue does not answer: locked", "the queue does not answer: odd"]


def test_a_call_that_is_made_once_raises_what_ails_it() -> None:
    def call(word: str, *, loud: bool) -> str:
        raise ValueError(word.upper() if loud else word)

    async def asked() -> str:
        patient = Patient(lambda _: None)
        try:
            return await patient.once(call, "no", loud=True)
        finally:
            patient.close()

    with pytest.raises(ValueError, match=r"^NO$"):
        asyncio.run(asked())


def test_the_last_slot_at_work_makes_nobody_wait_for_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recording, "TOGETHER_SECONDS", 1000.0)

    async def work(recorder: Recorder, queue: MemoryQueue, keys: list[Key]) -> None:
        first = asyncio.create_task(recorder.stored([ended(keys[0])]))
        await asyncio.sleep(0)
        await recorder.stored([ended(keys[1])], last=True)
        await first
        assert queue.ended == 2

    recorded(2, work)
