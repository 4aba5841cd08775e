"""What a terminal shows while a server works: what is going on, how far, and the last results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from dashboard.cli import printing
from matrix.budget import WAITS
from orchestrator.views import JobView, RunSummary, ServerStatus

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console, Group
    from rich.text import Text

LAST_RESULTS = 6
_BAR_WIDTH = 30


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be seen now. `ended` are the newest results, latest first.

    `waiting` are some of the jobs that no runner offers to take or no budget admits, `beside` the
    other runs that are followed at once.
    """

    status: ServerStatus
    run: RunSummary | None = None
    running: tuple[JobView, ...] = ()
    ended: tuple[JobView, ...] = ()
    waiting: tuple[JobView, ...] = ()
    beside: tuple[RunSummary, ...] = ()


def joined(scenes: Sequence[Scene]) -> Scene | None:
    """What is to be seen of several runs at once; the first is `run`. None where there are none."""
    if not scenes:
        return None
    ended = [job for scene in scenes for job in scene.ended]
    return Scene(
        scenes[0].status,
        scenes[0].run,
        tuple(job for scene in scenes for job in scene.running),
        tuple(sorted(ended, key=_when, reverse=True)) if len(scenes) > 1 else scenes[0].ended,
        tuple(job for scene in scenes for job in scene.waiting),
        tuple(scene.run for scene in scenes[1:] if scene.run is not None),
    )


def _when(job: JobView) -> datetime:
    return job.ended_at or job.queued_at


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
        waits = (*_waiting_line(scene), *_short_lines(scene))
        for line in (*scene.status.doing, *scene.status.problems, *waits):
            if line not in self._told:
                self._told.add(line)
                self._console.print(line, markup=False)
        for job in reversed(scene.ended):
            if job.id not in self._ended:
                self._ended.add(job.id)
                self._console.print(result_line(job, _name(job, scene)))


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

    last = reversed(scene.ended[:LAST_RESULTS])
    lines = [result_line(job, _name(job, scene)) for job in last]
    lines += [_running_line(job, _name(job, scene)) for job in scene.running]
    lines += [Text(f"… {line}", style="blue") for line in scene.status.doing]
    lines += [Text(f"… {line}", style="blue") for line in _short_lines(scene)]
    lines += [Text(f"! {line}", style="dark_orange") for line in scene.status.problems]
    lines += [bar(run, f"{run.matrix} " if scene.beside else "") for run in _runs(scene)]
    return Group(*lines)


def bar(run: RunSummary, named: str = "") -> Text:
    """How far a run is: "━━━━──── run 3: 5 of 12 jobs"; `named` says before it of what."""
    from rich.text import Text

    filled = _BAR_WIDTH * run.ended // max(run.offered, 1)
    tail = f", {run.jobs - run.offered} offered by nobody yet" if run.jobs > run.offered else ""
    return Text.assemble(
        ("━" * filled, "green"),
        ("━" * (_BAR_WIDTH - filled), "bright_black"),
        f" {named}run {run.id}: {run.ended} of {run.offered} jobs{tail}",
    )


def result_line(job: JobView, name: str = "") -> Text:
    """One ended job: status, its name (or another one) and, where it is not fine, why."""
    line = printing.painted_status(job.status.value if job.status else "SKIP")
    line.append(f"  {name or job.name}", style="default")
    return line.append(f"  {job.reason}" if job.reason else "", style="bright_black")


def submitted_line(job: JobView) -> str:
    """A job that a batch system has: "lab/cpu:smoke@stable  submitted (Slurm job 7, pending)"."""
    note = job.attempts[-1].note if job.attempts else ""
    return f"{job.name}  submitted{f' ({note})' if note else ''}"


def _waiting_line(scene: Scene) -> Iterator[str]:
    """All that nobody offers in one line: "68 jobs wait: no runner offers site=cloud-a, …"."""
    reasons = list(dict.fromkeys(job.waiting_for for job in scene.waiting if not _is_short(job)))
    if scene.run is None or not reasons or scene.status.doing or not scene.status.ready:
        return
    count = sum(run.jobs - run.offered for run in _runs(scene))
    jobs = "1 job waits" if count == 1 else f"{count} jobs wait"
    yield f"{jobs}: {reasons[0]}{', …' if len(reasons) > 1 else ''}"


def _short_lines(scene: Scene) -> Iterator[str]:
    """Where nothing goes on for want of a budget: the newest job that waits for each."""
    if not scene.running:
        newest = {job.waiting_for: job for job in reversed(scene.waiting) if _is_short(job)}
        yield from (f"{_name(job, scene)} {why}" for why, job in newest.items())


def _is_short(job: JobView) -> bool:
    """Whether it waits for its owner's budget."""
    return job.waiting_for.startswith(WAITS)


def _runs(scene: Scene) -> tuple[RunSummary, ...]:
    return (scene.run, *scene.beside) if scene.run is not None else ()


def _name(job: JobView, scene: Scene) -> str:
    """Its id; of which matrix, where several are followed."""
    return f"{job.matrix} {job.name}" if scene.beside else job.name


def _running_line(job: JobView, name: str) -> Text:
    from matrix.verdict import State

    line = printing.painted(State.QUEUED if job.state == "submitted" else State.RUNNING)
    line.append(f"  {name}", style="default")
    if job.attempts:
        last = job.attempts[-1]
        done = f"{last.done} of {last.total} cases" if last.total else last.note
        line.append(f"  {done}", style="bright_black")
    return line
