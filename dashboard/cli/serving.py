"""From the command line to a served matrix: lock, store, page, run, and a clean end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from dashboard.cli import printing
from dashboard.cli.following import TICK_SECONDS, newest_scene, scene, until_ended, watch
from dashboard.cli.page import Page, address, bound
from dashboard.cli.screen import Display, display
from dashboard.cli.waiting import concluded
from dashboard.web.app import create_app
from matrix.load import default_matrix, load
from matrix.model import Matrix
from orchestrator.service.answers import Answers
from orchestrator.service.demo import demo_matrix
from orchestrator.service.folder import DEMO, Folder, Lock
from orchestrator.service.life import Life, opened
from orchestrator.service.logbook import logbook
from orchestrator.service.outcome import outcomes
from orchestrator.service.settings import Settings
from orchestrator.store.cancelling import skip_unoffered
from orchestrator.views import JobView
from runners.environments.bindings import Bindings
from runners.work import Pairs

INTERRUPTED = 130
LOCAL_MATRIX = Path("matrix.yaml")
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Wish:
    """The command line of `coevo up`, parsed."""

    matrix: Path | None
    data: Path
    port: int
    database: str | None
    site: str
    labels: Pairs
    slots: int | None
    use_ray: bool
    once: bool
    json: bool
    demo: bool
    bindings: Bindings = field(default_factory=Bindings)


def serve(wish: Wish) -> int:
    """Serve until interrupted, or until the run has ended; the exit code."""
    declaration = declared(wish)
    folder = Folder(wish.data / DEMO if wish.demo else wish.data).made()
    lock = Lock(folder)
    try:
        folder.forget()
        settings = _settings(wish, folder)
        with (
            logbook(folder),
            _interruptible() as stopped,
            opened(settings, declaration) as answers,
        ):
            return _served(wish, answers, stopped)
    finally:
        lock.release()


def declared(wish: Wish) -> Matrix:
    """The matrix that is meant: the one named, the one that lies here, the packaged one."""
    return demo_matrix() if wish.demo and not wish.matrix else declared_at(wish.matrix)


def declared_at(file: Path | None) -> Matrix:
    """The matrix of a file; otherwise the one that lies here, or the packaged one."""
    if file is not None:
        return load(file)
    return load(LOCAL_MATRIX) if LOCAL_MATRIX.is_file() else default_matrix()


def _settings(wish: Wish, folder: Folder) -> Settings:
    return Settings(
        folder=folder,
        database=wish.database or folder.database_url,
        site=wish.site,
        labels=wish.labels,
        slots=wish.slots,
        use_ray=wish.use_ray and not wish.demo,
        bindings=wish.bindings,
        simulated=wish.demo,
    )


def _served(wish: Wish, answers: Answers, stopped: threading.Event) -> int:
    listener = bound(wish.port)
    screen = printing.console(errors=wish.json)
    app = create_app(answers)
    with Page(app, listener, app.state.tail.close):
        answers.settings.folder.note(address(listener))
        try:
            screen.print(greeting(wish, address(listener)))
            past = newest_scene(answers, answers.matrix.name)
            with Life(answers, once=wish.once, failed=stopped.set) as life:
                with display(screen, silent=wish.json, past=past) as shown:
                    jobs = _followed(wish, Followed(answers, life, shown, stopped))
                return _concluded(wish, answers, life.run, jobs)
        finally:
            answers.settings.folder.forget()


def greeting(wish: Wish, url: str) -> str:
    """The first line: where the page is, and why it is not where it was asked to be."""
    moved = bool(wish.port) and not url.endswith(f":{wish.port}")
    why = f" (port {wish.port} is taken, this is the next free one)" if moved else ""
    mark = "  SIMULATED" if wish.demo else ""
    return f"Coevo answers at {url}{why}{mark}"


class Followed(NamedTuple):
    """A server at work, where it is shown, and what tells to stop."""

    answers: Answers
    life: Life
    shown: Display
    stopped: threading.Event


def _followed(wish: Wish, at: Followed) -> tuple[JobView, ...] | None:
    """Follow until the run has ended, its jobs then; None where it was stopped before.

    What broke the server is raised.
    """
    name, jobs = at.answers.matrix.name, None
    while not (at.life.settled.is_set() or at.stopped.is_set()):
        at.shown.show(scene(at.answers, name, None))
        at.life.settled.wait(TICK_SECONDS)
    if wish.once and at.life.run is not None:
        jobs = until_ended(at.answers, name, at.life.run, at.shown, at.stopped)
    else:
        watch(at.answers, name, at.shown, at.stopped)
    if at.life.failure:
        raise at.life.failure
    return None if at.stopped.is_set() else jobs


def _concluded(
    wish: Wish, answers: Answers, run: int | None, jobs: tuple[JobView, ...] | None
) -> int:
    if run is None or jobs is None:
        return INTERRUPTED
    skip_unoffered(answers.store, run)
    return concluded(run, outcomes(jobs), json=wish.json)


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """An event that Ctrl-C (or a TERM) sets; a second one is not waited for."""
    stopped = threading.Event()

    def stop(number: int, _frame: FrameType | None) -> None:
        stopped.set()
        signal.signal(number, signal.SIG_DFL)

    before = [signal.signal(number, stop) for number in SIGNALS]
    try:
        yield stopped
    finally:
        for number, handler in zip(SIGNALS, before, strict=True):
            signal.signal(number, handler)
