from __future__ import annotations

import json
import threading

from worlds import World, report_of

from orchestrator.store.events import latest, since, wait


def test_ids_rise_and_a_reader_resumes_after_the_last_it_saw(small: World) -> None:
    small.start("lab/cpu:quick")
    first = since(small.store, 0, 100)
    assert [event.id for event in first] == sorted(event.id for event in first)
    small.end(small.claim(), report_of())
    later = since(small.store, first[-1].id, 100)
    assert later
    assert later[0].id > first[-1].id
    assert latest(small.store) == later[-1].id


def test_a_result_is_told_as_job_cell_and_run(small: World) -> None:
    small.start("lab/cpu:quick")
    tickets = small.claim()
    seen = latest(small.store)
    small.end(tickets, report_of())
    told = {event.kind: json.loads(event.data) for event in since(small.store, seen, 100)}
    assert told["job"]["status"] == "PASS"
    assert told["cell"]["after"] == "passing"
    assert told["run"] == {"state": "ended", "ended": 1, "jobs": 1}


def test_events_are_read_at_most_so_many_and_of_one_matrix(small: World) -> None:
    small.start("lab/cpu:wide")
    small.claim(3)
    assert len(since(small.store, 0, 2)) == 2
    assert {event.matrix for event in since(small.store, 0, 100, "small")} == {"small"}
    assert since(small.store, 0, 100, "other") == ()


def test_who_waits_wakes_when_something_happens(small: World) -> None:
    before = latest(small.store)
    woken: list[int] = []
    waiter = threading.Thread(target=lambda: woken.append(wait(small.store, before, 30)))
    waiter.start()
    small.start("lab/cpu:quick")
    waiter.join(20)
    assert woken
    assert woken[0] > before


def test_who_waits_in_vain_gets_the_id_it_knew(small: World) -> None:
    newest = latest(small.store)
    assert wait(small.store, newest, 0.05) == newest
