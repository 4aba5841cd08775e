"""The jobs of a matrix as `coevo matrix expand` tells them, each with its reason."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.cli import printing
from matrix.errors import CoevoError
from matrix.expand import expand
from matrix.load import text_of
from matrix.model import ACCELERATOR, EXCLUDED, PLANNED, SITE, SKIPPED, Job, Matrix
from matrix.names import did_you_mean, printable, shown
from matrix.needs import first_unmet, needs_of
from matrix.occasion import Occasion, named
from matrix.offers import Offered, offers_of, read_offers
from matrix.select import STACK, SUITE, axes_of, parse_selector, selects
from matrix.verdict import MARKS, Colour, State

if TYPE_CHECKING:
    from rich.text import Text

NOT_OFFERED = "not offered"
_STATES = {
    PLANNED: State.NEW,
    EXCLUDED: State.EXCLUDED,
    SKIPPED: State.SKIPPED,
    NOT_OFFERED: State.NOT_OFFERED,
}


@dataclass(frozen=True, slots=True)
class Told:
    """A job, the need that no runner meets ("" where one does, or none was asked), its line."""

    job: Job
    unmet: str
    excerpt: str

    @property
    def word(self) -> str:
        """What becomes of it."""
        return NOT_OFFERED if self.unmet else self.job.status

    @property
    def reason(self) -> str:
        """Why."""
        return self.unmet or self.job.reason

    @property
    def after(self) -> str:
        """What stands behind its id: why it is not planned, or which jobs feed it."""
        fed = ", ".join(f"{kind} of {producer}" for kind, producer in self.job.inputs)
        return self.reason or (f"fed by {fed}" if fed else "")


def offers(file: Path | None, server: str) -> tuple[Offered, ...] | None:
    """The offers of a file or of a server's runners; None where neither is named."""
    if file is not None:
        return read_offers(_read(file), str(file))
    if server:
        from runners.client import Client

        with Client(server) as client:
            return offers_of(client.get("/api/v1/runners"), server)
    return None


def explained(
    matrix: Matrix,
    *,
    select: str,
    why: str,
    offers: Sequence[Offered] | None,
    changed: Sequence[str] = (),
) -> list[Told]:
    """The jobs that are asked for, in order; `CoevoError` where a selector names what is not.

    They are those of a run with this selector, at a change of these files where there are some.
    """
    conditions = parse_selector(select, axes_of(matrix))
    place = _place(matrix, why)
    lines = _lines(matrix) if why else []
    occasion = Occasion(named(conditions), tuple(changed) or None)
    found = expand(matrix, offers or (), occasion)
    jobs = (job for job in found if place is None or _square(job) == place)
    return [
        Told(job, _unmet(matrix, job, offers), _excerpt(lines, job.line))
        for job in jobs
        if not conditions or selects(conditions, _point(job))
    ]


def told(found: Sequence[Told], *, json: bool, why: str) -> None:
    """Print them: as the documented list, as reasons for one cell, or one a line."""
    if json:
        printing.as_json([_document(each) for each in found])
        return
    console = printing.console()
    for each in found:
        mark = MARKS[_STATES[each.word]]
        head, reason = f"{mark.glyph} {each.word:<11}", f"  {each.after}" if each.after else ""
        quote = f"\n    line {each.job.line}: {each.excerpt}" if why and each.excerpt else ""
        if console.is_terminal:
            console.print(_painted(head, mark.colour, each.job.id, reason + quote))
        else:  # a picture of each of 100,000 lines would take its time
            sys.stdout.write(f"{head}  {each.job.id}{reason}{quote}\n")


def _document(each: Told) -> dict[str, object]:
    job = each.job
    return {
        "id": job.id,
        "cell": dict(job.cell + job.parameters),
        "suite": job.suite,
        "stack": job.stack,
        "shard": job.shard,
        "status": job.status,
        "reason": each.reason,
        "line": job.line,
        **({"inputs": dict(job.inputs)} if job.inputs else {}),
    }


def _painted(head: str, colour: Colour, job: str, rest: str) -> Text:
    from rich.text import Text

    return Text.assemble((head, printing.STYLES[colour]), f"  {job}", (rest, "bright_black"))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CoevoError.because(f"cannot read {file}: {error.strerror}") from error


def _place(matrix: Matrix, why: str) -> tuple[str, str] | None:
    """The cell that --why names; a mistake where the matrix can have no such row or column."""
    if not why:
        return None
    site, _, accelerator = why.partition("/")
    for axis, value in ((SITE, site), (ACCELERATOR, accelerator)):
        names = [each.name for each in matrix.axis(axis).values]
        if value not in names and not matrix.axis(axis).open:
            hint = did_you_mean(value, names)
            raise CoevoError.because(f"there is no {axis} {shown(value)}", hint)
    return site, accelerator


def _square(job: Job) -> tuple[str, str]:
    cell = dict(job.cell)
    return cell[SITE], cell[ACCELERATOR]


def _point(job: Job) -> dict[str, str]:
    return {**dict(job.cell), **dict(job.parameters), SUITE: job.suite, STACK: job.stack}


def _unmet(matrix: Matrix, job: Job, offers: Sequence[Offered] | None) -> str:
    if offers is None or job.status != PLANNED:
        return ""
    needs = needs_of(matrix.suite(job.suite), matrix.stack(job.stack), job.overrides)
    return first_unmet(job.cell, needs, offers)


def _lines(matrix: Matrix) -> list[str]:
    """The lines of the matrix's file, to quote from."""
    return text_of(matrix).split("\n")


def _excerpt(lines: Sequence[str], line: int) -> str:
    return printable(lines[line - 1].strip()) if 0 < line <= len(lines) else ""
