"""Reads a job's log piece by piece, from its first byte to where it ends."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from dashboard.cli.harmless import RESET, coloured
from orchestrator.views import JobView

if TYPE_CHECKING:
    from dashboard.cli.asking import Api

PIECE_BYTES = 256 * 1024
POLL_SECONDS = 0.5


class Piece(NamedTuple):
    """Some of a log, and the byte that comes after it."""

    text: str
    after: int


def read_log(api: Api, job: JobView) -> str:
    """The log of the latest attempt, as far as it goes now."""
    return "".join(piece.text for piece in _pieces(api, job, 0))


def printed_log(api: Api, job: JobView, *, follow: bool) -> None:
    """Write the log to standard output; `follow` goes on until the job has ended.

    On a terminal it gets no say over more than the colours of its own text.
    """
    offset, tick, is_terminal = 0, threading.Event(), sys.stdout.isatty()
    while True:
        is_over = api.job(job.id).state == "ended"
        for piece in _pieces(api, job, offset):
            sys.stdout.write(coloured(piece.text) + RESET if is_terminal else piece.text)
            offset = piece.after
        sys.stdout.flush()
        if is_over or not follow:
            return
        tick.wait(POLL_SECONDS)


def _pieces(api: Api, job: JobView, offset: int) -> Iterator[Piece]:
    if not api.job(job.id).attempts:
        return
    while (piece := Piece(*api.log(job.id, offset, PIECE_BYTES))).text:
        yield piece
        offset = piece.after
