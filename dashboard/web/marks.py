"""How a state or a status looks: glyph, colour and word, never colour alone."""

from __future__ import annotations

from typing import NamedTuple

from matrix.status import Status
from matrix.verdict import MARKS, Colour, State
from orchestrator.views import JobView
from runners.work import Phase


class Look(NamedTuple):
    """What the templates draw: `icon` names a symbol of `_icons.html`."""

    word: str
    icon: str
    colour: str


_ICONS = {
    State.FAILING: "cross",
    State.BROKEN: "bang",
    State.INFRA: "bolt",
    State.SLOWER: "down",
    State.FLAKY: "wave",
    State.RUNNING: "play",
    State.QUEUED: "dots",
    State.NEW: "ring",
    State.STALE: "clock",
    State.FASTER: "up",
    State.PASSING: "tick",
    State.SKIPPED: "empty",
    State.NOT_OFFERED: "dash",
    State.EXCLUDED: "dot",
}
_STATUS_LOOKS = {
    Status.FAIL: Look("failed", "cross", "orange"),
    Status.ERROR: Look("test error", "bang", "orange"),
    Status.MISS: Look("infrastructure", "bolt", "orange"),
    Status.PASS: Look("passed", "tick", "green"),
    Status.DONE: Look("measured", "tick", "green"),
    Status.SKIP: Look("skipped", "empty", "none"),
}
_JOB_LOOKS = {
    "queued": Look("queued", "dots", "blue"),
    "blocked": Look("blocked", "dots", "blue"),
    "leased": Look("starting", "play", "blue"),
    "submitted": Look("submitted", "dots", "blue"),
    "running": Look("running", "play", "blue"),
}
_RUN_LOOKS = {
    "planning": Look("planning", "dots", "blue"),
    "running": Look("running", "play", "blue"),
    "ended": Look("ended", "tick", "none"),
    "cancelled": Look("cancelled", "empty", "none"),
}
_UNKNOWN = Look("unknown", "ring", "none")
FLAKY = Look("flaky", "wave", "orange")
EXPECTED = Look("expected failure", "flag", "none")
UNEXPECTED = Look("passes unexpectedly", "flag", "orange")
NOT_RUN = Look("not run", "dot", "none")
CANCELLED = Look("cancelled", "empty", "none")

LEGEND: tuple[tuple[str, Colour, tuple[State, ...]], ...] = (
    ("Fine now", Colour.GREEN, (State.PASSING, State.FASTER)),
    (
        "Moving, or not yet known",
        Colour.BLUE,
        (State.RUNNING, State.QUEUED, State.NEW, State.STALE),
    ),
    (
        "A person should look",
        Colour.ORANGE,
        (State.FAILING, State.SLOWER, State.FLAKY, State.INFRA, State.BROKEN),
    ),
    ("No result expected", Colour.NONE, (State.NOT_OFFERED, State.SKIPPED, State.EXCLUDED)),
)
STATES_WORST_FIRST = tuple(State)


_STATE_LOOKS = {
    state: Look(state.value, icon, MARKS[state].colour.value) for state, icon in _ICONS.items()
}


def of_state(state: State) -> Look:
    """The look of a cell, or of one suite on one stack in it."""
    return _STATE_LOOKS[state]


def of_state_word(word: str) -> Look:
    """The look of a state named in a stored change; what is no state looks unknown."""
    return of_state(State(word)) if word in set(State) else Look(word, *_UNKNOWN[1:])


def of_status(status: Status | None) -> Look:
    """The look of a case's or an attempt's status."""
    return _STATUS_LOOKS[status] if status else _UNKNOWN


def of_job(job: JobView) -> Look:
    """The look of a job: its status once it ended, where it is before."""
    if job.end == "cancelled":
        return CANCELLED
    return of_progress(job.status, job.state)


def of_progress(status: Status | None, state: str) -> Look:
    """The look of a job by its status, or by where it is before it has one."""
    return of_status(status) if status else _JOB_LOOKS.get(state, _UNKNOWN)


def of_phase(phase: Phase) -> Look:
    """The look of an attempt that has not ended."""
    return Look(phase.value, "dots" if phase is Phase.SUBMITTED else "play", "blue")


def of_verdict(status: Status | None, *, is_open: bool) -> Look:
    """The look of what runs say of something; of nothing, that it was not run."""
    if is_open:
        return _JOB_LOOKS["running"]
    return of_status(status) if status else NOT_RUN


def of_waiting(unmet: str, *, is_running: bool) -> Look:
    """The look of a verdict that is not known yet."""
    if unmet:
        return _STATE_LOOKS[State.NOT_OFFERED]
    return _JOB_LOOKS["running" if is_running else "queued"]


def of_run(state: str, bad: int) -> Look:
    """The look of a run; an ended one that has bad cases is orange, else green."""
    if state == "ended":
        return Look("needs a look", "cross", "orange") if bad else Look("fine", "tick", "green")
    return _RUN_LOOKS.get(state, _UNKNOWN)
