"""What a metric's chart says beside its lines: slower and faster, new components, commits, gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from dashboard.web import marks, words
from dashboard.web.chart import turns
from dashboard.web.plane import Plane
from dashboard.web.shell import matrix_href
from orchestrator.metric_views import CommitMark, ComponentChange, Gap, Point, Series, Told

ROWS = 2  # of flags above the plot
SHARE_OF_A_LETTER = 0.62  # per cent of the width that a letter of a flag takes, on a wide screen
MOST_GAPS, MOST_COMMITS, MOST_FLAGS = 120, 80, 40
WORDS = {-1: "slower", 1: "faster"}


class Turn(NamedTuple):
    """Where a series became slower or faster: `icon` and `word` say which.

    The word stands `below` where the value has fallen, so that it does not lie on the line.
    """

    number: int
    x: str
    y: str
    icon: str
    word: str
    below: bool


class Flag(NamedTuple):
    """Where components of the stack changed: a number, and words where there is room for them."""

    number: int
    x: str
    row: int  # -1: no room for the words, which are in the list below
    at_end: bool  # the words lie to the left of the line
    words: str
    href: str
    when: str


class Foot(NamedTuple):
    """A mark under the plot: a run that measured nothing, or one about a commit."""

    x: str
    icon: str
    href: str
    told: str


def turned(series: Sequence[Series], drawn: Plane) -> Iterator[Turn]:
    """The verdicts of all series, each where it began."""
    for number, one in enumerate(series):
        for index in turns(one.points):
            yield _turn(number, one.points[index], drawn)


def _turn(number: int, point: Point, drawn: Plane) -> Turn:
    icon = "down" if point.trend < 0 else "up"
    fell = point.judged is not None and point.median < point.judged.middle
    y = drawn.y(point.low if fell else point.high)
    return Turn(number, drawn.x(point.told), y, icon, WORDS[point.trend], fell)


def flags(matrix: str, series: Sequence[Series], drawn: Plane) -> tuple[Flag, ...]:
    """Changes of components, those of one job as one; the newest where there are too many."""
    known = told_by_job(series)
    changes = sorted({change for one in series for change in one.changes if change.job in known})
    jobs = [(job, list(group)) for job, group in groupby(changes, lambda change: change.job)]
    ends = [-1.0] * ROWS
    found: list[Flag] = []
    for number, (job, group) in enumerate(jobs[-MOST_FLAGS:], 1):
        at = drawn.across(drawn.place(known[job]))
        said = changed_words(group)
        row, at_end = _row(at, (len(said) + 3) * SHARE_OF_A_LETTER, ends)
        href = matrix_href(matrix, "jobs", job)
        when = words.moment(known[job].at)
        found.append(Flag(number, drawn.x(known[job]), row, at_end, said, href, when))
    return tuple(found)


def _row(at: float, width: float, ends: list[float]) -> tuple[int, bool]:
    """The first row where words of that width find room beside a line, and on which side."""
    at_end = at + width > 100  # noqa: PLR2004 - all of it, in per cent
    begin, end = (at - width, at) if at_end else (at, at + width)
    for row, taken in enumerate(ends):
        if begin > taken:
            ends[row] = end
            return row, at_end
    return -1, at_end


def changed_words(changes: Iterable[ComponentChange]) -> str:
    """Components as they were and are: "torch 2.13.0 → 2.14.0"."""
    told = (f"{one.component} {one.before} → {one.after}" for one in changes)
    return ", ".join(dict.fromkeys(told))


def told_by_job(series: Sequence[Series]) -> dict[int, Told]:
    """The reports that are drawn, by job."""
    points = (point.told for one in series for point in one.points)
    gaps = (gap.told for one in series for gap in one.gaps)
    return {told.job: told for told in (*gaps, *points)}


def gap_marks(matrix: str, gaps: Iterable[Gap], drawn: Plane) -> Iterator[Foot]:
    """Runs that measured nothing, the newest of too many."""
    for told in [gap.told for gap in gaps][-MOST_GAPS:]:
        look = marks.of_status(told.status)
        said = f"{look.word}: measured nothing, {words.moment(told.at)}, run {told.run}"
        why = f". {told.reason}" if told.reason else ""
        href = matrix_href(matrix, "jobs", told.job)
        yield Foot(drawn.x(told), look.icon, href, said + why)


def commit_marks(matrix: str, series: Sequence[Series], drawn: Plane) -> Iterator[Foot]:
    """Runs about commits, the newest of too many."""
    known = told_by_job(series)
    found: list[CommitMark] = [c for one in series for c in one.commits if c.job in known]
    for one in found[-MOST_COMMITS:]:
        said = f"{one.component} at {words.commit(one.head)}"
        title = f": {one.title}" if one.title else ""
        href = matrix_href(matrix, "at", one.component, one.head)
        yield Foot(drawn.x(known[one.job]), "flag", href, said + title)
