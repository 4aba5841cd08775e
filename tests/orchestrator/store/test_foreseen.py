"""Expected failures on their way: given out with the job, until the server's clock says no."""

from __future__ import annotations

from datetime import UTC, datetime

from worlds import Hand, World, report_of, world

from matrix.status import Status
from matrix.verdict import State
from orchestrator.store.read_grid import cell_page
from orchestrator.store.store import Store
from runners.work import CaseResult

TEXT = """
name: small
axes: {site: [lab], accelerator: [cpu]}
suites:
  serve:
    command: [sh, serve.sh]
    expected:
      - {cases: mla, component: vllm, versions: "<1", reason: it is wrong, owner: ada,
         expires: "2026-11-30"}
"""


def given_out(store: Store, clock: Hand, moment: datetime) -> bool:
    clock.pass_by(moment - clock.now())
    at = world(store, clock, TEXT)
    at.start()
    (ticket,) = at.claim()
    (known,) = ticket.known
    assert (known.cases, known.owner) == (("mla",), "ada")
    return known.is_over


def test_an_entry_holds_to_the_end_of_its_last_day(store: Store, clock: Hand) -> None:
    assert not given_out(store, clock, datetime(2026, 11, 30, 23, 59, tzinfo=UTC))


def test_and_no_longer(store: Store, clock: Hand) -> None:
    assert given_out(store, clock, datetime(2026, 12, 1, 0, 0, tzinfo=UTC))


def test_readers_count_it_apart(store: Store, clock: Hand) -> None:
    at: World = world(store, clock, TEXT)
    at.start()
    cases = (CaseResult("mla", Status.FAIL, expected=True), CaseResult("llama", Status.PASS))
    at.end(at.claim(), report_of(Status.PASS, cases=cases))
    page = cell_page(store, "small", "lab", "cpu")
    assert page is not None
    assert (page.face.counts.expected, page.face.counts.fail) == (1, 0)
    assert page.face.state is State.PASSING
