"""From the command line to a served matrix: lock, store, page, run, and a clean end."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from dashboard.cli import printing
from dashboard.cli.following import TICK_SECONDS, newest_scene, scene, until_ended, watch
from dashboard.cli.handing import left
from dashboard.cli.page import Page, address, bound
from dashboard.cli.screen import Display, display
from dashboard.cli.waiting import all_concluded, concluded
from dashboard.web.app import create_app
from matrix.errors import CoevoError
from matrix.load import default_matrix, load, meant
from matrix.model import Matrix
from orchestrator.service.answers import Answers
from orchestrator.service.condition import told_where_full
from orchestrator.service.declarations import Reading, apart, files_of, read, refuse
from orchestrator.service.demo import demo_matrix
from orchestrator.service.folder import DATABASE_FILE, DEMO, Folder, Lock
from orchestrator.service.life import Life, opened
from orchestrator.service.logbook import logbook
from orchestrator.service.outcome import outcomes
from orchestrator.service.settings import Batch, LogFormat, Settings
from orchestrator.store.cancelling import skip_unoffered
from orchestrator.store.holding import held
from orchestrator.views import JobView
from runners.environments.bindings import Bindings
from runners.work import Pairs

logger = logging.getLogger("coevo.server")
INTERRUPTED = 130
LOCAL_MATRIX = Path("matrix.yaml")
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Wish:
    """The command line of `coevo up`, parsed."""

    matrices: tuple[Path, ...]
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
    log_format: LogFormat = LogFormat.TEXT
    batch: Batch | None = None
    simulate: Pairs = ()


def serve(wish: Wish) -> int:
    """Serve until interrupted, or until the run has ended; the exit code."""
    folder = Folder(wish.data / DEMO if wish.demo else wish.data)
    readings = declared(wish, folder)
    folder.made()
    lock = Lock(folder)
    try:
        folder.forget()
        settings = _settings(wish, folder)
        with (
            told_where_full(folder.path),
            held(settings.database),
            logbook(folder, wish.log_format),
            _interruptible() as stopped,
            opened(settings, readings) as answers,
        ):
            return _served(wish, answers, stopped)
    finally:
        lock.release()


def declared(wish: Wish, folder: Folder) -> tuple[Reading, ...]:
    """The matrices that are meant: those named, the one that lies here, the packaged one.

    CoevoError with all mistakes, before anything is made, where nothing can have run before.
    """
    places = _places(wish)
    if wish.demo and len(files_of(places)) > 1:
        problem, hint = "--demo plays one matrix", "name one: coevo up --demo --matrix FILE"
        raise CoevoError.because(problem, hint)
    if not places:
        return (Reading(None, demo_matrix() if wish.demo else default_matrix()),)
    readings = apart(map(read, files_of(places)))
    if not readings:
        problem = f"there is no matrix file in {', '.join(map(str, places))}"
        raise CoevoError.because(problem, "put one there: NAME.yaml")
    if wish.once or wish.demo or not (wish.database or (folder.path / DATABASE_FILE).is_file()):
        refuse(readings)
    return readings


def _places(wish: Wish) -> tuple[Path, ...]:
    """Files and folders; none where the matrix comes with Coevo."""
    lies_here = LOCAL_MATRIX.is_file() and not wish.demo
    return tuple(map(meant, wish.matrices)) or ((LOCAL_MATRIX,) if lies_here else ())


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
        matrices=_places(wish),
        log_format=wish.log_format,
        batch=wish.batch,
        simulate=wish.simulate,
    )


def _served(wish: Wish, answers: Answers, stopped: threading.Event) -> int:
    listener = bound(wish.port)
    screen = printing.console(errors=wish.json)
    app = create_app(answers)
    with Page(app, listener, app.state.tail.close):
        answers.settings.folder.note(address(listener))
        try:
            screen.print(greeting(wish, address(listener)))
            _log("started", url=address(listener), pid=os.getpid())
            past = newest_scene(answers, served_names(answers))
            with Life(answers, once=wish.once, failed=stopped.set) as life:
                with display(screen, silent=wish.json, past=past) as shown:
                    jobs = _followed(wish, Followed(answers, life, shown, stopped))
                code = _concluded(wish, answers, life.runs, jobs)
            if wish.batch is not None and (line := left(answers)):
                screen.print(line, markup=False)
            return code
        finally:
            answers.settings.folder.forget()
            _log("stopped")


def _log(what: str, **fields: str | int) -> None:
    told = {"event": f"server.{what}", "fields": fields}
    logger.info("the server has %s", what, extra=told)


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


def served_names(answers: Answers) -> tuple[str, ...]:
    """What the terminal follows."""
    return tuple(matrix.name for matrix in answers.declarations.matrices())


def _followed(wish: Wish, at: Followed) -> tuple[tuple[JobView, ...], ...] | None:
    """Follow until all runs have ended, the jobs of each then; None where it was stopped before.

    What broke the server is raised.
    """
    jobs = None
    while not (at.life.settled.is_set() or at.stopped.is_set()):
        at.shown.show(scene(at.answers, {}))
        at.life.settled.wait(TICK_SECONDS)
    if wish.once and at.life.runs:
        jobs = until_ended(at.answers, at.life.runs, at.shown, at.stopped)
    else:
        watch(at.answers, lambda: served_names(at.answers), at.shown, at.stopped)
    if at.life.failure:
        raise at.life.failure
    return None if at.stopped.is_set() else jobs


def _concluded(
    wish: Wish,
    answers: Answers,
    runs: Mapping[str, int],
    jobs: tuple[tuple[JobView, ...], ...] | None,
) -> int:
    if not runs or jobs is None:
        return INTERRUPTED
    for run in runs.values():
        skip_unoffered(answers.store, run)
    found = [outcomes(each) for each in jobs]
    if len(found) == 1:
        return concluded(next(iter(runs.values())), found[0], json=wish.json)
    return all_concluded(runs, found, json=wish.json)


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
