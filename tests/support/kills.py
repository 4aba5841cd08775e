"""Kills a real server at random moments of a run, lets it come back, and checks what is left.

The suite of each job notes in a file that it was run, so that it is known how often it was.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

COEVO = Path(sys.executable).with_name("coevo")
LIFE_SECONDS = 120.0
MATRIX = """
name: killed
axes:
  site: [lab]
  accelerator: [cpu]
suites:
  noted:
    command: [sh, -c, {script}]
    shards: {jobs}
"""
SCRIPT = """
echo '{{"type": "hello", "protocol": 1, "suite": "noted", "total": 1}}'
echo "$COEVO_JOB" >> {note}
sleep {seconds}
echo '{{"type": "case", "id": "one", "status": "PASS"}}'
echo '{{"type": "bye"}}'
"""


@dataclass(slots=True)
class Field:
    """A data folder and a matrix whose server is killed again and again."""

    folder: Path
    jobs: int
    seconds: float
    words: tuple[str, ...] = ()

    @property
    def note(self) -> Path:
        """A line for each time that a suite was run."""
        return self.folder / "note"

    @property
    def data(self) -> Path:
        """The server's data folder."""
        return self.folder / "data"

    def prepare(self) -> None:
        """Write the matrix."""
        self.note.touch()
        script = SCRIPT.format(note=self.note, seconds=self.seconds)
        text = MATRIX.format(script=json.dumps(script), jobs=self.jobs)
        (self.folder / "matrix.yaml").write_text(text)

    def up(self) -> subprocess.Popen[str]:
        """A server that ends by itself once every job has ended."""
        words = ["up", "--once", "--json", "--port", "0", "--slots", "2", *self.words]
        where = ["--data", str(self.data), "--matrix", str(self.folder / "matrix.yaml")]
        with (self.folder / "up.log").open("a") as log:
            return subprocess.Popen(
                [COEVO, *words, *where],
                cwd=self.folder,
                stdout=subprocess.PIPE,
                stderr=log,
                stdin=subprocess.DEVNULL,
                text=True,
            )

    def runs(self) -> list[str]:
        """Which jobs' suites were run, in order, as often as they were."""
        return self.note.read_text().split()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is left after all kills: nothing of it may differ from one quiet run."""

    kills: int
    document: dict[str, object]
    ended: Counter[str]
    reports: Counter[int]
    runs: Counter[str]
    left: tuple[str, ...]
    integrity: str

    def faults(self, jobs: int, *, collected: bool) -> tuple[str, ...]:
        """What was lost or doubled; `collected`: suites in slots outlive the server."""
        found = []
        if self.ended != Counter({"ended/PASS": jobs}):
            found.append(f"jobs ended as {dict(self.ended)}")
        if sorted(self.reports.values()) != [1] * jobs:
            found.append(f"accepted reports by job: {dict(self.reports)}")
        if set(self.runs) and len(self.runs) != jobs:
            found.append(f"{len(self.runs)} of {jobs} suites were run")
        if collected and set(self.runs.values()) != {1}:
            found.append(f"suites run more than once: {self.runs.most_common(3)}")
        if self.left:
            found.append(f"processes left behind: {self.left}")
        if self.integrity != "ok":
            found.append(f"the database says {self.integrity}")
        return tuple(found)


def carried_through(field: Field, kills: int, chance: random.Random) -> Outcome:
    """Start a server, kill it at a random moment, and again; let the last one end by itself."""
    field.prepare()
    done = 0
    for _ in range(kills):
        done += _killed(field, chance)
    server = field.up()
    said, _ = server.communicate(timeout=LIFE_SECONDS)
    return Outcome(
        kills=done,
        document=json.loads(said),
        ended=Counter(map(str, rows(field, "SELECT state || '/' || status FROM job"))),
        reports=Counter(int(str(row)) for row in rows(field, ACCEPTED)),
        runs=Counter(field.runs()),
        left=tuple(left_behind(field.folder)),
        integrity=str(rows(field, "PRAGMA integrity_check")[0]),
    )


# The report of a job's last attempt is the one that counts; earlier ones are of lost attempts.
ACCEPTED = """
SELECT report.job_id FROM report
JOIN attempt ON attempt.id = report.attempt_id
JOIN job ON job.id = report.job_id AND job.fence = attempt.fence
"""


def _killed(field: Field, chance: random.Random) -> bool:
    """One life of a server. Half of the moments lie in its start, half among its jobs."""
    server = field.up()
    begun = len(field.runs())
    moment = time.monotonic() + chance.uniform(0.1, 4.0)
    target = min(begun + chance.randint(1, 4), field.jobs)
    by_time = chance.random() < 0.5
    give_up = time.monotonic() + LIFE_SECONDS
    while server.poll() is None and time.monotonic() < give_up:
        is_time = time.monotonic() > moment if by_time else len(field.runs()) >= target
        if is_time:
            break
        time.sleep(chance.uniform(0.0, 0.05))
    was_alive = server.poll() is None
    with contextlib.suppress(ProcessLookupError):
        os.kill(server.pid, signal.SIGKILL)
    server.communicate()
    return was_alive


def rows(field: Field, query: str) -> list[object]:
    with contextlib.closing(sqlite3.connect(field.data / "coevo.db")) as connection:
        return [row[0] for row in connection.execute(query)]


def left_behind(folder: Path) -> Iterator[str]:
    """Processes that were started for this folder and are still there."""
    mark = str(folder).encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                named = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                if mark in named:
                    yield (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()[:200]
