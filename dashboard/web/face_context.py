"""From one square's view to what `_face.html` draws; one that reads as before is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from dashboard.web import marks, words
from dashboard.web.marks import Look
from dashboard.web.shell import matrix_href
from dashboard.web.strips import Strip, strip
from matrix.verdict import State
from orchestrator.views import Face, Label

KEPT_FACES = 16_384


@dataclass(frozen=True, slots=True)
class FaceContext:
    """One square: `name` is its accessible name; `command` on what is `wanted` would offer it."""

    href: str
    look: Look
    where: str
    name: str
    reason: str
    tests: str
    age: str
    age_iso: str
    watched: str
    progress: str
    wanted: str
    command: str
    hint: str
    strip: Strip | None
    simulated: bool
    dense: bool


def face_context(matrix: str, face: Face, now: datetime, *, dense: bool = False) -> FaceContext:
    """One square at `now`; the same value as before while nothing in it reads differently."""
    age = words.age(face.age_from, now) if face.age_from else ""
    return _face_context(matrix, face, age, _lasted(face, now), dense)


@lru_cache(maxsize=KEPT_FACES)
def _face_context(
    matrix: str,
    face: Face,
    age: str,
    lasted: str,
    dense: bool,  # noqa: FBT001 - a part of the key of what is kept
) -> FaceContext:
    is_missing = face.state is State.NOT_OFFERED
    return FaceContext(
        href=matrix_href(matrix, "cells", face.site.name, face.accelerator.name),
        look=marks.of_state(face.state),
        where=face.accelerator.label,
        name=_name(face, lasted),
        reason=face.reason,
        tests=words.tests(face.counts),
        age=age,
        age_iso=words.iso(face.age_from),
        watched=words.number(face.watched_bad) if face.watched_bad else "",
        progress=_progress(face),
        wanted=_wanted(face.accelerator) if is_missing else "",
        command=f"coevo up --site {face.site.name}" if is_missing else "",
        hint="no result yet" if face.state is State.NEW else "",
        strip=None if dense else strip(face.history),
        simulated=face.simulated,
        dense=dense,
    )


def face_name(face: Face, now: datetime) -> str:
    """What a screen reader says: "Cloud A, GPU: failing since 3 h, 2 of 41 tests"."""
    return _name(face, _lasted(face, now))


def _lasted(face: Face, now: datetime) -> str:
    return words.age(face.since, now) if face.since else "now"


def _name(face: Face, lasted: str) -> str:
    since = f" since {lasted}" if lasted != "now" else ""
    watched = f"{face.watched_bad} watched need a look" if face.watched_bad else ""
    simulated = "simulated" if face.simulated else ""
    head = f"{face.site.label}, {face.accelerator.label}: {face.state.value}{since}"
    return ", ".join(part for part in (head, words.tests(face.counts), watched, simulated) if part)


def _wanted(accelerator: Label) -> str:
    """What is missing: "a machine with a GPU", "a machine with an ASIC"."""
    article = "an" if accelerator.label.lower().startswith(tuple("aeiou")) else "a"
    return f"a machine with {article} {accelerator.label}"


def _progress(face: Face) -> str:
    if face.state not in {State.RUNNING, State.QUEUED} or not face.planned:
        return ""
    return f"{face.done} of {words.plural(face.planned, 'suite')}"
