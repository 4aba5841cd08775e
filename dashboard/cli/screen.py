"""What a terminal shows while a server works: what is going on, how far, and the last results."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from dashboard.cli import printing
from orchestrator.views import JobView, RunSummary, ServerStatus

if TYPE_CHECKING:
    from rich.console import Console, Group
    from rich.text import Text

LAST_RESULTS = 6
_BAR_WIDTH = 30


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be seen now. `ended` are the newest results, latest first.

    `waiting` are some of the jobs that no runner offers to take.
    """

    status: ServerStatus
    run: RunSummary | None = None
    running: tuple[JobView, ...] = ()
    ended: tuple[JobView, ...] = ()
    waiting: tuple[JobView, ...] = ()


class Display(Protocol):
    """Shows scenes, one after another."""

    def show(self, scene: Scene) -> None:
        """Show this one."""
        ...


class Silent:
    """Shows nothing: for --json."""

    def show(self, scene: Scene) -> None:
        """Show nothing."""


class Plain:
    """A line for each thing that happens: for files, pipes and CI.

    Results that are in the `past` scene are not told again.
    """

    def __init__(self, console: Console, past: Scene | None = None) -> None:
        self._console = console
        self._told: set[str] = set()
        self._ended = {job.id for job in past.ended} if past else set()

    def show(self, scene: Scene) -> None:
        """Print what is new in it."""
        for line in (*scene.status.doing, *scene.status.problems, *_waiting_line(scene)):
            if line not in self._told:
                self._told.add(line)
                self._console.print(line, markup=False)
        for job in reversed(scene.ended):
            if job.id not in self._ended:
                self._ended.add(job.id)
                self._console.print(result_line(job))


@contextmanager
def display(console: Console, *, silent: bool, past: Scene | None = None) -> Iterator[Display]:
    """The display that fits: none, a picture that changes in place, or plain lines."""
    if silent:
        yield Silent()
    elif not console.is_terminal:
        yield Plain(console, past)
    else:
        from rich.live import Live

        with Live(console=console, refresh_per_second=8, get_renderable=None) as picture:
            yield _Picture(picture.update)


class _Picture:
    def __init__(self, update: _Update) -> None:
        self._update = update

    def show(self, scene: Scene) -> None:
        self._update(drawn(scene))


class _Update(Protocol):
    def __call__(self, renderable: Group, /) -> None: ...


def drawn(scene: Scene) -> Group:
    """The scene as a picture: results, work in hand, a bar."""
    from rich.console import Group
    from rich.text import Text

    lines = [result_line(job) for job in reversed(scene.ended[:LAST_RESULTS])]
    lines += [_running_line(job) for job in scene.running]
    lines += [Text(f"… {line}", style="blue") for line in scene.status.doing]
    lines += [Text(f"! {line}", style="dark_orange") for line in scene.status.problems]
    if scene.run is not None:
        lines.append(bar(scene.run))
    return Group(*lines)


def bar(run: RunSummary) -> Text:
    """How far a run is: "━━━━──── run 3: 5 of 12 jobs"."""
    from rich.text import Text

    filled = _BAR_WIDTH * run.ended // max(run.offered, 1)
    tail = f", {run.jobs - run.offered} offered by nobody yet" if run.jobs > run.offered else ""
    return Text.assemble(
        ("━" * filled, "green"),
        ("━" * (_BAR_WIDTH - filled), "bright_black"),
        f" run {run.id}: {run.ended} of {run.offered} jobs{tail}",
    )


def result_line(job: JobView) -> Text:
    """One ended job: status, id and, where it is not fine, why."""
    line = printing.painted_status(job.status.value if job.status else "SKIP")
    line.append(f"  {job.name}", style="default")
    return line.append(f"  {job.reason}" if job.reason else "", style="bright_black")


def _waiting_line(scene: Scene) -> Iterator[str]:
    """All that nobody offers in one line: "68 jobs wait: no runner offers site=cloud-a, …"."""
    reasons = list(dict.fromkeys(job.waiting_for for job in scene.waiting))
    if scene.run is None or not reasons or scene.status.doing or not scene.status.ready:
        return
    count = scene.run.jobs - scene.run.offered
    jobs = "1 job waits" if count == 1 else f"{count} jobs wait"
    yield f"{jobs}: {reasons[0]}{', …' if len(reasons) > 1 else ''}"


def _running_line(job: JobView) -> Text:
    from matrix.verdict import State

    line = printing.painted(State.RUNNING)
    line.append(f"  {job.name}", style="default")
    if job.attempts:
        last = job.attempts[-1]
        done = f"{last.done} of {last.total} cases" if last.total else last.note
        line.append(f"  {done}", style="bright_black")
    return line
